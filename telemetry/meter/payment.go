package meter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// mostBanks is how many banks are told apart; others count together.
const mostBanks = 50

// paymentMeters are those of payments, and of what is said about them.
type paymentMeters struct {
	moves    *prometheus.CounterVec
	result   *prometheus.HistogramVec
	events   *prometheus.CounterVec
	messages *prometheus.CounterVec

	statuses, banks, reasons, types, kinds, verdicts *vocabulary
}

func newPaymentMeters(r prometheus.Registerer, w Words) paymentMeters {
	p := paymentMeters{
		moves: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sandbank_payments_total", Help: "Payments that came into a status, with their bank and the reason, both \"\" where there is none.",
		}, []string{"status", "bank", "reason"}),
		result: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sandbank_payment_result_seconds", Help: "Simulated time from the customer's payment to the bank's result.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 86400},
		}, []string{"bank"}),
		events:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sandbank_events_total", Help: "Events that came about."}, []string{"type"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sandbank_messages_total", Help: "Messages to banks (out) and from banks (in), with the verdict on those that came in."}, []string{"direction", "kind", "verdict"}),
		statuses: words(0, w.Statuses...), reasons: words(0, append(w.Reasons, "")...), types: words(0, w.Events...),
		banks: words(mostBanks, ""), kinds: words(32), verdicts: words(8, ""),
	}
	r.MustRegister(p.moves, p.result, p.events, p.messages)
	return p
}

// Move is a payment's step from one status to another.
type Move struct {
	Status string
	Bank   string // "" before there is one
	Reason string // code; "" for none
	// Waited is how long the customer's payment was with the bank, in simulated time; 0 where the step is not
	// a bank's result.
	Waited time.Duration
	Trace  string // id of the payment's trace; "" for none
}

// Moved counts a step.
func (m *Meters) Moved(s Move) {
	if m == nil {
		return
	}
	p, bank := &m.payments, m.payments.banks.of(s.Bank)
	p.moves.WithLabelValues(p.statuses.of(s.Status), bank, p.reasons.of(s.Reason)).Inc()
	if s.Waited > 0 {
		observe(p.result.WithLabelValues(bank), s.Waited.Seconds(), s.Trace)
	}
}

// Told counts an event.
func (m *Meters) Told(eventType string) {
	if m != nil {
		m.payments.events.WithLabelValues(m.payments.types.of(eventType)).Inc()
	}
}

// Message counts a message of a bank or to it; direction is "in" or "out".
func (m *Meters) Message(direction, kind, verdict string) {
	if m != nil {
		p := &m.payments
		p.messages.WithLabelValues(direction, p.kinds.of(kind), p.verdicts.of(verdict)).Inc()
	}
}
