package meter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The outcomes of commits, and of the actions of which the audit log tells.
const (
	Written = "written"
	Refused = "refused"
	Failed  = "failed"
)

// workMeters are those of the machinery: commits, webhooks, refusals.
type workMeters struct {
	commits *prometheus.HistogramVec
	batches prometheus.Histogram
	tries   *prometheus.HistogramVec
	lag     prometheus.Histogram
	denials *prometheus.CounterVec
	codes   *vocabulary
	dropped *prometheus.CounterVec
	streams *vocabulary
}

func newWorkMeters(r prometheus.Registerer) workMeters {
	w := workMeters{
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sandbank_commit_duration_seconds", Help: "How long the transactions of batches took, by outcome: written, refused (nothing was to be written) or failed.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}, []string{"outcome"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sandbank_commit_payments", Help: "Payments that were created or changed by one transaction.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
		tries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sandbank_webhook_try_duration_seconds", Help: "How long receivers took to answer a webhook, by what came of it: delivered, or not.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"outcome"}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sandbank_webhook_lag_seconds", Help: "Simulated time from an event to the receiver's 2xx, retries included.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 30, 60, 300, 1800, 3600, 21600, 86400},
		}),
		denials: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sandbank_refusals_total", Help: "Actions in the audit log that were refused by a rule, or failed, by the problem's code.",
		}, []string{"outcome", "code"}),
		codes: words(100),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sandbank_streams_dropped_total", Help: "Streams that were ended since their reader took nothing for too long, by transport.",
		}, []string{"transport"}),
		streams: words(0, Transports()...),
	}
	r.MustRegister(w.commits, w.batches, w.tries, w.lag, w.denials, w.dropped)
	for _, t := range Transports() { // a rate needs a 0 before the first
		w.dropped.WithLabelValues(t)
	}
	return w
}

// Committed counts a transaction: [Written] with so many payments, [Refused] or [Failed]. Trace is that of one of
// the payments, "" for none.
func (m *Meters) Committed(outcome string, payments int, took time.Duration, trace string) {
	if m == nil {
		return
	}
	observe(m.work.commits.WithLabelValues(outcome), took.Seconds(), trace)
	if outcome == Written {
		m.work.batches.Observe(float64(payments))
	}
}

// Tried counts a try of a webhook. Lag is the simulated time since the event; trace is the payment's, "" for none.
func (m *Meters) Tried(delivered bool, took, lag time.Duration, trace string) {
	if m == nil {
		return
	}
	outcome := Failed
	if delivered {
		outcome = "delivered"
		observe(m.work.lag, max(0, lag).Seconds(), trace)
	}
	observe(m.work.tries.WithLabelValues(outcome), took.Seconds(), trace)
}

// Denied counts an action that did not happen; outcome is [Refused] or [Failed].
func (m *Meters) Denied(outcome, code string) {
	if m != nil {
		m.work.denials.WithLabelValues(outcome, m.work.codes.of(code)).Inc()
	}
}

// Transports are those of streams.
func Transports() []string { return []string{"sse", "websocket", "graphql"} }

// Dropped counts a stream whose reader stalled, by its transport.
func (m *Meters) Dropped(transport string) {
	if m != nil {
		m.work.dropped.WithLabelValues(m.work.streams.of(transport)).Inc()
	}
}
