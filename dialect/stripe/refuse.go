package stripe

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/payment/instrument"
	"sandbank/web/gate"
)

// carded is the refusal of a card, which shows the PaymentIntent.
type carded struct{ shown object.Object }

func (*carded) Error() string { return "the card was refused" }

// statuses are the HTTP statuses of this API where they are not the house's.
var statuses = map[fault.Kind]int{
	fault.Conflict: http.StatusBadRequest, fault.Unprocessable: http.StatusBadRequest, fault.MediaType: http.StatusBadRequest,
	fault.TooLarge: http.StatusBadRequest, fault.Gone: http.StatusNotFound, fault.Unsupported: http.StatusNotFound, fault.Misdirected: http.StatusMisdirectedRequest,
}

// codes are the codes of the house that this API has another word for; "" for none.
var codes = map[string]string{
	"payment_not_found": "resource_missing", "payment_gone": "resource_missing", "event_not_found": "resource_missing", "webhook_endpoint_not_found": "resource_missing",
	"dispute_not_found": "resource_missing", "payout_not_found": "resource_missing", "not_found": "resource_missing", "request_invalid": "", "amount_invalid": "",
	"payment_already_paid": unexpectedState, "payment_in_progress": unexpectedState, "payment_final": unexpectedState, "payment_expired": unexpectedState,
	"rate_limited": "rate_limit", "too_many_failures": "rate_limit", gate.TokenMissing: "", "api_key_invalid": "", "internal_error": "", "form_invalid": "", "role_forbidden": "",
	"clock_backwards": "", "clock_too_far": "", "dispute_closed": "", "body_too_large": "", "content_type": "",
}

// unexpectedState is the code where a PaymentIntent does not allow it.
const unexpectedState = "payment_intent_unexpected_state"

// Refuse implements [gate.Refuser]: an error object.
func (a *API) Refuse(w http.ResponseWriter, _ *http.Request, refusal gate.Refusal) {
	a.heads(w, refusal.RequestID)
	status, body := errorOf(refusal)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Stripe"`)
	}
	write(w, status, body)
}

// errorOf is an error as this API has it, and its HTTP status.
func errorOf(refusal gate.Refusal) (int, object.Object) {
	f, status := refusal.Fault, refusal.Status
	var card *carded
	if errors.As(f, &card) {
		return http.StatusPaymentRequired, object.Object{"error": card.shown}
	}
	if other, has := statuses[f.Kind]; has {
		status = other
	}
	e := object.Object{"type": "invalid_request_error", "message": said(f)}
	code, translated := codes[f.Code]
	if !translated {
		code = f.Code
	}
	switch {
	case status >= http.StatusInternalServerError:
		e["type"], code = "api_error", ""
	case strings.HasPrefix(f.Code, "idempotency"):
		e["type"], code = "idempotency_error", ""
		if f.Code == "idempotency_key_in_flight" {
			status, code = http.StatusConflict, "idempotency_key_in_use"
		}
	}
	if code != "" {
		e["code"] = code
		e["doc_url"] = "https://docs.stripe.com/error-codes/" + strings.ReplaceAll(code, "_", "-")
	}
	var state *stateful
	if errors.As(f, &state) {
		e.With(state.members)
	}
	if len(f.Fields) > 0 {
		e["param"] = paramOf(f.Fields[0].Pointer)
	}
	return status, object.Object{"error": e}
}

// said is a complaint in a sentence: that of the house, with its first field and hint.
func said(f *fault.Error) string {
	s := f.Message
	if len(f.Fields) > 0 && f.Fields[0].Detail != f.Message {
		s += " " + paramOf(f.Fields[0].Pointer) + " " + f.Fields[0].Detail + "."
	}
	if f.Hint != "" && f.Kind != fault.NotFound {
		s += " " + f.Hint
	}
	return s
}

// paramOf is the parameter of a place in the house's own bodies.
func paramOf(pointer string) string {
	if !strings.HasPrefix(pointer, "/") {
		return pointer
	}
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if steps[0] == "amount" {
		return "amount"
	}
	name := steps[0]
	for _, s := range steps[1:] {
		name += "[" + strings.NewReplacer("~1", "/", "~0", "~").Replace(s) + "]"
	}
	return name
}

// heads sets the headers of every answer.
func (a *API) heads(w http.ResponseWriter, requestID string) {
	w.Header().Set("Request-Id", strings.Replace(alias.ID("req_", requestID), "rid_", "", 1))
	w.Header().Set("Stripe-Version", object.Version)
}

func write(w http.ResponseWriter, status int, body object.Object) {
	encoded, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		status, encoded = http.StatusInternalServerError, []byte(`{"error": {"type": "api_error", "message": "The answer cannot be written."}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded, '\n')) // the client is gone if this fails
}

// noSuch is the error for an object that is not there for the caller.
func noSuch(kind, id, param string) error {
	f := fault.New(fault.NotFound, "resource_missing", "No such %s: '%s'", kind, shownID(id))
	return f.At(param, "%s", f.Message)
}

// shownID is an identifier as an error may repeat it: letters, digits and
// underscores.
func shownID(id string) string {
	if len(id) > 100 || instrument.NamesCard(id) || strings.ContainsFunc(id, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return "…"
	}
	return id
}
