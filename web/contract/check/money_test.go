package check

import (
	"strings"

	"sandbank/broker/wire"
	"sandbank/payment"
)

// captured makes a payment of 19.99 EUR that the bank approves, and returns its
// path.
func (h *house) captured(more string) string {
	h.t.Helper()
	id := h.want(202, "", "POST", "/v1/payments", order+more+"}")["id"].(string)
	h.answer(h.pay(id), payment.OutcomeApproved, nil)
	return "/v1/payments/" + id
}

// last is the request that went to a bank last.
func (h *house) last() wire.Request {
	h.t.Helper()
	for i := len(h.sent) - 1; i >= 0; i-- {
		if r, err := wire.ReadRequest(h.sent[i].Body); err == nil && r.Bank != "" {
			return r
		}
	}
	h.t.Fatal("nothing was asked of a bank")
	return wire.Request{}
}

// operations captures, voids and refunds.
func (h *house) operations() {
	h.t.Helper()
	manual := h.captured(`, "capture": "manual"`)
	part := `{"amount": {"value": "12.00", "currency": "EUR"}, "description": "a mug"}`
	first := h.want(202, "", "POST", manual+"/capture", part, "Idempotency-Key", "c")
	capture := h.last()
	h.want(409, "operation_in_progress", "POST", manual+"/void", "")
	h.answer(capture, payment.OutcomeApproved, nil)
	if again := h.want(202, "", "POST", manual+"/capture", part, "Idempotency-Key", "c"); again["id"] != first["id"] || again["status"] != "pending" {
		h.t.Errorf("the key gives %v, and gave %v", again, first)
	}
	h.want(422, "idempotency_key_reused", "POST", manual+"/capture", "", "Idempotency-Key", "c")
	h.want(422, "amount_exceeds", "POST", manual+"/capture", part)
	h.want(202, "", "POST", manual+"/void", "", "Idempotency-Key", "v")
	h.answer(h.last(), payment.OutcomeApproved, nil)
	if resp, _ := h.call("POST", manual+"/void", "", "Idempotency-Key", "v"); resp.StatusCode != 202 || resp.Header.Get("Idempotency-Replayed") != "true" {
		h.t.Errorf("a replayed void: %s", resp.Status)
	}
	h.want(200, "", "GET", manual+"/captures", "")
	h.want(200, "", "GET", manual+"/captures/"+first["id"].(string), "")
	h.want(409, "payment_not_authorized", "POST", manual+"/capture", "")
	created := "/v1/payments/" + h.create()
	h.want(409, "payment_not_captured", "POST", created+"/refunds", "")
	paid := h.captured("")
	refund := h.want(202, "", "POST", paid+"/refunds", `{"amount": {"value": "5.00", "currency": "EUR"}}`)["id"].(string)
	h.answer(h.last(), payment.OutcomeDeclined, because("refund_rejected"))
	h.want(200, "", "GET", paid+"/refunds", "")
	h.want(200, "", "GET", paid+"/refunds/"+refund, "")
	h.want(422, "currency_mismatch", "POST", paid+"/refunds", `{"amount": {"value": "5", "currency": "JPY"}}`)
	h.want(202, "", "POST", paid+"/refunds", "")
	h.answer(h.last(), payment.OutcomeApproved, nil)
	h.want(422, "nothing_left", "POST", paid+"/refunds", "{}")
	for _, path := range []string{"/capture", "/refunds"} {
		h.want(400, "json_invalid", "POST", paid+path, `{"note": ""}`)
		h.want(413, "body_too_large", "POST", paid+path, `{"description": "`+strings.Repeat("x", 70_000)+`"}`)
		h.want(415, "content_type", "POST", paid+path, `{}`, "Content-Type", "text/plain")
	}
	for _, path := range []string{"/capture", "/refunds", "/void"} {
		h.want(404, "payment_not_found", "POST", "/v1/payments/pay_1"+path, "")
	}
	for _, path := range []string{"/captures", "/refunds"} {
		h.want(404, "payment_not_found", "GET", "/v1/payments/pay_1"+path, "")
		h.want(404, "operation_not_found", "GET", paid+path+"/x", "")
	}
}
