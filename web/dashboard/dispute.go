package dashboard

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/web/look"
)

func (d *Dashboard) disputes(w http.ResponseWriter, r *http.Request) error {
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.Disputes(r.Context(), d.reach(r), "", at)
	if err != nil {
		return err
	}
	t := Table{Title: "Latest disputes", Anchor: "disputes", Columns: left("Dispute", "Payment", "Status", "Why", "Evidence until (UTC)", ">Amount"), Pager: pager(at, found, "/disputes"),
		Nothing: "None. Pay with 4000 0000 0000 0259 or 4000 0000 0000 2685, and the bank opens one some seconds later."}
	for _, x := range found.Items {
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{
			idLink(x.ID, "/disputes/"+x.ID), idLink(x.Payment, "/payments/"+x.Payment), state(string(x.Status)), words(x.Reason), stamp(x.RespondBy), cash(x.Amount),
		}})
	}
	return RenderSheet(w, SheetView{
		Frame: d.frame(r, "disputes"), Title: "Disputes", Tables: []Table{t},
		Lead: "Customers who want their money back through their bank. It is held until the bank decides on the evidence.",
	})
}

// disputeOf is the dispute in the path.
func (d *Dashboard) disputeOf(r *http.Request) (payment.DisputeResource, error) {
	return d.Processor.Dispute(r.Context(), d.reach(r), mux.Vars(r)["id"])
}

func (d *Dashboard) dispute(w http.ResponseWriter, r *http.Request) error {
	return d.showDispute(w, r, http.StatusOK, "", nil)
}

// showDispute shows a dispute, with refused input and the reason if there is
// any.
func (d *Dashboard) showDispute(w http.ResponseWriter, r *http.Request, status int, evidence string, refused error) error {
	x, err := d.disputeOf(r)
	if err != nil {
		return err
	}
	v := SheetView{
		Frame: d.frame(r, "disputes"), Title: "Dispute over " + inWords(x.Amount), Status: string(x.Status), UpURL: "/disputes", Up: "Disputes",
		Facts: disputeFacts(x),
	}
	if x.Status == payment.DisputeNeedsResponse && d.may(r, identity.WritePayments) {
		v.Forms = []Form{{
			ID: "answer", Title: "Answer it", Lead: "Once. The bank decides on it; in this simulation the words winning_evidence win.",
			URL: "/disputes/" + x.ID + "/evidence", Button: "Hand in",
			Fields: []Field{{ID: "evidence", Name: "evidence", Label: "Evidence", Value: evidence, Rows: 5, Most: form.Evidence.Max}},
		}}
		complain(&v.Forms[0], refused)
	} else if refused != nil {
		return refused
	}
	if !x.Status.Final() && d.may(r, identity.SteerSimulator) {
		v.Actions = []Action{
			{Label: "Decide as the bank: the merchant wins", URL: "/disputes/" + x.ID + "/win"},
			{Label: "Decide as the bank: the merchant loses", URL: "/disputes/" + x.ID + "/lose"},
		}
	}
	return renderSheet(w, status, v, refused)
}

func disputeFacts(x payment.DisputeResource) []Fact {
	list := []Fact{
		{Label: "Amount", Value: inWords(x.Amount)}, {Label: "Fee", Value: inWords(x.Fee)}, {Label: "Why", Value: look.Sentence(strings.ReplaceAll(x.Reason, "_", " "))},
		{Label: "Opened", At: x.OpenedAt}, {Label: "Evidence until", At: x.RespondBy},
	}
	if x.DecidedAt != nil {
		list = append(list, Fact{Label: "Decided", At: *x.DecidedAt})
	}
	list = append(list,
		Fact{Label: "Payment", Value: x.Payment, URL: "/payments/" + x.Payment, Code: true}, Fact{Label: "Dispute", Value: x.ID, Code: true})
	if x.Rule != "" {
		list = append(list, Fact{Label: "Rule", Value: x.Rule, Long: true})
	}
	if x.Evidence != "" {
		list = append(list, Fact{Label: "Evidence", Value: x.Evidence, Long: true})
	}
	return list
}

// respond hands evidence in.
func (d *Dashboard) respond(w http.ResponseWriter, r *http.Request) error {
	of, err := d.disputeOf(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	evidence := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("evidence"), "\r\n", "\n"))
	_, _, err = d.Processor.Respond(r.Context(), d.reach(r), of.ID, evidence)
	err = missing(err, evidence, "Write down what speaks for the payment.")
	if status, mine := refusal(err); mine {
		return d.showDispute(w, r, status, again(evidence), err)
	}
	if err == nil {
		http.Redirect(w, r, "/disputes/"+of.ID, http.StatusSeeOther)
	}
	return err
}

// decide has the bank decide a dispute: only a simulated one can be told to.
func (d *Dashboard) decide(outcome payment.DisputeStatus) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := mux.Vars(r)["id"]
		if _, err := d.Processor.Decide(r.Context(), d.reach(r), id, outcome); err != nil {
			return err
		}
		http.Redirect(w, r, "/disputes/"+id, http.StatusSeeOther)
		return nil
	}
}
