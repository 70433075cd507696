package dashboard

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
	"sandbank/web/gate"
	"sandbank/web/look"
)

func (d *Dashboard) settlements(w http.ResponseWriter, r *http.Request) error {
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.Settlements(r.Context(), "", at)
	if err != nil {
		return err
	}
	t := Table{Title: "Batches", Anchor: "batches", Columns: left("Batch", "Bank", "Date", "Status", ">Lines", ">Paid", ">Open breaks"), Pager: pager(at, found, "/settlements"),
		Nothing: "No bank has settled yet. Banks do at their cut-off, 23:00 UTC, or when they are told to."}
	for _, s := range found.Items {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			link(s.Batch, "/settlements/"+s.ID), text(s.Bank), text(s.BusinessDate), state(string(s.Status)),
			number(s.Lines), cash(s.Net.Amount), number(s.OpenBreaks),
		}})
	}
	v := SheetView{
		Frame: d.frame(r, "settlements"), Title: "Settlements", Tables: []Table{t},
		Lead:  "What each bank paid at its cut-off, held line by line against the ledger. What does not fit is a break, and is worked off by new entries.",
		Links: []Link{{"Breaks", "/breaks?status=open"}, {"Reconciliation", "/reconciliation"}},
	}
	if d.may(r, identity.SteerSimulator) {
		v.Links = append(v.Links, Link{"Have a bank settle now", "/banks"})
	}
	return RenderSheet(w, v)
}

func (d *Dashboard) settlement(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Processor.Settlement(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	here := "/settlements/" + s.ID
	breaks, err := d.breakTable(r, here, s.ID)
	if err != nil {
		return err
	}
	breaks.Title, breaks.Nothing = "Breaks", "None. Every line fits the book."
	items, err := items(r, here, "Items", false, func(at processor.Window) (processor.Page[settlement.Item], error) {
		return d.Processor.SettlementItems(r.Context(), s, at)
	})
	if err != nil {
		return err
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "settlements"), Title: s.Batch, Status: string(s.Status), UpURL: "/settlements", Up: "Settlements",
		Facts: []Fact{
			{Label: "Paid", Value: inWords(s.Net.Amount)}, {Label: "Credits", Value: inWords(s.Credits)}, {Label: "Debits", Value: inWords(s.Debits)},
			{Label: "The bank's fees", Value: inWords(s.Fees)}, {Label: "Still owed, by the bank's book", Value: inWords(s.Owed.Amount)},
			{Label: "Lines", Value: strconv.Itoa(s.Lines) + ", of which " + strconv.Itoa(s.Matched) + " fit"},
			{Label: "Bank", Value: s.Bank}, {Label: "Covers until", At: s.CoversUntil}, {Label: "Received", At: s.ReceivedAt},
		},
		Links:  fileLinks(here),
		Tables: []Table{breaks, items},
	})
}

// fileLinks lead to the batch as the bank's files.
func fileLinks(of string) (list []Link) {
	for _, f := range statement.Formats() {
		list = append(list, Link{"Download as " + strings.Replace(string(f), "csv", "CSV", 1), pageAt(of+"/file", "format", string(f))})
	}
	return list
}

// settlementFile is the batch as one of them.
func (d *Dashboard) settlementFile(w http.ResponseWriter, r *http.Request) error {
	format, err := statement.ParseFormat(gate.Query(r).Get("format"))
	if err != nil {
		return err
	}
	s, err := d.Processor.Settlement(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	found, err := d.Processor.Statement(r.Context(), s)
	if err != nil {
		return err
	}
	gate.Attach(w, format.ContentType(), s.ID+format.Extension())
	return found.Write(w, format)
}

// breaks lists the breaks of all settlements.
func (d *Dashboard) breaks(w http.ResponseWriter, r *http.Request) error {
	t, err := d.breakTable(r, "/breaks", "")
	if err != nil {
		return err
	}
	t.Title, t.Nothing = "Latest breaks", "None."
	all := []settlement.BreakStatus{settlement.BreakOpen, settlement.BreakCorrected, settlement.BreakWrittenOff}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "breaks"), Title: "Breaks", UpURL: "/settlements", Up: "Settlements", Tables: []Table{t},
		Lead: "Where a bank's batch differs from the ledger. The bank is asked to correct one, or it is written off.",
		Filter: &SheetFilter{Title: "Filter breaks", URL: "/breaks", Field: Field{
			ID: "status", Name: "status", Label: "Status", Value: gate.Query(r).Get("status"), Options: options(all, func(s string) string { return look.StatusOf(s).Word }),
		}},
	})
}

// breakTable lists breaks: those of one settlement, or those of all, by the
// query's status and with their batch.
func (d *Dashboard) breakTable(r *http.Request, here, of string) (Table, error) {
	wanted, several := processor.BreakQuery{Settlement: of}, of == ""
	status, at, err := narrowed[settlement.BreakStatus](r)
	if err != nil {
		return Table{}, err
	}
	if several {
		wanted.Status = status
	}
	found, err := d.Processor.Breaks(r.Context(), wanted, at)
	if err != nil {
		return Table{}, err
	}
	t := Table{Anchor: "breaks", Pager: pager(at, found, here, "status", string(wanted.Status)), Columns: left("Kind", "Status", "Reference", ">Expected", ">Found", ">Still owed")}
	t.Pager.Of = "breaks"
	if several {
		t.Columns = append(t.Columns, left("Batch")...)
	}
	may := d.may(r, identity.WriteLedger)
	if may {
		t.Columns = append(t.Columns, Column{Label: "Work off"})
	}
	for _, k := range found.Items {
		row := breakRow(k)
		if several {
			row.Cells = append(row.Cells, link(k.Batch, "/settlements/"+k.Settlement))
		}
		switch {
		case may && k.Status == settlement.BreakOpen && k.Claimed:
			row.Cells = append(row.Cells, link("The bank was asked", "/breaks/"+k.ID))
		case may && k.Status == settlement.BreakOpen:
			row.Buttons = []Button{{Label: "Ask the bank", URL: "/breaks/" + k.ID + "/claim"}}
		case may:
			row.Cells = append(row.Cells, text(k.Note))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func breakRow(k settlement.Break) TableRow {
	row := TableRow{Cells: []Cell{
		words(string(k.Kind)), state(string(k.Status)), mono(brief(k.Reference)), cash(k.Expected), cash(k.Found), cash(k.Effect.Amount),
	}}
	row.Cells[0].URL = "/breaks/" + k.ID
	if k.Merchant != "" { // else the bank may have made the payment up
		row.Cells[2].URL = "/payments/" + k.Payment
	}
	return row
}

// oneBreak shows one break, and how to work it off.
func (d *Dashboard) oneBreak(w http.ResponseWriter, r *http.Request) error {
	return d.showBreak(w, r, http.StatusOK, "", nil)
}

// showBreak shows a break, with refused input and the reason if there is any.
func (d *Dashboard) showBreak(w http.ResponseWriter, r *http.Request, status int, note string, refused error) error {
	k, err := d.Processor.Break(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	v := SheetView{
		Frame: d.frame(r, "breaks"), Title: look.Sentence(strings.ReplaceAll(string(k.Kind), "_", " ")), Status: string(k.Status),
		UpURL: "/settlements/" + k.Settlement, Up: k.Batch, Lead: meanings[k.Kind], Facts: breakFacts(k),
	}
	if k.Status == settlement.BreakOpen && d.may(r, identity.WriteLedger) {
		if !k.Claimed {
			v.Actions = []Action{{Label: "Ask the bank to correct it", URL: "/breaks/" + k.ID + "/claim"}}
		}
		v.Forms = []Form{{
			ID: "write-off", Title: "Write it off", URL: "/breaks/" + k.ID + "/write-off", Button: "Write off",
			Lead:   "Gives up what is still owed, by an entry of its own. It cannot be taken back.",
			Fields: []Field{{ID: "note", Name: "note", Label: "Why", Hint: "Whoever audits the books reads it.", Value: note, Most: form.Note.Max}},
		}}
		complain(&v.Forms[0], refused)
	} else if refused != nil {
		return refused
	}
	return renderSheet(w, status, v, refused)
}

func breakFacts(k settlement.Break) []Fact {
	left := "Still owed"
	if k.Status == settlement.BreakWrittenOff {
		left = "Given up"
	}
	list := []Fact{
		{Label: left, Value: inWords(k.Effect.Amount)}, {Label: "Expected", Value: inWords(k.Expected)}, {Label: "Found", Value: inWords(k.Found)},
		{Label: "Expected fee", Value: inWords(k.ExpectedFee)}, {Label: "Found fee", Value: inWords(k.FoundFee)},
		{Label: "Bank", Value: k.Bank}, {Label: "Opened", At: k.OpenedAt},
	}
	if !k.ResolvedAt.IsZero() {
		list = append(list, Fact{Label: "Worked off", At: k.ResolvedAt})
	}
	if k.Status == settlement.BreakWrittenOff {
		list = append(list, Fact{Label: "By", Value: k.ResolvedBy})
	}
	if k.Status == settlement.BreakOpen && k.Claimed {
		list = append(list, Fact{Label: "The bank", Value: "was asked to correct it in its next batch"})
	}
	list = append(list, Fact{Label: "Reference", Value: k.Reference, Code: true})
	if k.Merchant != "" {
		list = append(list, Fact{Label: "Payment", Value: k.Payment, URL: "/payments/" + k.Payment, Code: true})
	}
	if k.Note != "" {
		list = append(list, Fact{Label: "Why", Value: k.Note, Long: true})
	}
	return list
}

// claim asks the bank to correct a break.
func (d *Dashboard) claim(w http.ResponseWriter, r *http.Request) error {
	k, err := d.Processor.Claim(r.Context(), mux.Vars(r)["id"])
	if err == nil {
		http.Redirect(w, r, "/breaks/"+k.ID, http.StatusSeeOther)
	}
	return err
}

// writeOff gives a break up, and wants to know why.
func (d *Dashboard) writeOff(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	note := strings.TrimSpace(r.PostFormValue("note"))
	k, err := d.Processor.WriteOff(r.Context(), mux.Vars(r)["id"], d.name(r), note)
	err = missing(err, note, "Say why it is written off.")
	if status, mine := refusal(err); mine {
		return d.showBreak(w, r, status, again(note), err)
	}
	if err == nil {
		http.Redirect(w, r, "/breaks/"+k.ID, http.StatusSeeOther)
	}
	return err
}

// name is the viewer's name, for records that keep it; "local" where nobody signs in.
func (d *Dashboard) name(r *http.Request) string {
	if p, ok := d.who(r); ok && p.Person != "" {
		return p.Person
	}
	return "local"
}

// reconciliation compares the banks' debts by the ledger with the banks' own
// figures.
func (d *Dashboard) reconciliation(w http.ResponseWriter, r *http.Request) error {
	list, err := d.Processor.Reconcile(r.Context())
	if err != nil {
		return err
	}
	t := Table{Title: "By bank and currency", Anchor: "positions", Nothing: "Nothing is booked yet.",
		Columns: left("Bank", "Currency", "Explained", ">Owed by the ledger", ">Booked since", ">Owed by the bank's book", ">Written off", ">Open breaks", ">Unexplained")}
	for _, p := range list {
		owed, breaks := text("not said yet"), 0
		if p.Owed != nil {
			owed = cash(p.Owed.Amount)
		}
		owed.Right = true
		for _, b := range p.OpenBreaks {
			breaks += b.Count
		}
		explained := "explained"
		if !p.Explained() {
			explained = "unexplained"
		}
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			text(p.Bank), text(string(p.Currency)), state(explained), cash(p.Claim.Amount), cash(p.Later.Amount), owed, cash(p.WrittenOff.Amount),
			number(breaks), cash(p.Unexplained.Amount),
		}})
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "settlements"), Title: "Reconciliation", UpURL: "/settlements", Up: "Settlements", Tables: []Table{t},
		Lead: "What every bank owes by this ledger, held against what it said with its last batch. What is booked since, open breaks and what was written off explain the difference; nothing else may.",
	})
}
