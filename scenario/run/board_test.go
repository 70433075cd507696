package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/scenario"
	"sandbank/scenario/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)

// actor plays scenarios as their names say, and holds those called "slow" until it is let go.
type actor struct {
	begun chan string
	let   chan struct{}
}

func newActor() *actor { return &actor{begun: make(chan string, 100), let: make(chan struct{})} }

func (a *actor) play(ctx context.Context, s scenario.Scenario, watch func(scenario.Line)) scenario.Result {
	r := scenario.Result{Scenario: s, Outcome: scenario.Held, Took: time.Millisecond}
	watch(scenario.Line{From: "merchant", To: "processor", Text: "asks"})
	a.begun <- s.Name
	if s.Name == "slow" {
		select {
		case <-a.let:
		case <-ctx.Done():
			r.Outcome, r.Err = scenario.NotRun, errors.New("cut off")
			if errors.Is(context.Cause(ctx), scenario.ErrTooLong) {
				r.Outcome = scenario.TimedOut
			}
		}
	}
	if s.Name == "bad" {
		watch(scenario.Line{From: "expect", Text: "FAILED: " + strings.Repeat("é", 5000)})
		r.Outcome, r.Failure = scenario.Failed, &scenario.Failure{Expected: "1", Seen: strings.Repeat("é", 5000)}
	}
	return r
}

func board(t *testing.T, c run.Config) *run.Board {
	t.Helper()
	c.Clock, c.Chance = clock.NewManual(start), chance.Crypto()
	b := run.New(c)
	t.Cleanup(func() { b.Close(context.Background()) })
	return b
}

func named(names ...string) (list []scenario.Scenario) {
	for _, n := range names {
		list = append(list, scenario.Scenario{Name: n})
	}
	return list
}

// ended waits until a run has ended.
func ended(t *testing.T, b *run.Board, id string) run.Run {
	t.Helper()
	for {
		next := b.Changed()
		if r, ok := b.Find(id); !ok || r.State == run.StateEnded {
			return r
		}
		select {
		case <-next:
		case <-t.Context().Done():
			t.Fatal("the run does not end")
		}
	}
}

func begin(t *testing.T, b *run.Board, r run.Run, names ...string) run.Run {
	t.Helper()
	began, err := b.Begin(r, named(names...))
	if err != nil {
		t.Fatal(err)
	}
	return began
}

func TestBoard_KeepsWhatCameOfEachScenario(t *testing.T) {
	t.Parallel()
	b := board(t, run.Config{Play: newActor().play})
	first := begin(t, b, run.Run{Title: "three", Owner: "demo-shop"}, "good", "bad", "good")
	if !chance.ValidID("run", first.ID) || !first.BeganAt.Equal(start) || first.State != run.StateWaiting || first.Outcome() != "" {
		t.Errorf("began as %+v", first)
	}
	r := ended(t, b, first.ID)
	done, held := r.Ended()
	if r.Outcome() != scenario.Failed || done != 3 || held != 2 || r.Took() != 3*time.Millisecond || r.Step() <= first.Step() {
		t.Errorf("it ended as %s, %d of 3 ended, %d held, after %s", r.Outcome(), done, held, r.Took())
	}
	bad := r.Items[1]
	if len(bad.Lines) != 2 || len(bad.Lines[1].Text) > 2010 || len(bad.Result.Failure.Seen) > 2010 || !strings.HasSuffix(bad.Result.Failure.Seen, "é…") {
		t.Errorf("of the failure is kept: %d lines, a text of %d bytes, %d bytes of what was seen", len(bad.Lines), len(bad.Lines[1].Text), len(bad.Result.Failure.Seen))
	}
	for owner, want := range map[string]int{"demo-shop": 1, "other": 0} {
		if got := len(b.List(func(o string) bool { return o == owner })); got != want {
			t.Errorf("%s sees %d runs, expected %d", owner, got, want)
		}
	}
}

func TestBoard_IsBounded(t *testing.T) {
	t.Parallel()
	a := newActor()
	b := board(t, run.Config{Play: a.play, AtOnce: 2})
	var ids []string
	for range 2 + run.Waiting {
		ids = append(ids, begin(t, b, run.Run{}, "slow").ID)
	}
	<-a.begun
	<-a.begun
	if _, err := b.Begin(run.Run{}, named("slow")); fault.From(err).Kind != fault.RateLimited || fault.From(err).Code != "scenarios_busy" {
		t.Errorf("one more than may wait: expected scenarios_busy, got %v", err)
	}
	running := 0
	for _, r := range b.List(func(string) bool { return true }) {
		if r.State == run.StateRunning {
			running++
		}
	}
	if running != 2 || len(a.begun) != 0 {
		t.Errorf("%d are carried out at once, expected 2", running)
	}
	close(a.let)
	for _, id := range ids {
		if r := ended(t, b, id); r.Outcome() != scenario.Held {
			t.Errorf("%s ended as %s", id, r.Outcome())
		}
	}
	for range run.Kept {
		ended(t, b, begin(t, b, run.Run{}, "good").ID)
	}
	if list := b.List(func(string) bool { return true }); len(list) != run.Kept {
		t.Errorf("%d runs are kept, expected %d", len(list), run.Kept)
	}
	if _, ok := b.Find(ids[0]); ok {
		t.Error("the oldest run is still kept")
	}
	for _, n := range []int{0, run.Most + 1} {
		if _, err := b.Begin(run.Run{}, make([]scenario.Scenario, n)); fault.From(err).Code != "scenario_invalid" {
			t.Errorf("%d scenarios: expected scenario_invalid, got %v", n, err)
		}
	}
}

func TestBoard_StopsARunAndEndsWithTheProcessor(t *testing.T) {
	t.Parallel()
	a := newActor()
	b := board(t, run.Config{Play: a.play, AtOnce: 1})
	first, second := begin(t, b, run.Run{}, "slow", "good"), begin(t, b, run.Run{}, "slow")
	<-a.begun
	b.Stop(first.ID)
	r := ended(t, b, first.ID)
	for i, want := range []string{"it was stopped: cut off", "not begun: it was stopped"} {
		if got := r.Items[i].Result; got.Outcome != scenario.NotRun || fmt.Sprint(got.Err) != want {
			t.Errorf("scenario %d: expected not run, since %q, got %s: %v", i, want, got.Outcome, got.Err)
		}
	}
	<-a.begun
	b.Close(t.Context())
	if r, _ := b.Find(second.ID); r.State != run.StateEnded || r.Outcome() != scenario.NotRun {
		t.Errorf("after the end the second run is %s, %s", r.State, r.Outcome())
	}
	if _, err := b.Begin(run.Run{}, named("good")); fault.From(err).Code != "scenarios_busy" {
		t.Errorf("after the end: expected scenarios_busy, got %v", err)
	}
}

func TestBoard_ARunTakesNoLongerThanItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newActor()
		b := board(t, run.Config{Play: a.play, Limit: time.Minute})
		before := time.Now()
		r := ended(t, b, begin(t, b, run.Run{}, "slow", "good").ID)
		if time.Since(before) != time.Minute {
			t.Errorf("it took %s, expected a minute", time.Since(before))
		}
		got := []scenario.Outcome{r.Items[0].Result.Outcome, r.Items[1].Result.Outcome, r.Outcome()}
		if !slices.Equal(got, []scenario.Outcome{scenario.TimedOut, scenario.TimedOut, scenario.TimedOut}) {
			t.Errorf("outcomes are %v, expected that all took too long", got)
		}
		b.Close(t.Context())
	})
}

func TestBoard_WithoutAPlayerRunsNothing(t *testing.T) {
	t.Parallel()
	b := board(t, run.Config{})
	if _, err := b.Begin(run.Run{}, named("good")); b.Open() || fault.From(err).Code != "scenarios_off" {
		t.Errorf("expected scenarios_off, got %v", err)
	}
}
