package check

import (
	"fmt"
	"time"

	"sandbank/payment"
	"sandbank/processor"
)

// letGo lets a captured payment go and asks for it, for its events and for the balances of its time.
func (h *house) letGo() {
	h.t.Helper()
	id := h.create()
	before := h.want(200, "", "GET", "/v1/events?after=0&limit=100", "")["next_after"]
	h.answer(h.pay(id), payment.OutcomeApproved, nil)
	at := h.clock.Now()
	h.clock.Advance(time.Minute)
	pay, err := h.store.Payment(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	err = h.store.Commit(h.t.Context(), processor.Load{}, func(w *processor.Work) error {
		w.Gone.Payments = []processor.Leaving{processor.LeavingOf(pay)}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.want(410, "payment_gone", "GET", "/v1/payments/"+id, "")
	h.want(410, "payment_gone", "POST", "/v1/payments/"+id+"/cancel", "")
	h.want(410, "payment_gone", "GET", "/sim/payments/"+id+"/scenario", "")
	for _, operation := range []string{"captures", "refunds"} {
		h.want(410, "payment_gone", "GET", "/v1/payments/"+id+"/"+operation, "")
		h.want(410, "payment_gone", "GET", "/v1/payments/"+id+"/"+operation+"/none", "")
	}
	for act, body := range map[string]string{"simulate": `{"bank": {"outcome": "approved"}}`, "customer": `{"action": "cancel"}`, "bank": `{"outcome": "approved"}`} {
		h.want(410, "payment_gone", "POST", "/sim/payments/"+id+"/"+act, body)
	}
	h.staff(410, "payment_gone", "POST", "/sim/payments/"+id+"/dispute", "")
	h.want(410, "payment_gone", "POST", "/sim/holds", `{"payment": "`+id+`"}`)
	h.want(410, "payment_gone", "POST", "/v1/payments/"+id+"/capture", `{}`)
	h.want(410, "payment_gone", "POST", "/v1/payments/"+id+"/void", "")
	h.want(410, "payment_gone", "POST", "/v1/payments/"+id+"/refunds", `{}`)
	if page := h.want(200, "", "GET", "/v1/payments?reference=none", ""); page["older_let_go"] != true {
		h.t.Errorf("the last page is %v, and does not say that older ones were let go", page)
	}
	if after, _ := before.(float64); after > 0 {
		h.want(410, "events_gone", "GET", fmt.Sprintf("/v1/events?after=%.0f", after), "")
	}
	for path, headers := range map[string][]string{"": nil, "/stream": nil, "/ws": upgrade} {
		h.want(410, "payment_gone", "GET", "/v1/events"+path+"?payment="+id, "", headers...)
	}
	for _, balances := range []string{"accounts", "trial-balance"} {
		h.staff(410, "balances_gone", "GET", "/v1/ledger/"+balances+"?at="+at.Add(-time.Millisecond).Format(time.RFC3339Nano), "")
	}
	for _, list := range []string{"ledger/entries?kind=break.written_off&account=none", "disputes?status=won", "settlements?status=broken"} {
		if page := h.staff(200, "", "GET", "/v1/"+list, ""); page["older_let_go"] != true {
			h.t.Errorf("the last page of %s: want older_let_go, got %v", list, page)
		}
	}
	for _, list := range []string{"payouts", "breaks"} {
		if page := h.staff(200, "", "GET", "/v1/"+list, ""); page["older_let_go"] != nil {
			h.t.Errorf("%s stay, and their last page is %v", list, page)
		}
	}
}
