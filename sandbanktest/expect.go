package sandbanktest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"sandbank/merchant/client"
	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/report"
	"sandbank/scenario/runner"
)

// ExpectStatus holds a payment to a status, and returns it as it is now.
func (sb *Sandbank) ExpectStatus(p client.Payment, want client.Status) client.Payment {
	sb.t.Helper()
	now := sb.Payment(p.ID)
	if now.Status != want {
		why := ""
		if now.Why != nil {
			why = " (" + now.Why.Words + ")"
		}
		sb.t.Errorf("payment %s is %s%s, expected %s", p.Reference, now.Status, why, want)
	}
	return now
}

// ExpectEvents holds what was told about a payment by webhook to types, in the order in which they
// happened: webhooks of one instant may come in any.
func (sb *Sandbank) ExpectEvents(p client.Payment, want ...string) {
	sb.t.Helper()
	var got []string
	told := sb.Webhooks()
	slices.SortStableFunc(told, func(a, b client.Event) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, e := range told {
		if about, err := e.Payment(); err == nil && about.ID == p.ID {
			got = append(got, e.Type)
		}
	}
	if !slices.Equal(got, want) {
		sb.t.Errorf("about payment %s the webhooks were %q, expected %q", p.Reference, got, want)
	}
}

// ExpectSilence holds Sandbank to have told nothing about a payment, by webhook or in the list of
// events.
func (sb *Sandbank) ExpectSilence(p client.Payment) {
	sb.t.Helper()
	sb.ExpectEvents(p)
	for after := int64(0); ; {
		page, err := sb.Client.EventsAfter(sb.t.Context(), after, 100)
		if err != nil {
			sb.t.Fatal("the events cannot be listed: ", err)
		}
		for _, e := range page.Data {
			if about, err := e.Payment(); err == nil && about.ID == p.ID {
				sb.t.Errorf("about payment %s there is %s, expected silence", p.Reference, e.Type)
			}
		}
		if after = page.NextAfter; len(page.Data) < 100 {
			return
		}
	}
}

// Run runs the scenarios of a file on this Sandbank, one after the other. Their simulated time goes on
// from where it stands.
func (sb *Sandbank) Run(file string) {
	sb.t.Helper()
	run(sb.t, file, func() runner.Stage {
		s := embedded.Stage(sb.node)
		s.Own, s.Close = false, nil
		return s
	})
}

// Run runs the scenarios of a file, each on a Sandbank of its own, as subtests.
func Run(t *testing.T, file string) {
	t.Helper()
	list, err := scenario.Load(file)
	if err != nil {
		t.Fatalf("scenario:\n%v", err)
	}
	for _, s := range list {
		t.Run(s.Title(), func(t *testing.T) {
			t.Parallel()
			judge(t, runner.Run(t.Context(), s, embedded.Open, runner.Options{Recorded: runner.Beside{}}))
		})
	}
}

func run(t testing.TB, file string, stage func() runner.Stage) {
	t.Helper()
	list, err := scenario.Load(file)
	if err != nil {
		t.Fatalf("scenario:\n%v", err)
	}
	for _, s := range list {
		open := func(context.Context, scenario.Scenario) (runner.Stage, error) { return stage(), nil }
		judge(t, runner.Run(t.Context(), s, open, runner.Options{Recorded: runner.Beside{}}))
	}
}

// judge fails a test whose scenario did not hold, with the transcript.
func judge(t testing.TB, r scenario.Result) {
	t.Helper()
	if r.Outcome == scenario.Held {
		return
	}
	var b strings.Builder
	report.Failure(&b, r)
	b.WriteString("\n")
	report.Transcript(&b, r)
	t.Errorf("scenario %s:\n%s", r.Outcome, b.String())
}
