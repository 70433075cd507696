package meter

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// registry is the registry of a program, with what every program counts.
func registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewBuildInfoCollector(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func handler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Banks are the meters of a program of banks.
type Banks struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	waits    *prometheus.HistogramVec

	banks, kinds, outcomes *vocabulary
}

// NewBanks makes them. The outcomes are those that banks may give.
func NewBanks(outcomes []string) *Banks {
	b := &Banks{
		registry: registry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sandbank_bank_answers_total", Help: "Requests that banks answered, by bank, kind and outcome.",
		}, []string{"bank", "kind", "outcome"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sandbank_bank_answer_seconds", Help: "Simulated time from a request to its answer.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 86400},
		}, []string{"bank"}),
		banks: words(mostBanks), kinds: words(16), outcomes: words(0, outcomes...),
	}
	b.registry.MustRegister(b.answers, b.waits)
	return b
}

// Answered counts an answer; waited is the simulated time since the request, and trace its id, "" for none.
func (b *Banks) Answered(bank, kind, outcome string, waited time.Duration, trace string) {
	bank = b.banks.of(bank)
	b.answers.WithLabelValues(bank, b.kinds.of(kind), b.outcomes.of(outcome)).Inc()
	observe(b.waits.WithLabelValues(bank), max(0, waited).Seconds(), trace)
}

// Handler answers with the meters, and those of read.
func (b *Banks) Handler(read prometheus.Collector) http.Handler {
	beside := prometheus.NewRegistry()
	beside.MustRegister(read)
	return handler(prometheus.Gatherers{b.registry, beside})
}

// Shop are the meters of a shop: its requests, and the webhooks that it got.
type Shop struct {
	*Meters
	hooks *prometheus.CounterVec
	types *vocabulary
}

// NewShop makes them. The types are those that events may have.
func NewShop(types []string) *Shop {
	r := registry()
	s := &Shop{
		Meters: &Meters{registry: r, http: newHTTPMeters(r)},
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sandbank_shop_webhooks_total", Help: "Webhooks that came, by the event's type, \"\" where the signature did not fit or it could not be read.",
		}, []string{"type"}),
		types: words(0, append([]string{""}, types...)...),
	}
	r.MustRegister(s.hooks)
	return s
}

// Hooked counts a webhook; its type is "" where it was refused.
func (s *Shop) Hooked(eventType string) { s.hooks.WithLabelValues(s.types.of(eventType)).Inc() }
