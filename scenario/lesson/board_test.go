package lesson_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/scenario"
	"sandbank/scenario/lesson"
	"sandbank/web/sequence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// story is a scenario of three scenes; the second has a question.
func story(name string) scenario.Scenario {
	return scenario.Scenario{Name: name, Steps: []scenario.Step{
		{Story: "one", As: "order", Do: scenario.Create{Amount: "1.00 EUR"}}, {Do: scenario.Expect{Payment: "order"}},
		{Story: "two", Ask: &scenario.Question{Text: "Why?", Answer: "So."}, Do: scenario.Customer{Payment: "order"}},
		{Story: "three", Do: scenario.Advance{By: time.Second}},
	}}
}

// play does the steps of a scenario, of which the one called bad fails at its last.
func play(ctx context.Context, s scenario.Scenario, at func(context.Context, lesson.Position) error) scenario.Result {
	r := scenario.Result{Scenario: s, Outcome: scenario.Held}
	for n := range len(s.Steps) + 1 {
		if n == len(s.Steps) && s.Name == "bad" {
			return scenario.Result{Outcome: scenario.Failed, Failure: &scenario.Failure{Expected: "one", Seen: "two"}}
		}
		p := lesson.Position{Done: n, Passed: time.Duration(n) * time.Second, Picture: func(context.Context, string) (sequence.Picture, error) {
			return sequence.Picture{Title: "order", Status: "created"}, nil
		}}
		if n > 0 {
			p.Payments = map[string]string{"order": "pay_1"}
		}
		if r.Err = at(ctx, p); r.Err != nil {
			r.Outcome = scenario.NotRun
			return r
		}
	}
	return r
}

func board(t *testing.T, c lesson.Config) *lesson.Board {
	t.Helper()
	c.Play, c.Clock, c.Chance = play, clock.NewManual(time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)), chance.Crypto()
	b := lesson.New(c)
	t.Cleanup(func() { b.Close(context.Background()) })
	return b
}

func begin(t *testing.T, b *lesson.Board, name string) lesson.Lesson {
	t.Helper()
	l, err := b.Begin(t.Context(), lesson.Lesson{Name: name, Scenario: story(name)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// where is a lesson in a few words.
type where struct {
	shown  int
	asking bool
	pages  int
}

func TestBoard_ForwardBackAndAgain(t *testing.T) {
	t.Parallel()
	b := board(t, lesson.Config{})
	l := begin(t, b, "good")
	if l.Busy || l.Shown != 0 || len(l.Pages) != 1 || l.CanGoBack() || !l.CanGoOn() {
		t.Fatalf("it begins as %+v", l)
	}
	next, back, again := (*lesson.Board).Next, (*lesson.Board).Back, (*lesson.Board).Again
	for i, step := range []struct {
		move func(*lesson.Board, context.Context, string) (lesson.Lesson, error)
		want where
	}{
		{back, where{0, false, 1}}, {next, where{1, false, 2}}, {next, where{1, true, 2}}, {back, where{1, false, 2}}, {next, where{1, true, 2}}, {next, where{2, false, 3}},
		{back, where{1, false, 3}}, {next, where{1, true, 3}}, {next, where{2, false, 3}}, {next, where{3, false, 4}}, {next, where{3, false, 4}}, {back, where{2, false, 4}},
		{again, where{0, false, 1}}, {next, where{1, false, 2}},
	} {
		l, err := step.move(b, t.Context(), l.ID)
		if got := (where{l.Shown, l.Asking, len(l.Pages)}); err != nil || got != step.want || l.Trouble != "" {
			t.Fatalf("after move %d it is at %+v, expected %+v: %q, %v", i+1, got, step.want, l.Trouble, err)
		}
	}
	l, _ = b.Find(l.ID)
	if p := l.Page(); p.Focus != "order" || len(p.Payments) != 1 || p.Payments[0].Status != "created" || p.Passed != 2*time.Second {
		t.Errorf("its page is %+v", p)
	}
	b.End(l.ID)
	if _, err := b.Next(t.Context(), l.ID); fault.Code(err) != "scenario_not_found" {
		t.Errorf("after its end: expected scenario_not_found, got %v", err)
	}
}

func TestBoard_SaysWhyALessonCannotGoOn(t *testing.T) {
	t.Parallel()
	b := board(t, lesson.Config{})
	l := begin(t, b, "bad")
	for range 6 {
		l, _ = b.Next(t.Context(), l.ID)
	}
	if !l.Over || l.Trouble != "Expected one, and saw two." || l.CanGoOn() || !l.CanGoBack() {
		t.Errorf("it ends as %+v", l)
	}
}

func TestBoard_IsBoundedInNumberAndTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := board(t, lesson.Config{Most: 2, Life: time.Hour})
		first := begin(t, b, "first")
		begin(t, b, "second")
		if _, err := b.Begin(t.Context(), lesson.Lesson{Scenario: story("third")}); fault.From(err).Kind != fault.RateLimited {
			t.Errorf("one lesson too many: expected a refusal, got %v", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if l, _ := b.Find(first.ID); !l.Over || l.Trouble == "" {
			t.Errorf("after its time the lesson is %+v", l)
		}
		begin(t, b, "third") // what is over makes room
		b.Close(t.Context())
		if _, err := b.Begin(t.Context(), lesson.Lesson{Scenario: story("fourth")}); err == nil {
			t.Error("a board that is closed begins a lesson")
		}
	})
	if _, err := lesson.New(lesson.Config{}).Begin(t.Context(), lesson.Lesson{}); fault.Code(err) != "scenarios_off" || errors.Is(err, context.Canceled) {
		t.Errorf("without a player: expected scenarios_off, got %v", err)
	}
}
