package bank

import (
	"github.com/prometheus/client_golang/prometheus"
)

var (
	onlineState = prometheus.NewDesc("sandbank_bank_serving", "1 while the bank takes requests, 0 while it is away.", []string{"bank"}, nil)
	handState   = prometheus.NewDesc("sandbank_bank_in_hand", "Requests that the bank took from the broker and has not acknowledged.", []string{"bank"}, nil)
)

// Meters tells how banks stand when a monitor asks.
type Meters []*Bank

// Describe implements [prometheus.Collector].
func (Meters) Describe(to chan<- *prometheus.Desc) { to <- onlineState; to <- handState }

// Collect implements [prometheus.Collector].
func (m Meters) Collect(to chan<- prometheus.Metric) {
	for _, b := range m {
		serving, hand := b.state()
		to <- prometheus.MustNewConstMetric(onlineState, prometheus.GaugeValue, serving, b.Identifier)
		to <- prometheus.MustNewConstMetric(handState, prometheus.GaugeValue, hand, b.Identifier)
	}
}

func (b *Bank) state() (serving, hand float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.away() {
		serving = 1
	}
	return serving, float64(b.hand.Len())
}
