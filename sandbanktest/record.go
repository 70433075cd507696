package sandbanktest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/scenario"
)

// record is what was asked for and told, for the log of a test that failed.
type record struct {
	began time.Time

	mu    sync.Mutex
	lines []scenario.Line
}

func (r *record) add(at time.Time, from, to, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, scenario.Line{At: at.Sub(r.began), From: from, To: to, Text: text})
}

// String has a line for each.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	b.WriteString("what happened, in simulated time:\n")
	for _, l := range r.lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

// recorder records the calls of one client.
type recorder struct {
	sb   *Sandbank
	who  string
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	a, err := r.next.RoundTrip(q)
	if q.URL.Path == "/oauth/token" || q.URL.Path == "/sim/clock" {
		return a, err
	}
	came := fmt.Sprint(err)
	if err == nil {
		came = a.Status
	}
	r.sb.log.add(r.sb.Clock.last(), r.who, "processor", fmt.Sprintf("%s %s → %s", q.Method, q.URL.RequestURI(), came))
	return a, err
}

// hear notes an event that was told by webhook.
func (r *record) hear(e client.Event) {
	about := ""
	if p, err := e.Payment(); err == nil {
		about = " about " + p.Reference
	}
	r.add(e.Timestamp, "processor", "merchant", "webhook "+e.Type+about)
}
