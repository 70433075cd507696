package dashboard

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/look"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/wire"
)

func cash(a money.Amount) Cell { return sum(a.Value(), string(a.Currency())) }

func inWords(a money.Amount) string { return look.Money(a.Value(), string(a.Currency())) }

// records lists documents of one kind.
func records[T any](r *http.Request, d *Dashboard, f processor.RecordFilter) ([]T, error) {
	if f.Limit == 0 {
		f.Limit = perPage
	}
	found, err := d.Processor.Store.Records(r.Context(), f)
	if err != nil {
		return nil, err
	}
	list := make([]T, len(found))
	for i, one := range found {
		if list[i], err = processor.Decode[T](one); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// one reads a document of a kind; what is not for who looks is not there.
func one[T any](r *http.Request, d *Dashboard, kind processor.RecordKind) (v T, of processor.Record, err error) {
	id := mux.Vars(r)["id"]
	if of, err = d.Processor.Store.RecordOf(r.Context(), kind, id); err != nil {
		return v, of, err
	}
	if of.Merchant != "" && !d.sees(r, of.Merchant) {
		return v, of, processor.NoRecord(kind, id)
	}
	v, err = processor.Decode[T](of)
	return v, of, err
}

func (d *Dashboard) settlements(w http.ResponseWriter, r *http.Request) error {
	list, err := records[settlement.Settlement](r, d, processor.RecordFilter{Kind: processor.SettlementRecord})
	if err != nil {
		return err
	}
	t := Table{Title: "Latest batches", Anchor: "batches", Columns: left("Batch", "Bank", "Date", "Status", ">Lines", ">Paid", ">Open breaks"),
		Nothing: "No bank has settled yet. Banks do at their cut-off, 23:00 UTC, or when they are told to."}
	for _, s := range list {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			link(s.Batch, "/settlements/"+s.ID), text(s.Bank), text(s.BusinessDate), state(string(s.Status)),
			{Text: strconv.Itoa(s.Lines), Right: true}, cash(s.Net.Amount), {Text: strconv.Itoa(s.OpenBreaks), Right: true},
		}})
	}
	v := SheetView{
		Frame: d.frame(r, "settlements"), Title: "Settlements", Tables: []Table{t},
		Lead: "What each bank paid at its cut-off, held line by line against the ledger. What does not fit is a break, and is worked off by new entries.",
	}
	if d.may(r, identity.SteerSimulator) {
		for _, b := range d.Processor.Banks.Banks(d.Clock.Now()) {
			v.Actions = append(v.Actions, Action{Label: "Settle " + b.Identifier + " now", URL: "/banks/" + b.Identifier + "/settle"})
		}
	}
	return RenderSheet(w, v)
}

func (d *Dashboard) settlement(w http.ResponseWriter, r *http.Request) error {
	s, _, err := one[settlement.Settlement](r, d, processor.SettlementRecord)
	if err != nil {
		return err
	}
	all, err := records[settlement.Break](r, d, processor.RecordFilter{Kind: processor.BreakRecord, Bank: s.Bank, Limit: 1000})
	if err != nil {
		return err
	}
	breaks := Table{Title: "Breaks", Anchor: "breaks", Columns: left("Kind", "Status", "Reference", ">Expected", ">Found", ">Still owed"), Nothing: "None. Every line fits the book."}
	may := d.may(r, identity.WriteLedger)
	if may {
		breaks.Columns = append(breaks.Columns, Column{Label: "Work off"})
	}
	for _, k := range all {
		if k.Settlement == s.ID {
			breaks.Rows = append(breaks.Rows, breakRow(k, may))
		}
	}
	items, err := d.Processor.Store.Items(r.Context(), processor.ItemFilter{Settlement: s.ID, Limit: 200})
	if err != nil {
		return err
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "settlements"), Title: s.Batch, Status: string(s.Status), UpURL: "/settlements", Up: "Settlements",
		Facts: []Fact{
			{Label: "Bank", Value: s.Bank}, {Label: "Covers until", At: s.CoversUntil}, {Label: "Received", At: s.ReceivedAt},
			{Label: "Lines", Value: strconv.Itoa(s.Lines) + ", of which " + strconv.Itoa(s.Matched) + " fit"},
			{Label: "Credits", Value: inWords(s.Credits)}, {Label: "Debits", Value: inWords(s.Debits)}, {Label: "The bank's fees", Value: inWords(s.Fees)},
			{Label: "Paid", Value: inWords(s.Net.Amount)}, {Label: "Still owed, by the bank's own book", Value: inWords(s.Owed.Amount)},
		},
		Tables: []Table{breaks, itemTable("Items", items, false)},
	})
}

func breakRow(k settlement.Break, may bool) TableRow {
	row := TableRow{Cells: []Cell{
		text(strings.ReplaceAll(string(k.Kind), "_", " ")), state(string(k.Status)), mono(k.Reference),
		cash(k.Expected), cash(k.Found), cash(k.Effect.Amount),
	}}
	if k.Merchant != "" { // else the bank may have made the payment up
		row.Cells[2] = link(k.Reference, "/payments/"+k.Payment)
	}
	if may && k.Status == settlement.BreakOpen {
		row.Buttons = []Button{{Label: "Ask the bank", URL: "/breaks/" + k.ID + "/claim"}, {Label: "Write off", URL: "/breaks/" + k.ID + "/write-off"}}
	} else if may {
		row.Cells = append(row.Cells, text(k.Note))
	}
	return row
}

func itemTable(title string, items []settlement.Item, paid bool) Table {
	t := Table{Title: title, Anchor: "items", Nothing: "None.", Columns: left("What", "Payment", "Reference", "Bank", "Status", ">Amount", ">Bank's fee")}
	if paid {
		t.Columns = left("What", "Payment", "Reference", "Bank", "Status", ">Amount", ">Fee", ">Net")
	}
	for _, i := range items {
		cells := []Cell{
			text(strings.ReplaceAll(string(i.Kind), "_", " ")), link(i.Payment[:min(12, len(i.Payment))]+"…", "/payments/"+i.Payment), text(i.Reference),
			text(i.Bank), state(string(i.State)), cash(i.Amount),
		}
		if paid {
			cells = append(cells, cash(i.MerchantFee), cash(i.Net().Amount))
		} else {
			cells = append(cells, cash(i.BankFee))
		}
		t.Rows = append(t.Rows, TableRow{Cells: cells})
	}
	return t
}

// workOff asks the bank to correct a break, or writes it off.
func (d *Dashboard) workOff(claim bool) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := mux.Vars(r)["id"]
		var k settlement.Break
		var err error
		if claim {
			k, err = d.Processor.Claim(r.Context(), id)
		} else {
			k, err = d.Processor.WriteOff(r.Context(), id, d.name(r), "written off in the dashboard")
		}
		if err == nil {
			http.Redirect(w, r, "/settlements/"+k.Settlement+"#breaks", http.StatusSeeOther)
		}
		return err
	}
}

// name is who looks, for what has to say who did it.
func (d *Dashboard) name(r *http.Request) string {
	if p, ok := d.who(r); ok && p.Person != "" {
		return p.Person
	}
	return "local"
}

// cutOff has a bank settle now.
func (d *Dashboard) cutOff(w http.ResponseWriter, r *http.Request) error {
	err := d.Processor.Steer(r.Context(), mux.Vars(r)["bic"], wire.Controls{Command: wire.CommandSettle}, nil)
	if err == nil {
		http.Redirect(w, r, "/settlements", http.StatusSeeOther)
	}
	return err
}

func (d *Dashboard) payouts(w http.ResponseWriter, r *http.Request) error {
	list, err := records[settlement.Payout](r, d, processor.RecordFilter{Kind: processor.PayoutRecord, Merchant: d.only(r)})
	if err != nil {
		return err
	}
	t := Table{Title: "Latest payouts", Anchor: "payouts", Columns: left("Payout", "Merchant", "Status", ">Items", ">Fees", ">Amount"),
		Nothing: "Nothing was paid out yet. What banks have settled is, once a day."}
	for _, p := range list {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			link(p.ID, "/payouts/"+p.ID), text(d.merchant(p.Merchant)), state(string(p.Status)), {Text: strconv.Itoa(p.Items), Right: true}, cash(p.Fees), cash(p.Amount),
		}})
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "payouts"), Title: "Payouts", Tables: []Table{t},
		Lead: "What merchants get for what was settled: captures less fees, refunds and disputes, one payout for each currency.",
	})
}

func (d *Dashboard) payout(w http.ResponseWriter, r *http.Request) error {
	p, _, err := one[settlement.Payout](r, d, processor.PayoutRecord)
	if err != nil {
		return err
	}
	items, err := d.Processor.Store.Items(r.Context(), processor.ItemFilter{Payout: p.ID, Limit: 500})
	if err != nil {
		return err
	}
	v := SheetView{
		Frame: d.frame(r, "payouts"), Title: inWords(p.Amount) + " to " + d.merchant(p.Merchant), Status: string(p.Status), UpURL: "/payouts", Up: "Payouts",
		Facts: []Fact{
			{Label: "Payout", Value: p.ID, Code: true}, {Label: "Captured", Value: inWords(p.Captured)}, {Label: "Refunded", Value: inWords(p.Refunded.Amount)},
			{Label: "Held for disputes", Value: inWords(p.Disputed.Amount)}, {Label: "Fees", Value: inWords(p.Fees)}, {Label: "Paid out", Value: inWords(p.Amount)},
			{Label: "Made", At: p.CreatedAt}, {Label: "Arrives", At: p.ArrivesAt},
		},
		Tables: []Table{itemTable("What it is made of", items, true)},
	}
	for _, share := range p.Shares {
		v.Facts = append(v.Facts, Fact{Label: "Of " + share.Bank + "'s money", Value: inWords(share.Amount.Amount)})
	}
	return RenderSheet(w, v)
}

func (d *Dashboard) disputes(w http.ResponseWriter, r *http.Request) error {
	list, err := records[payment.DisputeResource](r, d, processor.RecordFilter{Kind: processor.DisputeRecord, Merchant: d.only(r)})
	if err != nil {
		return err
	}
	t := Table{Title: "Latest disputes", Anchor: "disputes", Columns: left("Dispute", "Payment", "Status", "Why", "Evidence until", ">Amount"),
		Nothing: "None. Pay with 4000 0000 0000 0259 or 4000 0000 0000 2685, and the bank opens one some seconds later."}
	for _, x := range list {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			link(x.ID, "/disputes/"+x.ID), link(x.Payment, "/payments/"+x.Payment), state(string(x.Status)), text(x.Reason),
			text(x.RespondBy.Format("2006-01-02 15:04")), cash(x.Amount),
		}})
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "disputes"), Title: "Disputes", Tables: []Table{t},
		Lead: "Customers who want their money back through their bank. It is held until the bank decides on the evidence.",
	})
}

func (d *Dashboard) dispute(w http.ResponseWriter, r *http.Request) error {
	x, _, err := one[payment.DisputeResource](r, d, processor.DisputeRecord)
	if err != nil {
		return err
	}
	v := SheetView{
		Frame: d.frame(r, "disputes"), Title: "Dispute over " + inWords(x.Amount), Status: string(x.Status), UpURL: "/disputes", Up: "Disputes",
		Facts: []Fact{
			{Label: "Dispute", Value: x.ID, Code: true}, {Label: "Payment", Value: x.Payment, URL: "/payments/" + x.Payment, Code: true}, {Label: "Why", Value: x.Reason},
			{Label: "Fee", Value: inWords(x.Fee)}, {Label: "Opened", At: x.OpenedAt}, {Label: "Evidence until", At: x.RespondBy},
		},
	}
	if x.Evidence != "" {
		v.Facts = append(v.Facts, Fact{Label: "Evidence", Value: x.Evidence})
	}
	if x.Rule != "" {
		v.Facts = append(v.Facts, Fact{Label: "Rule", Value: x.Rule})
	}
	if x.Status == payment.NeedsResponse && d.may(r, identity.WritePayments) {
		v.Form = &TextForm{
			Title: "Answer it", Lead: "Once. The bank decides on it; in this simulation the words winning_evidence win.", Label: "Evidence", Name: "evidence",
			URL: "/disputes/" + x.ID + "/evidence", Button: "Hand in", Rows: 5,
		}
	}
	if !x.Status.Final() && d.may(r, identity.SteerSimulator) {
		v.Actions = []Action{
			{Label: "Decide as the bank: the merchant wins", URL: "/disputes/" + x.ID + "/win"},
			{Label: "Decide as the bank: the merchant loses", URL: "/disputes/" + x.ID + "/lose"},
		}
	}
	return RenderSheet(w, v)
}

// respond hands evidence in.
func (d *Dashboard) respond(w http.ResponseWriter, r *http.Request) error {
	_, of, err := one[payment.DisputeResource](r, d, processor.DisputeRecord)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	evidence := strings.TrimSpace(r.PostFormValue("evidence"))
	if evidence == "" || len(evidence) > 4000 || look.Visible(evidence) != evidence {
		return fault.New(fault.Invalid, "request_invalid", "The evidence must be a text of 1 to 4000 characters.")
	}
	if _, _, err := d.Processor.Respond(r.Context(), of.Merchant, of.ID, evidence); err != nil {
		return err
	}
	http.Redirect(w, r, "/disputes/"+of.ID, http.StatusSeeOther)
	return nil
}

// operate asks the bank for all that is left to capture, void or refund.
func (d *Dashboard) operate(kind payment.OperationKind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, _, err := d.read(r)
		if err != nil {
			return err
		}
		if _, _, err := d.Processor.Operate(r.Context(), processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: kind}); err != nil {
			return err
		}
		http.Redirect(w, r, "/payments/"+p.ID, http.StatusSeeOther)
		return nil
	}
}

// actions are the buttons that make sense on a payment.
func actions(p payment.Payment) (list []Action) {
	at := "/payments/" + p.ID
	if left := p.Capturable(); left.IsPositive() {
		list = append(list,
			Action{"Capture " + inWords(left), at + "/capture", "Take what is left of the authorization."},
			Action{"Void", at + "/void", "Release it instead."})
	}
	if left := p.Refundable(); left.IsPositive() {
		list = append(list, Action{"Refund " + inWords(left), at + "/refund", "Give all that is left back."})
	}
	return list
}

// account is the statement of one account: its latest entries.
func (d *Dashboard) account(w http.ResponseWriter, r *http.Request) error {
	name := ledger.Account(mux.Vars(r)["account"])
	balances, err := d.Processor.Store.Balances(r.Context())
	if err != nil {
		return err
	}
	v := SheetView{Frame: d.frame(r, "ledger"), Title: string(name), UpURL: "/ledger", Up: "Ledger", Lead: "The latest entries on this account, newest first."}
	for _, b := range balances {
		if b.Account == name {
			a := account(b)
			v.Facts = append(v.Facts, Fact{Label: "Balance in " + a.Currency, Value: strings.TrimSpace(a.Balance + " " + a.Side)})
		}
	}
	if len(v.Facts) == 0 {
		return fault.New(fault.NotFound, "account_not_found", "Nothing was ever booked on an account %q.", name)
	}
	list, err := d.Processor.Store.Entries(r.Context(), processor.EntryFilter{Account: name, Limit: perPage})
	if err != nil {
		return err
	}
	t := Table{Title: "Statement", Anchor: "statement", Columns: left("Booked", "What", ">Debit", ">Credit"), Nothing: "Nothing yet."}
	for _, e := range list {
		for _, p := range e.Postings {
			if p.Account != name {
				continue
			}
			row := []Cell{text(e.At.Format("2006-01-02 15:04:05")), text(e.Description), {Right: true}, cash(p.Amount)}
			if e.Payment != "" {
				row[1] = link(e.Description, "/payments/"+e.Payment)
			}
			if p.Side == ledger.Debit {
				row[2], row[3] = row[3], row[2]
			}
			t.Rows = append(t.Rows, TableRow{Cells: row})
		}
	}
	v.Tables = []Table{t}
	return RenderSheet(w, v)
}
