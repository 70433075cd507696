package api

import (
	"fmt"
	"net/http"
	"strings"
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

// wish checks the body and reports all complaints at once.
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
	return a.replyPayment(w, http.StatusAccepted, made)
}

const maxKey = 255

// idempotencyKey reads the header of draft-ietf-httpapi-idempotency-key-header:
// a quoted string, or the same bare, as many clients send it.
func idempotencyKey(r *http.Request) (string, error) {
	sent := r.Header.Values("Idempotency-Key")
	if len(sent) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(sent[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	printable := !strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' })
	if len(sent) > 1 || key == "" || len(key) > maxKey || !printable {
		return "", fault.New(fault.Invalid, "idempotency_key_invalid", "The Idempotency-Key is not valid.").
			At("Idempotency-Key", "must be sent once, with 1 to %d printable ASCII characters, such as \"order-1042\"", maxKey)
	}
	if instrument.NamesCard(key) {
		return "", fault.New(fault.Invalid, "idempotency_key_invalid", "The Idempotency-Key is not valid.").At("Idempotency-Key", form.NoCard)
	}
	return key, nil
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
		gate.Hold(w)
		w.Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", int(wait.Seconds())))
		if !p.Status.Final() && knows(r, p) {
			if p, err = a.Processor.Await(r.Context(), p.ID, p.Version, wait); err != nil {
				return err
			}
		}
	}
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
	wanted := processor.PaymentQuery{Status: payment.Status(q.Get("status")), Reference: q.Get("reference")}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	at := windowOf(problem, q, "pay")
	if wanted.Status != "" && !wanted.Status.Valid() {
		problem.At("status", "must be one of %v", payment.Statuses())
	}
	form.Optional(form.Reference).Check(problem, "reference", wanted.Reference)
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Payments(r.Context(), processor.Only(call.Merchant.ID), wanted, at)
	return replyKept(w, found, err, func(p payment.Payment) payment.Resource { return p.Resource(a.Address) })
}
