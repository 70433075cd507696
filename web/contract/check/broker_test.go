package check

import (
	"context"
	"errors"

	"sandbank/broker"
)

// lookedAt is a broker that tells what AMQP tells, unless it is away.
func (h *house) lookedAt(_ context.Context, known broker.Picture) (broker.Picture, error) {
	if h.brokerAway {
		return broker.Picture{}, errors.New("connection refused")
	}
	known.Engine, known.ToldBy, known.Notes = broker.EngineRabbitMQ, broker.ToldByAMQP, []string{"AMQP lists nothing."}
	for i := range known.Queues {
		known.Queues[i].Ready, known.Queues[i].Consumers = new(int), new(int)
	}
	return known, nil
}

// asksTheBroker asks what is on its way, also of a broker that does not answer.
func (h *house) asksTheBroker() {
	h.t.Helper()
	const path = "/sim/broker"
	got := h.staff(200, "", "GET", path, "")
	queue := got["queues"].([]any)[0].(map[string]any)
	if _, told := queue["unacknowledged"]; told || queue["name"] != broker.BankQueue(bic) || queue["ready"] != 0.0 {
		h.t.Errorf("the first queue: %v", queue)
	}
	h.want(403, "role_forbidden", "GET", path, "")
	h.brokerAway = true
	h.staff(503, "broker_unavailable", "GET", path, "")
	h.brokerAway = false
}
