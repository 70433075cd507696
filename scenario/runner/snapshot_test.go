package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/runner"
)

const recordedScenario = `name: N
matrix:
  card: ["4242424242424242", "4000000000009995"]
steps:
  - create: {amount: 1.00 EUR, bank: SANDNL2A, attempts: 1}
  - customer: {action: pay, card: "${card}"}
  - expect: {snapshot: transcript}
  - expect: {snapshot: {of: events, name: told}}
`

// A snapshot fails until it is recorded, holds from then on, and shows line by line what has changed.
func TestSnapshot_IsRecordedHeldAndCompared(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pay.yaml")
	if err := os.WriteFile(file, []byte(recordedScenario), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := scenario.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	play := func(s scenario.Scenario, recorded runner.Recorded) scenario.Result {
		return runner.Run(t.Context(), s, embedded.Open, runner.Options{Recorded: recorded})
	}
	if r := play(list[0], runner.Beside{}); r.Outcome != scenario.Failed || !strings.Contains(r.Failure.Seen, "nothing is recorded yet") {
		t.Errorf("before anything was recorded: %s %+v", r.Outcome, r.Failure)
	}
	if r := play(list[0], nil); r.Outcome != scenario.NotRun || !strings.Contains(r.Err.Error(), "a snapshot is kept beside a file") {
		t.Errorf("where nothing can be recorded: %s %v", r.Outcome, r.Err)
	}
	for _, s := range list {
		for _, b := range []runner.Beside{{Rewrite: true}, {}} {
			if r := play(s, b); r.Outcome != scenario.Held {
				t.Errorf("%s, %+v: %s %+v %v", s.Title(), b, r.Outcome, r.Failure, r.Err)
			}
		}
	}
	told := runner.Beside{}.File(list[1], "told")
	if body, err := os.ReadFile(told); err != nil || string(body) != "payment payment.processing\npayment payment.declined\n" {
		t.Errorf("%s has %q, %v", told, body, err)
	}
	if err := os.WriteFile(told, []byte("payment payment.processing\npayment payment.captured\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := play(list[1], runner.Beside{})
	if want := "  payment payment.processing\n- payment payment.captured\n+ payment payment.declined"; r.Outcome != scenario.Failed || !strings.Contains(r.Failure.Seen, want) {
		t.Errorf("after a change: %s %+v, expected\n%s", r.Outcome, r.Failure, want)
	}
	if r := play(list[1], runner.Beside{Rewrite: true}); r.Outcome != scenario.Held {
		t.Errorf("recorded anew: %s", r.Outcome)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(told), "*")); err != nil || len(left) != 4 {
		t.Errorf("beside the file are %q, expected 4 texts", left)
	}
}
