package check

// steered says what is to happen on purpose to payments.
func (h *house) steered() {
	h.t.Helper()
	plan := `{"customer": [{"action": "pay", "card": "4242 4242 4242 4242", "after": "1h"}, {"action": "retry", "iban": "NL77SAND0000000001", "bank": "SANDNL2A"}],
		"bank": {"outcome": "declined", "reason": "insufficient_funds", "after": "3s", "times": 1, "refund": {"outcome": "silent"}, "dispute": {"outcome": "won", "reason": "fraudulent", "after": "24h"}},
		"travel": "twice", "channels": {"webhook": {"how": ["late", "broken_signature"], "after": "1m"}, "stream": {"how": ["twice"]}, "amqp": {"how": ["lost"]}}}`
	made := h.want(202, "", "POST", "/v1/payments", order+`, "simulate": `+plan+"}")
	shown := made["simulate"].(map[string]any)
	if acts := shown["customer"].([]any); len(acts) != 2 || acts[0].(map[string]any)["with"].(map[string]any)["last4"] != "4242" {
		h.t.Errorf("the plan is shown as %v", shown)
	}
	h.want(202, "", "POST", "/v1/payments", order+"}", "Sandbank-Simulate", `{"bank": {"outcome": "error"}}`)
	h.want(400, "request_invalid", "POST", "/v1/payments", order+`, "simulate": {}}`, "Sandbank-Simulate", `{}`)
	h.want(400, "request_invalid", "POST", "/v1/payments", order+`, "simulate": {"travel": "before_accepted", "bank": {"outcome": "aproved"}}}`)
	path := "/sim/payments/" + made["id"].(string)
	h.want(200, "", "POST", path+"/simulate", `{"bank": {"outcome": "challenge", "challenge": {"ends": "cancel", "after": "2s"}}}`)
	h.want(200, "", "POST", path+"/bank", `{"outcome": "declined", "reason": "lost_card", "after": "after_deadline"}`)
	paid := h.want(200, "", "POST", path+"/customer", `{"action": "pay", "card": "4000000000009995"}`)
	if paid["status"] != "processing" {
		h.t.Errorf("a customer who was made to pay left the payment %v", paid["status"])
	}
	h.want(409, "payment_in_progress", "POST", path+"/customer", `{"action": "cancel"}`)
	for range 8 { // two wait already
		h.want(200, "", "POST", path+"/customer", `{"action": "cancel", "after": "24h"}`)
	}
	h.want(409, "too_many_acts", "POST", path+"/customer", `{"action": "cancel", "after": "24h"}`)
	id := h.create()
	h.want(422, "bank_unknown", "POST", "/sim/payments/"+id+"/customer", `{"action": "pay", "bank": "ABCDNL2A"}`)
	h.want(200, "", "POST", "/v1/payments/"+id+"/cancel", "")
	done := "/sim/payments/" + id
	h.want(409, "payment_final", "POST", done+"/simulate", `{"customer": [{"action": "pay"}]}`)
	h.want(409, "simulation_too_late", "POST", done+"/simulate", `{"travel": "twice"}`)
	h.want(409, "simulation_too_late", "POST", done+"/bank", `{"outcome": "approved"}`)
	h.want(409, "payment_final", "POST", done+"/customer", `{"action": "pay"}`)
	for _, part := range []string{"/simulate", "/customer", "/bank"} {
		h.want(400, "json_invalid", "POST", path+part, `{"more": 1}`)
		h.want(400, "json_invalid", "POST", path+part, `{"outcom": 1, "outcom": 2}`)
		h.bodies(path + part)
	}
	h.want(404, "payment_not_found", "POST", "/sim/payments/pay_1/simulate", `{"travel": "twice"}`)
	h.want(404, "payment_not_found", "POST", "/sim/payments/pay_1/customer", `{"action": "pay"}`)
	h.want(404, "payment_not_found", "POST", "/sim/payments/pay_1/bank", `{"outcome": "approved"}`)
}
