package load

import (
	"maps"
	"slices"
	"time"
)

// Report is the result of a run.
type Report struct {
	Payments     int            `json:"payments"`     // asked for
	Acknowledged int            `json:"acknowledged"` // of them, by a 2xx
	Results      map[string]int `json:"results"`      // payments by the status they ended in
	Seconds      float64        `json:"seconds"`      // from the first create to the last result
	PerSecond    float64        `json:"payments_per_second"`
	Create       Spread         `json:"create_ms"`     // until the create was acknowledged
	EndToEnd     Spread         `json:"end_to_end_ms"` // until the webhook was here
	Repeats      int            `json:"repeats"`       // requests sent again, with the same key
	Errors       map[string]int `json:"errors"`        // payments that failed, by code
	// ByAsking ended without a webhook in time; a query showed how.
	ByAsking int `json:"by_asking"`
	// Lost were acknowledged, and have no result even when asked for.
	Lost    int      `json:"lost"`
	LostIDs []string `json:"lost_ids,omitempty"` // the first of them
	// Unfinished are the lost payments that the processor still shows, but without
	// a result: a longer timeout tells whether they ever get one.
	Unfinished int `json:"unfinished"`
	Tally
	// ReceiverURL is where webhooks were received.
	ReceiverURL string `json:"receiver_url"`
}

// Spread is how durations lie, in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// maxLostIDs is how many lost payments are named.
const maxLostIDs = 20

// OK reports whether nothing was lost, contradicted or failed.
func (r Report) OK() bool { return r.Lost == 0 && r.Contradictions == 0 && len(r.Errors) == 0 }

func (r *run) report() Report {
	r.mu.Lock()
	out := Report{Payments: r.Payments, Results: map[string]int{}, Errors: maps.Clone(r.errors), Repeats: int(r.repeats.Load()), ReceiverURL: r.receiver.url}
	r.mu.Unlock()
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	out.Tally = r.book.tally
	var creates, whole []time.Duration
	last := r.began
	for _, t := range r.book.trips {
		if t.id == "" {
			continue
		}
		out.Acknowledged++
		creates = append(creates, t.create)
		if t.status == "" {
			if t.paid {
				out.lose(t)
			}
			continue
		}
		out.Results[string(t.status)]++
		if t.asked {
			out.ByAsking++
			continue
		}
		whole = append(whole, t.endedAt.Sub(t.began))
		if t.endedAt.After(last) {
			last = t.endedAt
		}
	}
	if out.Seconds = last.Sub(r.began).Seconds(); out.Seconds > 0 {
		out.PerSecond = float64(len(whole)) / out.Seconds
	}
	out.Create, out.EndToEnd = spread(creates), spread(whole)
	return out
}

func (r *Report) lose(t *trip) {
	r.Lost++
	if t.found {
		r.Unfinished++
	}
	if len(r.LostIDs) < maxLostIDs {
		r.LostIDs = append(r.LostIDs, t.id)
	}
}

// spread sorts: exact, and cheap enough for as many as one run makes.
func spread(list []time.Duration) Spread {
	if len(list) == 0 {
		return Spread{}
	}
	slices.Sort(list)
	at := func(share float64) float64 {
		return float64(list[int(share*float64(len(list)-1))].Microseconds()) / 1000
	}
	return Spread{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: at(1)}
}
