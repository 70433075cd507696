package scenarios_test

import (
	"strings"
	"testing"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/report"
	"sandbank/scenario/runner"
)

// library reads every scenario of this folder.
func library(t *testing.T) (all []scenario.Scenario) {
	t.Helper()
	files, err := scenario.Find([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		list, err := scenario.Load(file)
		if err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
		all = append(all, list...)
	}
	if len(all) == 0 {
		t.Fatal("the library is empty")
	}
	return all
}

// Every scenario holds, and comes to the same each time.
func TestLibrary_HoldsEachTimeWithOneTranscript(t *testing.T) {
	t.Parallel()
	for _, s := range library(t) {
		t.Run(s.Title(), func(t *testing.T) {
			t.Parallel()
			first := ""
			for n := range runs {
				r := runner.Run(t.Context(), s, embedded.Open, runner.Options{})
				var text, why strings.Builder
				report.Transcript(&text, r)
				if report.Failure(&why, r); r.Outcome != scenario.Held {
					t.Fatalf("run %d %s, expected to hold:\n%s", n+1, r.Outcome, why.String())
				}
				if first == "" {
					first = text.String()
				}
				if text.String() != first {
					t.Fatalf("run %d came to\n%s\nexpected the first:\n%s", n+1, text.String(), first)
				}
			}
		})
	}
}
