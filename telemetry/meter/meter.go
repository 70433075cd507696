// Package meter counts what a process does, for monitoring by Prometheus: requests, payments, batches,
// messages, webhooks. Names follow the OpenTelemetry semantic conventions where those have one, and begin
// with sandbank_ otherwise; durations are in seconds.
//
// No label takes a text from outside: each has a vocabulary with a bound, and what is not in it is counted
// as "other". So the number of time series has a bound, whatever is asked for.
package meter

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Meters are the meters of one process. A nil *Meters counts nothing.
type Meters struct {
	registry *prometheus.Registry
	http     httpMeters
	payments paymentMeters
	work     workMeters
	computer func() time.Time
	// TraceOf is the id of the trace of a request, by its context; "" for none. Nil knows no traces.
	TraceOf func(context.Context) string
}

// observe counts a value, and names a trace in which it came about, unless that is "".
func observe(by prometheus.Observer, v float64, trace string) {
	if with, can := by.(prometheus.ExemplarObserver); can && trace != "" {
		with.ObserveWithExemplar(v, prometheus.Labels{"trace_id": trace})
		return
	}
	by.Observe(v)
}

// Words are the values that labels may have, where they are the domain's.
type Words struct {
	Statuses, Reasons, Events []string
}

// New makes the meters of a process. Computer tells the computer's time, by which requests are measured.
func New(w Words, computer func() time.Time) *Meters {
	r := registry()
	return &Meters{registry: r, computer: computer, http: newHTTPMeters(r), payments: newPaymentMeters(r, w), work: newWorkMeters(r)}
}

// Handler answers with all meters, in the OpenMetrics text format for readers that ask for it, and else in
// the older text format of Prometheus. The meters of read are read when somebody asks.
func (m *Meters) Handler(read ...prometheus.Collector) http.Handler {
	beside := prometheus.NewRegistry()
	beside.MustRegister(read...)
	return handler(prometheus.Gatherers{m.registry, beside})
}
