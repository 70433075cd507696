package node

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/telemetry/meter"
	"sandbank/web/api"
	"sandbank/webhook"
)

// vocabulary is what the labels of meters may say.
func vocabulary() (w meter.Words) {
	for _, s := range payment.Statuses() {
		w.Statuses = append(w.Statuses, string(s))
	}
	for _, r := range reason.All() {
		w.Reasons = append(w.Reasons, r.Code)
	}
	w.Events = event.Types()
	return w
}

// countWork counts what a commit wrote.
func countWork(m *meter.Meters, w *processor.Work, took time.Duration) {
	m.Committed(meter.Written, len(w.Created)+len(w.Updated), took, exemplar(w))
	for _, step := range w.Moves() {
		m.Moved(moved(step))
	}
	for _, e := range w.Events {
		m.Told(e.Type)
	}
	for _, message := range w.Messages {
		m.Message(string(message.Direction), message.Kind, string(message.Verdict))
	}
}

// exemplar is the id of the trace of a payment in a commit; "" for none.
func exemplar(w *processor.Work) string {
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		if len(list) > 0 {
			return list[0].Trace.Exemplar()
		}
	}
	return ""
}

// moved is a payment's step as it is counted.
func moved(step processor.Move) meter.Move {
	p := step.Payment
	s := meter.Move{Status: string(p.Status), Bank: p.Bank, Trace: p.Trace.Exemplar()}
	if p.Reason != nil {
		s.Reason = p.Reason.Code
	}
	withBank := step.From == payment.Processing || step.From == payment.ActionRequired
	if a := p.Last(); withBank && a != nil && a.DecidedAt.After(a.StartedAt) {
		s.Waited = a.DecidedAt.Sub(a.StartedAt)
	}
	return s
}

// counted is a sender whose tries are counted.
func (n *life) counted(send func(context.Context, webhook.Delivery) webhook.Attempt) func(context.Context, webhook.Delivery) webhook.Attempt {
	return func(ctx context.Context, d webhook.Delivery) webhook.Attempt {
		a := send(ctx, d)
		n.meters.Tried(a.Code/100 == 2, a.Took, a.At.Sub(d.Event.At), d.Trace.Exemplar())
		return a
	}
}

// audited records what callers did, and counts what they were refused.
func (n *life) audited(r audit.Record) {
	switch r.Outcome {
	case audit.Refused:
		n.meters.Denied(meter.Refused, r.Code)
	case audit.Failed:
		n.meters.Denied(meter.Failed, r.Code)
	}
	n.trail.Record(r)
}

// metered are the meters for monitors. Whoever reaches a processor on loopback may read them, as with the
// dashboard; elsewhere a monitor needs a token of a role that may.
func (n *life) metered() api.Meters {
	return api.Meters{Answer: n.meters.Handler(state{n}), Open: n.config.HTTP.Loopback(), Token: n.tokens.Authenticate}
}

// state reads how a life stands at this moment.
type state struct{ *life }

var (
	readyState   = described("sandbank_ready", "1 where a part can do its work, 0 where not.", "part")
	outboxState  = described("sandbank_outbox_messages", "Messages that the broker has not confirmed.")
	overdueState = described("sandbank_outbox_overdue_seconds", "How long the message that waits longest is past the time in which its processor should have sent it.")
	hooksState   = described("sandbank_webhooks_waiting", "Webhooks that will be tried, or tried again.")
	lateState    = described("sandbank_webhooks_overdue_seconds", "Simulated time since the webhook that waits longest was due.")
	sealState    = described("sandbank_ledger_unsealed_entries", "Entries of the ledger that have no place in the chain yet.")
	breakState   = described("sandbank_breaks_open", "Lines of settlements that differ from what is booked, and are neither corrected nor written off.")
	letterState  = described("sandbank_dead_letters", "Messages of banks that could not be understood.")
	streamState  = described("sandbank_streams_open", "Streams of merchants that are open.")
	bankState    = described("sandbank_bank_online", "1 where a bank is heard, 0 where not.", "bank")
	faultState   = described("sandbank_faults", "Faults that are on, on purpose.")
	timeState    = described("sandbank_simulated_time_seconds", "Simulated time, in seconds since 1970.")
)

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readyState, outboxState, overdueState, hooksState, lateState, sealState, letterState, breakState, streamState, bankState, faultState, timeState,
	} {
		to <- d
	}
}

// reading is how long the store may take to say what waits.
const reading = 2 * time.Second

// mostBanks is how many banks are told of one by one.
const mostBanks = 50

// Collect implements [prometheus.Collector]. Where the store does not answer, what waits there is left out.
func (s state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), reading)
	defer cancel()
	for part, problem := range s.Ready(ctx) {
		gauge(readyState, truth(problem == ""), part)
	}
	now := s.config.Clock.Now()
	if w, err := s.store.Waiting(ctx); err == nil {
		gauge(outboxState, float64(w.Outbox))
		gauge(overdueState, since(w.OutboxUntil, clock.Real{}.Now()))
		gauge(hooksState, float64(w.Deliveries))
		gauge(lateState, since(w.DeliveryDue, now))
		gauge(sealState, float64(w.Unsealed))
		gauge(letterState, float64(w.Letters))
		gauge(breakState, float64(w.Breaks))
	}
	for i, b := range s.directory.Banks() {
		if i == mostBanks {
			break
		}
		gauge(bankState, truth(b.Online), b.Identifier)
	}
	gauge(streamState, float64(s.seats.Open()))
	gauge(faultState, float64(len(s.faults.List())))
	gauge(timeState, float64(now.UnixMilli())/1000)
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// since is how long ago an instant was, in seconds: 0 where it is to come, or is no instant.
func since(at, now time.Time) float64 {
	if at.IsZero() || at.After(now) {
		return 0
	}
	return now.Sub(at).Seconds()
}
