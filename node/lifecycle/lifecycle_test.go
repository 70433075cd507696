package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/node/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary notes what happens, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// before reports whether one line was noted, and the other after it.
func (d *diary) before(first, second string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, j := slices.Index(d.lines, first), slices.Index(d.lines, second)
	return i >= 0 && j > i
}

// part notes each of its steps.
func (d *diary) part(name string, needs ...string) lifecycle.Part {
	return lifecycle.Part{
		Name: name, Needs: needs,
		Start: func(context.Context) error { d.note("start " + name); return nil },
		Run:   func(ctx context.Context) { <-ctx.Done(); d.note("ran " + name) },
		Stop:  func(context.Context) { d.note("stop " + name) },
		Close: func() error { d.note("close " + name); return nil },
	}
}

func TestGroup_StartsAndStopsByWhatIsNeeded(t *testing.T) {
	var d diary
	g := lifecycle.New()
	g.Add(d.part("shop", "http"), d.part("http", "results", "tokens"), d.part("results", "processor"), d.part("processor", "store"))
	g.Add(d.part("tokens", "store"), d.part("store"))
	if order, err := g.Order(); err != nil || strings.Join(order, " ") != "store processor results tokens http shop" {
		t.Errorf("the order is %v, %v", order, err)
	}
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it has ended already
		if err := g.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, pair := range [][2]string{
		{"store", "processor"}, {"store", "tokens"}, {"processor", "results"}, {"results", "http"}, {"tokens", "http"}, {"http", "shop"},
	} {
		if needed, needs := pair[0], pair[1]; !d.before("start "+needed, "start "+needs) || !d.before("close "+needs, "stop "+needed) {
			t.Errorf("%s needs %s, and it happened so: %v", needs, needed, d.lines)
		}
	}
	for _, name := range []string{"store", "shop"} {
		if !d.before("stop "+name, "ran "+name) || !d.before("ran "+name, "close "+name) {
			t.Errorf("%s did not stop, return and close in this order: %v", name, d.lines)
		}
	}
	if len(d.lines) != 6*4 {
		t.Errorf("there are %d steps, not four for each of six parts: %v", len(d.lines), d.lines)
	}
	if err := g.Start(t.Context()); !errors.Is(err, lifecycle.ErrStarted) {
		t.Errorf("started again: %v", err)
	}
}

// Parts that do not need each other end at the same time: each waits for the other here.
func TestGroup_StopsSideBySide(t *testing.T) {
	g := lifecycle.New()
	var both sync.WaitGroup
	both.Add(2)
	stop := func(context.Context) { both.Done(); both.Wait() }
	g.Add(lifecycle.Part{Name: "a", Stop: stop}, lifecycle.Part{Name: "b", Stop: stop})
	if err := errors.Join(g.Start(t.Context()), g.Stop(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestGroup_RefusesWhatCannotBeOrdered(t *testing.T) {
	for want, parts := range map[string][]lifecycle.Part{
		`two parts are named "a"`:       {{Name: "a"}, {Name: "a"}},
		`"a" needs "b", which there is`: {{Name: "a", Needs: []string{"b"}}},
		"in a circle: a, b":             {{Name: "a", Needs: []string{"b"}}, {Name: "b", Needs: []string{"a"}}, {Name: "c"}},
	} {
		g := lifecycle.New()
		g.Add(parts...)
		if err := g.Start(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if err := g.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// After a failed start, the started parts stop, and everything is closed.
func TestGroup_EndsHalfAStart(t *testing.T) {
	var d diary
	g := lifecycle.New()
	broken := d.part("broken", "store")
	broken.Start = func(context.Context) error { return errors.New("no luck") }
	g.Add(d.part("store"), broken, d.part("shop", "broken"))
	if err := g.Start(t.Context()); err == nil || err.Error() != "start broken: no luck" {
		t.Errorf("got %v", err)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	got := slices.Clone(d.lines)
	if want := []string{"start store", "close shop", "close broken", "stop store", "ran store", "close store"}; !slices.Equal(got, want) {
		t.Errorf("it happened so: %v, want %v", got, want)
	}
}

func TestGroup_NamesThePartThatDoesNotEnd(t *testing.T) {
	g := lifecycle.New()
	release := make(chan struct{})
	g.Add(lifecycle.Part{Name: "store"}, lifecycle.Part{Name: "stubborn", Needs: []string{"store"}, Run: func(context.Context) { <-release }})
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := g.Stop(ctx); err == nil || !strings.HasSuffix(err.Error(), ": stubborn") || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestGroup_ReportsWhatCouldNotBeClosed(t *testing.T) {
	g := lifecycle.New()
	lost := errors.New("the disk is gone")
	g.Add(lifecycle.Part{Name: "store", Close: func() error { return lost }})
	for range 2 {
		if err := g.Stop(t.Context()); !errors.Is(err, lost) || !strings.Contains(err.Error(), "store") {
			t.Errorf("got %v", err)
		}
	}
}
