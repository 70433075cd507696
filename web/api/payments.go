package api

import (
	"crypto/sha256"
	"encoding/base64"
	stdjson "encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
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
	Bank             string            `json:"bank,omitempty"`
	Description      string            `json:"description,omitempty"`
	Capture          string            `json:"capture,omitempty"`
	ExpiresInSeconds *int              `json:"expires_in_seconds,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	Simulate         *sim.Wish         `json:"simulate,omitempty"` // what is to happen on purpose
}

// NewAmount is money as it is asked for.
type NewAmount struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

const (
	maxMetadata    = 20
	maxDescription = 255
	maxReference   = 100
)

// check turns the body into a wish, with all complaints at once.
func (n NewPayment) check() (processor.NewPayment, error) {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	wish := processor.NewPayment{
		Reference: n.Reference, Description: n.Description, ReturnURL: n.ReturnURL,
		Bank: n.Bank, Metadata: n.Metadata, Life: payment.DefaultLife,
	}
	amount, err := money.Parse(n.Amount.Value, money.Currency(n.Amount.Currency), "/amount")
	switch {
	case err != nil:
		f := fault.From(err)
		problem.Fields = append(problem.Fields, f.Fields...)
		problem.Code, problem.Message = f.Code, f.Message
	case !amount.IsPositive():
		problem.At("/amount/value", "must be more than zero")
	}
	wish.Amount = amount
	checkText(problem, "/reference", n.Reference, 1, maxReference)
	checkText(problem, "/description", n.Description, 0, maxDescription)
	checkURL(problem, "/return_url", n.ReturnURL)
	wish.Capture = payment.CaptureMode(n.Capture)
	if n.Capture != "" {
		checkChoice(problem, "/capture", wish.Capture, []payment.CaptureMode{payment.CaptureAutomatic, payment.CaptureManual})
	}
	if n.ExpiresInSeconds != nil {
		wish.Life = time.Duration(*n.ExpiresInSeconds) * time.Second
		if *n.ExpiresInSeconds < int(payment.MinLife.Seconds()) || *n.ExpiresInSeconds > int(payment.MaxLife.Seconds()) {
			problem.At("/expires_in_seconds", "must be %d to %d", int(payment.MinLife.Seconds()), int(payment.MaxLife.Seconds()))
		}
	}
	checkMetadata(problem, n.Metadata)
	wish.Simulate = checkSimulate(problem, n.Simulate, wish.Capture)
	if len(problem.Fields) > 0 {
		if len(problem.Fields) > 1 {
			problem.Code, problem.Message = "request_invalid", "Some fields are not right."
		}
		return wish, problem
	}
	return wish, nil
}

func checkMetadata(problem *fault.Error, m map[string]string) {
	if len(m) > maxMetadata {
		problem.At("/metadata", "must have at most %d entries", maxMetadata)
		return
	}
	for k, v := range m {
		if instrument.NamesCard(k) { // which the place would repeat
			problem.At("/metadata", noCard)
			continue
		}
		at := "/metadata/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		checkText(problem, at, k, 1, 40)
		checkText(problem, at, v, 0, 500)
	}
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
	wish, err := body.check()
	if err != nil {
		return err
	}
	wish.Merchant, wish.IdempotencyKey, wish.RequestID = call.Merchant.ID, key, call.RequestID
	wish.PayloadHash = hashOf(body)
	if body.Simulate != nil {
		body.Simulate = nil // the plan has no card number in it
		wish.PayloadHash = hashOf([]any{body, wish.Simulate})
	}
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

// hashOf is the same for the same values, however they were spaced or ordered.
func hashOf(body any) string {
	canonical, _ := stdjson.Marshal(body) // a plain struct always encodes
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:])
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
		return "", fault.New(fault.Invalid, "idempotency_key_invalid", "The Idempotency-Key is not valid.").At("Idempotency-Key", noCard)
	}
	return key, nil
}

// replyPayment writes a payment with what a poller needs: a version to compare,
// and when to ask again.
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
	if r.Header.Get("If-None-Match") != "" && knows(r, p) {
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
	sent := r.Header.Get("If-None-Match")
	if sent == "" {
		return true
	}
	for tag := range strings.SplitSeq(sent, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag(p) || tag == "*" {
			return true
		}
	}
	return false
}

const maxPreferredWait = 60 * time.Second

// preferredWait is the wait of a Prefer header (RFC 7240, section 4.3), bounded.
func preferredWait(r *http.Request) time.Duration {
	for _, header := range r.Header.Values("Prefer") {
		for part := range strings.SplitSeq(header, ",") {
			value, ok := strings.CutPrefix(strings.TrimSpace(part), "wait=")
			if seconds, err := strconv.Atoi(value); ok && err == nil && seconds > 0 {
				return time.Duration(min(seconds, int(maxPreferredWait/time.Second))) * time.Second // bounded first: the product might not fit
			}
		}
	}
	return 0
}

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
	checkText(problem, "reference", wanted.Reference, 0, maxReference)
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Payments(r.Context(), processor.Only(call.Merchant.ID), wanted, at)
	return replyPage(w, found, err, func(p payment.Payment) payment.Resource { return p.Resource(a.Address) })
}
