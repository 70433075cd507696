package check

import "sandbank/sim"

// holdsPayments has payments held on their way, and moves them.
func (h *house) holdsPayments() {
	h.t.Helper()
	const holds, held = "/sim/holds", "/sim/held"
	id := h.create()
	made := h.want(201, "", "POST", holds, `{"hops": ["request", "webhook"], "payment": "`+id+`", "for": "1h", "within": "10m", "times": 2}`)
	one := holds + "/" + made["id"].(string)
	h.want(200, "", "GET", one, "")
	h.want(200, "", "GET", holds, "")
	h.want(200, "", "POST", "/sim/payments/"+id+"/customer", `{"action": "pay", "card": "4242424242424242"}`)
	first := func() string {
		list := h.want(200, "", "GET", held+"?payment="+id, "")["data"].([]any)
		return held + "/" + list[0].(map[string]any)["id"].(string)
	}
	request := first()
	h.want(200, "", "POST", request, `{"action": "duplicate"}`)
	h.want(409, "hold_full", "POST", request, `{"action": "duplicate"}`)
	h.want(200, "", "POST", request, `{"action": "last"}`)
	h.want(200, "", "POST", request, `{"action": "first"}`)
	h.want(400, "request_invalid", "POST", request, `{"action": "answer", "outcome": "maybe"}`)
	h.want(400, "request_invalid", "POST", request, `{"action": "drop", "twice": true}`)
	h.want(200, "", "POST", request, `{"action": "answer", "outcome": "declined", "reason": "lost_card"}`)
	h.want(404, "held_not_found", "POST", request, `{"action": "release"}`)
	h.want(200, "", "POST", "/sim/step", `{"payment": "`+id+`"}`)
	h.want(409, "nothing_held", "POST", "/sim/step", "")
	h.want(400, "request_invalid", "POST", "/sim/step", `{"payment": "some"}`)
	h.want(400, "request_invalid", "GET", held+"?payment=some", "")
	h.want(400, "query_invalid", "GET", held+"?of=some", "")
	h.bodies(holds, "/sim/step", request)
	h.want(400, "request_invalid", "POST", holds, `{"hops": ["answer"]}`)
	h.want(404, "payment_not_found", "POST", holds, `{"payment": "pay_01890a5d-ac96-774b-bcce-b302099a8057"}`)
	h.want(204, "", "DELETE", one, "")
	h.want(404, "hold_not_found", "GET", one, "")
	h.want(404, "hold_not_found", "DELETE", one, "")
	for range sim.MaxHolds {
		h.want(201, "", "POST", holds, `{"hops": ["booking"], "times": 1}`)
	}
	h.want(409, "holds_too_many", "POST", holds, "")
	for _, on := range h.want(200, "", "GET", holds, "")["data"].([]any) {
		h.want(204, "", "DELETE", holds+"/"+on.(map[string]any)["id"].(string), "")
	}
}
