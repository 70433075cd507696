package api_test

import (
	"net/http"
	"testing"

	"sandbank/internal/processortest"
	"sandbank/payment"
)

// A bad request for a capture, void or refund changes nothing.
func TestOperations_RefuseBadInput(t *testing.T) {
	r := newRig(t, nil)
	begin := func(capture payment.CaptureMode) string {
		wish := processortest.Wish()
		wish.Capture = capture
		made, _, err := r.Create(t.Context(), wish)
		r.OK(err)
		_, q := r.Try(made.ID)
		r.Say(processortest.Answer(q, payment.OutcomeApproved))
		return "/v1/payments/" + made.ID
	}
	held, taken := begin(payment.CaptureManual)+"/capture", begin(payment.CaptureAutomatic)+"/refunds"
	before := r.Stored()
	amount := func(value, currency string) string {
		return `{"amount": {"value": "` + value + `", "currency": "` + currency + `"}}`
	}
	for name, c := range map[string]struct {
		body, field string // where it points, "-" for nowhere
		status      int
	}{
		"zero":             {amount("0", "EUR"), "/amount/value", 400},
		"negative":         {amount("-1", "EUR"), "/amount/value", 400},
		"three decimals":   {amount("1.001", "EUR"), "/amount/value", 400},
		"yen decimals":     {amount("1.5", "JPY"), "/amount/value", 400},
		"exponent":         {amount("1e1", "EUR"), "/amount/value", 400},
		"a number":         {`{"amount": {"value": 1, "currency": "EUR"}}`, "/amount/value", 400},
		"a bare amount":    {`{"amount": "5.00"}`, "/amount", 400},
		"no currency":      {`{"amount": {"value": "5.00"}}`, "/amount/currency", 400},
		"unknown currency": {amount("5.00", "XXX"), "/amount/currency", 400},
		"other currency":   {amount("5.00", "USD"), "/amount/currency", 422},
		"too much":         {amount("20.00", "EUR"), "/amount/value", 422},
		"far too much":     {amount("999999999999.99", "EUR"), "/amount/value", 422},
		"unknown field":    {`{"reason": "x"}`, "/reason", 400},
		"twice":            {`{"description": "a", "description": "b"}`, "/description", 400},
		"long":             {with255("d"), "/description", 400},
		"control":          {`{"description": "a\u0000b"}`, "/description", 400},
		"a card":           {`{"description": "4242424242424242"}`, "/description", 400},
		"not JSON":         {`{`, "-", 400},
		"an array":         {`[]`, "-", 400},
	} {
		for _, target := range []string{held, taken} {
			w := r.call(http.MethodPost, target, c.body)
			p := r.problem(name, w)
			if w.Code != c.status || c.field != "-" && (len(p.Errors) == 0 || p.Errors[0].Pointer != c.field) {
				t.Errorf("%s of %s: %d %+v, want %d at %s", name, target, w.Code, p, c.status, c.field)
			}
			r.Unchanged(name, before)
		}
	}
	for name, w := range map[string]int{
		taken[:len(taken)-8] + "/capture": 409, taken[:len(taken)-8] + "/void": 409, held[:len(held)-8] + "/refunds": 409,
	} {
		if got := r.call(http.MethodPost, name, ""); got.Code != w {
			t.Errorf("%s: %d %s, want %d", name, got.Code, got.Body, w)
		}
	}
	for _, target := range []string{held, taken, held[:len(held)-8] + "/void"} {
		if got := r.call(http.MethodPost, target, "", "Authorization: Bearer other-shop"); got.Code != 404 {
			t.Errorf("another merchant at %s: %d %s", target, got.Code, got.Body)
		}
		if got := r.call(http.MethodPost, target, "", `Idempotency-Key: "`); got.Code != 400 {
			t.Errorf("a key that is none at %s: %d %s", target, got.Code, got.Body)
		}
	}
	if got := r.call(http.MethodPost, taken, `{"final": true}`); got.Code != 400 {
		t.Errorf("a refund takes what belongs to a capture: %d", got.Code)
	}
	r.Unchanged("all of it", before)
}

func with255(letter string) string {
	long := ""
	for range 256 {
		long += letter
	}
	return `{"description": "` + long + `"}`
}

// The answer says where the operation can be read, and it can be read there.
func TestOperations_AreReadWhereTheySay(t *testing.T) {
	r := newRig(t, nil)
	p, q := r.Paid()
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	w := r.call(http.MethodPost, "/v1/payments/"+p.ID+"/refunds", `{"amount": {"value": "5.00", "currency": "EUR"}}`, "Idempotency-Key: r")
	if w.Code != 202 || w.Header().Get("Retry-After") == "" {
		t.Fatal(w.Code, w.Body)
	}
	var began, read payment.OperationResource
	r.read(w, &began)
	r.read(r.call(http.MethodGet, w.Header().Get("Location"), ""), &read)
	if began.ID != read.ID || read.Status != payment.OpPending || read.Amount.String() != "5.00 EUR" {
		t.Errorf("began as %+v, reads %+v", began, read)
	}
	again := r.call(http.MethodPost, "/v1/payments/"+p.ID+"/refunds", `{"amount": {"currency": "EUR", "value": "5.00"}}`, "Idempotency-Key: r")
	r.read(again, &read)
	if again.Header().Get("Idempotency-Replayed") != "true" || read.ID != began.ID || read.Status != began.Status {
		t.Errorf("replayed: %+v, want %+v", read, began)
	}
	if now := r.Now(p.ID); len(now.Operations) != 2 {
		t.Errorf("%d operations, want the capture and one refund", len(now.Operations))
	}
	if got := r.call(http.MethodGet, w.Header().Get("Location"), "", "Authorization: Bearer other-shop"); got.Code != 404 {
		t.Errorf("another merchant reads it: %d", got.Code)
	}
}
