package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
)

// NewPayment is the body of POST /v1/payments.
type NewPayment struct {
	Amount           NewAmount         `json:"amount"`
	Reference        string            `json:"reference"`
	ReturnURL        string            `json:"return_url"`
	Return           string            `json:"return,omitempty"`
	Bank             string            `json:"bank,omitempty"`
	Description      string            `json:"description,omitempty"`
	Capture          string            `json:"capture,omitempty"`
	ExpiresInSeconds *int              `json:"expires_in_seconds,omitempty"`
	Attempts         *int              `json:"attempts,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	Simulate         *sim.Wish         `json:"simulate,omitempty"` // what is to happen on purpose
}

// NewAmount is the amount in a request.
type NewAmount struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

// wish is what the body asks for. Where the body itself has complaints, all are reported at once; else the use
// case begins with the check.
func (n NewPayment) wish() (processor.NewPayment, error) {
	wish := processor.NewPayment{
		Reference: n.Reference, Description: n.Description, ReturnURL: n.ReturnURL, Return: payment.ReturnMode(n.Return), Bank: n.Bank,
		Capture: payment.CaptureMode(n.Capture), Metadata: n.Metadata, Life: payment.DefaultLife, Attempts: payment.DefaultAttempts,
	}
	if n.ExpiresInSeconds != nil {
		// Bounded first: the product might not fit.
		wish.Life = time.Duration(max(-1, min(int64(*n.ExpiresInSeconds), int64(payment.MaxLife/time.Second)+1))) * time.Second
	}
	if n.Attempts != nil {
		wish.Attempts = int(*n.Attempts)
		if wish.Attempts == 0 { // which stands for the usual number inside
			wish.Attempts = -1
		}
	}
	amount, err := money.Parse(n.Amount.Value, money.Currency(n.Amount.Currency), "/amount")
	wish.Amount = amount
	said := form.Problem()
	wish.Simulate = checkSimulate(said, n.Simulate, wish.Capture)
	if err == nil && len(said.Fields) == 0 {
		return wish, nil
	}
	return wish, wish.CheckWith(err, form.Found(said))
}

func (a *API) createPayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	var body NewPayment
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := body.wished(r.Header); err != nil {
		return err
	}
	wish, err := body.wish()
	if err != nil {
		return err
	}
	wish.Merchant, wish.IdempotencyKey, wish.RequestID = call.Merchant.ID, key, call.RequestID
	made, replayed, err := a.Processor.Create(r.Context(), wish)
	if err != nil {
		return err
	}
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	} else {
		a.hold(w, r, made)
	}
	w.Header().Set("Location", "/v1/payments/"+made.ID)
	nameTrace(w, made)
	return a.replyPayment(w, http.StatusAccepted, made)
}

// nameTrace says which trace the payment's is, where there is one. It is no member of the payment: a run that is
// repeated has the same payments, and traces of its own.
func nameTrace(w http.ResponseWriter, p payment.Payment) {
	if id := p.Trace.Trace(); id != "" {
		w.Header().Set("Sandbank-Trace", id)
	}
}

// replyPayment writes a payment with the headers that a polling client needs:
// ETag, and Retry-After while it is not final.
func (a *API) replyPayment(w http.ResponseWriter, status int, p payment.Payment) error {
	w.Header().Set("ETag", etag(p))
	if !p.Status.Final() {
		w.Header().Set("Retry-After", "2")
	}
	return gate.Reply(w, status, p.Resource(a.Address))
}

func etag(p payment.Payment) string { return fmt.Sprintf(`"%d"`, p.Version) }

func (a *API) getPayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	p, err := a.Processor.OwnPayment(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	if wait := preferredWait(r); wait > 0 {
		gate.Hold(r.Context(), w)
		w.Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", int(wait.Seconds())))
		if !p.Status.Final() && knows(r, p) {
			if p, err = a.Processor.Await(r.Context(), p.ID, p.Version, wait); err != nil {
				return err
			}
		}
	}
	nameTrace(w, p)
	if named, _ := gate.HasETag(r, etag(p)); named {
		w.Header().Set("ETag", etag(p))
		if !p.Status.Final() {
			w.Header().Set("Retry-After", "2")
		}
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return a.replyPayment(w, http.StatusOK, p)
}

// knows reports whether the caller has this version already; one that does not
// say is taken to have the present one.
func knows(r *http.Request, p payment.Payment) bool {
	named, sent := gate.HasETag(r, etag(p))
	return named || !sent
}

const maxPreferredWait = 60 * time.Second

// preferredWait is how long the caller wants the answer held, bounded.
func preferredWait(r *http.Request) time.Duration { return gate.PreferredWait(r, maxPreferredWait) }

func (a *API) cancelPayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	p, err := a.Processor.OwnPayment(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	if p, err = a.Processor.Cancel(r.Context(), p.ID, payment.ByMerchant); err != nil {
		return err
	}
	return a.replyPayment(w, http.StatusOK, p)
}

func (a *API) listPayments(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	q := gate.Query(r)
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	wanted := processor.PaymentQuery{
		Status: payment.Status(q.Get("status")), Reference: q.Get("reference"), Bank: q.Get("bank"), Method: instrument.Kind(q.Get("method")),
		From: instant(problem, "from", q.Get("from")), To: instant(problem, "to", q.Get("to")),
	}
	at := windowOf(problem, q, "pay")
	wanted.Check(problem)
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Payments(r.Context(), processor.Only(call.Merchant.ID), wanted, at)
	return replyKept(w, found, err, func(p payment.Payment) payment.Resource { return p.Resource(a.Address) })
}
