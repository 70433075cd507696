package browsertest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// painted is true once a page has been loaded and seen.
const painted = `performance.getEntriesByType("navigation")[0].loadEventEnd > 0 && performance.getEntriesByName("first-contentful-paint").length > 0`

// waited is how long the browser waited for the first byte of a page, in milliseconds.
const waited = `(() => { const n = performance.getEntriesByType("navigation")[0]; return n.responseStart - n.requestStart; })()`

// BenchmarkSequence_Opens opens the sequence of a payment of two hundred hops, each drawn. By the browser's
// trace: what its page's thread worked until the page was painted, and by the browser's own entries the wait
// for the server and the time until the first paint, which a busy machine makes longer.
func BenchmarkSequence_Opens(b *testing.B) {
	l := ownHouse(b).long(b)
	tab := open(b)
	var work, longest, server, paint float64
	for b.Loop() {
		tab.visit("about:blank")
		work, longest = 0, 0
		for _, task := range tab.traced(func() { tab.visit(l.wire()); tab.awaitTrue(painted) }).tasks {
			work, longest = work+task, max(longest, task)
		}
		server = ask[float64](tab, waited)
		paint = ask[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
		b.ReportMetric(float64(ask[int](tab, hopsDrawn)), "hops")
	}
	b.ReportMetric(server, "server-ms")
	b.ReportMetric(work, "page-cpu-ms")
	b.ReportMetric(longest, "longest-task-ms")
	b.ReportMetric(paint, "first-paint-ms")
}

// BenchmarkSequence_Grows watches the same page while fifty hops arrive in each second: what its thread
// worked in each of them, its longest task, which must be short for the page to be smooth, and the share of frames
// that the browser says it dropped, which a busy machine makes larger.
func BenchmarkSequence_Grows(b *testing.B) {
	const seconds, each = 5, 50
	l := ownHouse(b).long(b)
	tab := open(b)
	tab.visit(l.wire())
	tab.awaitTrue(painted)
	for b.Loop() {
		began := time.Now()
		seen := tab.traced(func() {
			tick := time.NewTicker(time.Second / each)
			defer tick.Stop()
			for range seconds * each {
				<-tick.C
				l.more(b)
			}
		})
		work := 0.0
		for _, task := range seen.tasks {
			work += task
		}
		b.ReportMetric(float64(seen.drawn)/time.Since(began).Seconds(), "frames/s")
		b.ReportMetric(100*float64(seen.dropped)/float64(max(1, seen.drawn+seen.dropped)), "dropped-%")
		b.ReportMetric(seconds*each/time.Since(began).Seconds(), "hops/s")
		b.ReportMetric(work/time.Since(began).Seconds(), "page-cpu-ms/s")
		b.ReportMetric(slices.Max(seen.tasks), "longest-task-ms")
	}
}

// trace is what the browser says of a tab's pages: how long each task of their main threads worked, in milliseconds,
// without the time in which another program had the processor; how many frames were drawn, and how many dropped.
type trace struct {
	tasks          []float64
	drawn, dropped int
}

// traced has the browser trace a tab meanwhile.
func (b *tab) traced(do func()) (seen trace) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	var events []traceEvent
	whole := make(chan struct{})
	must(b.t, chromedp.Listen(ctx, func(e any) {
		switch e := e.(type) {
		case *tracing.EventDataCollected:
			for _, raw := range e.Value {
				var one traceEvent
				if json.Unmarshal(raw, &one) == nil {
					events = append(events, one)
				}
			}
		case *tracing.EventTracingComplete:
			close(whole)
		}
	}))
	b.do(calling(tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "__metadata", "devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame"}}}))
	do()
	b.do(calling(tracing.End, cdp.Empty{}))
	<-whole
	pages := map[[2]int]bool{}
	for _, e := range events {
		if e.Name == "thread_name" && strings.Contains(e.Args.Name, "CrRendererMain") {
			pages[[2]int{e.Process, e.Thread}] = true
		}
	}
	for _, e := range events {
		switch {
		case e.Name == "ThreadControllerImpl::RunTask" && pages[[2]int{e.Process, e.Thread}]:
			seen.tasks = append(seen.tasks, e.Worked/1000)
		case e.Name == "DrawFrame":
			seen.drawn++
		case e.Name == "DroppedFrame":
			seen.dropped++
		}
	}
	return seen
}

// traceEvent is one event of a trace.
type traceEvent struct {
	Name    string  `json:"name"`
	Process int     `json:"pid"`
	Thread  int     `json:"tid"`
	Worked  float64 `json:"tdur"` // in microseconds
	Args    struct {
		Name string `json:"name"`
	} `json:"args"`
}
