package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/processor"
	"sandbank/settlement"
)

func (d *Dashboard) payouts(w http.ResponseWriter, r *http.Request) error {
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.Payouts(r.Context(), d.reach(r), "", at)
	if err != nil {
		return err
	}
	t := Table{Title: "Latest payouts", Anchor: "payouts", Columns: left("Payout", "Merchant", "Status", "Made (UTC)", ">Items", ">Fees", ">Amount"), Pager: pager(at, found, "/payouts"),
		Nothing: "Nothing was paid out yet. What banks have settled is, once a day."}
	for _, p := range found.Items {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			idLink(p.ID, "/payouts/"+p.ID), text(d.merchant(p.Merchant)), state(string(p.Status)), stamp(p.CreatedAt), number(p.Items), cash(p.Fees), cash(p.Amount),
		}})
	}
	v := SheetView{
		Frame: d.frame(r, "payouts"), Title: "Payouts", Tables: []Table{t},
		Lead: "What merchants get for what was settled: captures less fees, refunds and disputes, one payout for each currency.",
	}
	if d.may(r, identity.WriteLedger) {
		v.Actions = []Action{{Label: "Pay out what is settled now", URL: "/payouts"}}
	}
	return RenderSheet(w, v)
}

// payOut pays every merchant its settled money, without waiting for the daily
// payout.
func (d *Dashboard) payOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.Processor.PayOut(r.Context(), processor.Everyone()); err != nil {
		return err
	}
	http.Redirect(w, r, "/payouts", http.StatusSeeOther)
	return nil
}

func (d *Dashboard) payout(w http.ResponseWriter, r *http.Request) error {
	p, err := d.Processor.Payout(r.Context(), d.reach(r), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	items, err := items(r, "/payouts/"+p.ID, "What it is made of", true, func(at processor.Window) (processor.Page[settlement.Item], error) {
		return d.Processor.PayoutItems(r.Context(), p, at)
	})
	if err != nil {
		return err
	}
	v := SheetView{
		Frame: d.frame(r, "payouts"), Title: inWords(p.Amount) + " to " + d.merchant(p.Merchant), Status: string(p.Status), UpURL: "/payouts", Up: "Payouts",
		Facts: []Fact{
			{Label: "Paid out", Value: inWords(p.Amount)}, {Label: "Captured", Value: inWords(p.Captured)}, {Label: "Refunded", Value: inWords(p.Refunded.Amount)},
			{Label: "Held for disputes", Value: inWords(p.Disputed.Amount)}, {Label: "Fees", Value: inWords(p.Fees)},
			{Label: "Made", At: p.CreatedAt}, {Label: "Arrives", At: p.ArrivesAt},
		},
		Tables: []Table{items},
	}
	for _, share := range p.Shares {
		v.Facts = append(v.Facts, Fact{Label: "Of " + share.Bank + "'s money", Value: inWords(share.Amount.Amount)})
	}
	v.Facts = append(v.Facts, Fact{Label: "Payout", Value: p.ID, Code: true})
	return RenderSheet(w, v)
}
