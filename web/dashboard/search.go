package dashboard

import (
	"net/http"
	"strings"

	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/web/gate"
)

// homes are the pages of things by the beginnings of their identifiers.
var homes = map[string]string{"pay_": "/payments/", "dp_": "/disputes/", "stl_": "/settlements/", "brk_": "/breaks/", "po_": "/payouts/", "whe_": "/webhooks/"}

// Passage is a part of the docs that a search has found.
type Passage struct{ Page, Title, URL, Text string }

// search leads to the one thing that an identifier names, or lists what fits.
func (d *Dashboard) search(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(gate.Query(r).Get("q"))
	if err := searched(form.Search, q); err != nil {
		return err
	}
	for prefix, home := range homes {
		if strings.HasPrefix(q, prefix) && !strings.ContainsAny(q, "/?#%") {
			http.Redirect(w, r, home+q, http.StatusSeeOther)
			return nil
		}
	}
	v := SheetView{Frame: d.frame(r, "search"), Title: "Search", Lead: "A reference finds its payments, an identifier its page, words the pages that they name, and the passages of the docs that have them."}
	if q != "" {
		payments, err := d.searchPayments(r, q)
		if err != nil {
			return err
		}
		v.Title = "Search for “" + again(q) + "”"
		v.Tables = []Table{payments, d.searchPages(v.Frame, q), d.searchDocs(q)}
	}
	return RenderSheet(w, v)
}

func (d *Dashboard) searchPayments(r *http.Request, q string) (Table, error) {
	t := Table{Title: "Payments with this reference", Anchor: "payments", Nothing: "None.", Columns: left("Reference", "Created", "Status", ">Amount")}
	if searched(form.Optional(form.Reference), q) != nil {
		return t, nil // no reference is like that
	}
	found, err := d.Processor.Payments(r.Context(), d.reach(r), processor.PaymentQuery{Reference: q}, processor.Window{Limit: perPage})
	for _, p := range found.Items {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{link(p.Reference, "/payments/"+p.ID), {At: p.CreatedAt}, state(string(p.Status)), cash(p.Amount)}})
	}
	return t, err
}

// searchPages lists the pages whose name has each word of the query.
func (d *Dashboard) searchPages(f Frame, q string) Table {
	t := Table{Title: "Pages", Anchor: "pages", Nothing: "None.", Columns: left("Page")}
	add := func(label, url string) {
		for _, word := range strings.Fields(strings.ToLower(q)) {
			if !strings.Contains(strings.ToLower(label), word) {
				return
			}
		}
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{link(label, url)}})
	}
	for _, group := range f.Nav() {
		for _, item := range group.Items {
			add(item.Label, item.URL)
		}
	}
	return t
}

// searchDocs lists the passages of the docs that have each word of the query.
func (d *Dashboard) searchDocs(q string) Table {
	t := Table{Title: "Docs", Anchor: "docs", Nothing: "None.", Columns: left("Section", "Page", "What it says")}
	if d.Docs == nil {
		return t
	}
	for _, p := range d.Docs(q) {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{link(p.Title, p.URL), text(p.Page), text(p.Text)}})
	}
	return t
}
