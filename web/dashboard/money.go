package dashboard

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/web/gate"
)

// window is the page that a query asks for; name is the cursor's parameter.
func window(r *http.Request, name string) (processor.Window, error) {
	at := processor.Window{Cursor: gate.Query(r).Get(name), Limit: perPage}
	return at, searched(form.Search, at.Cursor)
}

// narrowed is window for a list that can be narrowed by status.
func narrowed[S ~string](r *http.Request) (status S, at processor.Window, err error) {
	status = S(gate.Query(r).Get("status"))
	if err = searched(form.Search, string(status)); err == nil {
		at, err = window(r, "before")
	}
	return status, at, err
}

// pager leads on from a page of a list, newest first, at an address with a query
// of pairs.
func pager[T any](at processor.Window, found processor.Page[T], here string, pairs ...string) (p Pager) {
	if p.LetGo = found.LetGo; found.Next != "" {
		p.On = Link{"Older", pageAt(here, append(pairs, "before", found.Next)...)}
	}
	if at.Cursor != "" {
		p.Back = Link{"Newest", pageAt(here, pairs...)}
	}
	return p
}

// pageAt is an address with a query of pairs; what is "" is left out.
func pageAt(path string, pairs ...string) string {
	q := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// items lists the items of a settlement or a payout, a page by the query's
// "after". Of a payout it shows fee and net, else the bank's fee.
func items(r *http.Request, here, title string, paid bool, read func(processor.Window) (processor.Page[settlement.Item], error)) (Table, error) {
	at, err := window(r, "after")
	if err != nil {
		return Table{}, err
	}
	found, err := read(at)
	if err != nil {
		return Table{}, err
	}
	t := Table{Title: title, Anchor: "items", Nothing: "None.", Columns: left("What", "Payment", "Bank", "Status", ">Amount", ">Bank's fee"), Pager: Pager{Of: "items", LetGo: found.LetGo}}
	if paid {
		t.Columns = left("What", "Payment", "Bank", "Status", ">Amount", ">Fee", ">Net")
	}
	if found.Next != "" {
		t.Pager.On = Link{"More", pageAt(here, "after", found.Next) + "#items"}
	}
	if at.Cursor != "" {
		t.Pager.Back = Link{"First", here + "#items"}
	}
	for _, i := range found.Items {
		t.Rows = append(t.Rows, TableRow{Cells: itemCells(i, paid)})
	}
	return t, nil
}

func itemCells(i settlement.Item, paid bool) []Cell {
	cells := []Cell{
		words(string(i.Kind)), link(cmp.Or(i.Reference, brief(i.Payment)), "/payments/"+i.Payment), text(i.Bank), state(string(i.State)), cash(i.Amount),
	}
	if paid {
		return append(cells, cash(i.MerchantFee), cash(i.Net().Amount))
	}
	return append(cells, cash(i.BankFee))
}

func number(n int) Cell { return Cell{Text: strconv.Itoa(n), Right: true, Zero: n == 0} }

// renderSheet is [RenderSheet] with a status, and with the refused form.
func renderSheet(w http.ResponseWriter, status int, v SheetView, refused error) error {
	begin(w, status)
	err := RenderSheet(w, v)
	if refused != nil {
		err = errors.Join(worded{refused}, err)
	}
	return err
}

// begin starts a page whose status may not be 200.
func begin(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
}

// refusal is the status with which a form comes back; false for what is not
// about the form.
func refusal(err error) (status int, mine bool) {
	if err == nil {
		return 0, false
	}
	switch fault.From(err).Kind {
	case fault.Invalid, fault.Unprocessable:
		return http.StatusUnprocessableEntity, true
	case fault.Conflict:
		return http.StatusConflict, true
	}
	return 0, false
}

// complain puts a fault into a form: at its one field where the fault is about
// that.
func complain(f *Form, err error) {
	if err == nil {
		return
	}
	e := fault.From(err)
	if len(e.Fields) > 0 && len(f.Fields) > 0 {
		f.Fields[0].Error = e.Message
		if e.Message == form.Problem().Message { // which does not say what is wrong
			f.Fields[0].Error = "It " + e.Fields[0].Detail + "."
		}
		return
	}
	f.Error = strings.TrimSpace(e.Message + " " + e.Hint)
}

// again is a field's input, to be corrected; "" where it holds a card number,
// since no page repeats one.
func again(typed string) string {
	if instrument.NamesCard(typed) {
		return ""
	}
	return typed
}

// missing says what to type where nothing was.
func missing(err error, typed, want string) error {
	if err != nil && typed == "" && fault.Code(err) == "request_invalid" {
		return fault.New(fault.Invalid, "request_invalid", "%s", want).At("/text", "is required")
	}
	return err
}

// searched holds texts that a list is searched or narrowed by to their form.
func searched(rule form.Text, texts ...string) error {
	problem := fault.New(fault.Invalid, "query_invalid", "The search is not right.")
	for _, text := range texts {
		if rule.Check(problem, "It", text); len(problem.Fields) > 0 {
			return problem
		}
	}
	return nil
}

// meanings say what each kind of break is.
var meanings = map[wire.BreakKind]string{
	wire.BreakMissing:     "The batch should have paid for this, and does not list it.",
	wire.BreakTwice:       "The batch pays for this a second time.",
	wire.BreakWrongAmount: "The batch pays another amount than the ledger has.",
	wire.BreakUnknown:     "The batch pays for something that the ledger knows nothing of.",
	wire.BreakFee:         "The bank kept another fee than was agreed.",
}
