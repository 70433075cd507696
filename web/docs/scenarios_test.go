package docs_test

import (
	"io/fs"
	"strings"
	"testing"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/report"
	"sandbank/scenario/runner"
	"sandbank/scenarios"
	"sandbank/web/docs"
)

// Every file on the page runs, and holds.
func TestScenarios_TheExamplesHold(t *testing.T) {
	t.Parallel()
	v := docs.ScenariosPage("http://localhost:8080")
	for _, body := range []string{v.First, v.Named, v.Matrix, v.Repeat, v.Race, v.Held} {
		list, err := scenario.Read("example.yaml", func(string) ([]byte, error) { return []byte(body), nil })
		if err != nil {
			t.Errorf("the example\n%s\nis wrong:\n%v", body, err)
		}
		for _, s := range list {
			if r := runner.Run(t.Context(), s, embedded.Open, runner.Options{}); r.Outcome != scenario.Held {
				var why strings.Builder
				report.Failure(&why, r)
				t.Errorf("%s %s, expected to hold:\n%s", s.Title(), r.Outcome, why.String())
			}
		}
	}
}

// Every word of the tables is one of the language, as its example has it.
func TestScenarios_TheWordsAreRead(t *testing.T) {
	t.Parallel()
	v := docs.ScenariosPage("http://localhost:8080")
	read := func(steps string) {
		t.Helper()
		body := "name: N\nsteps:\n  - create: {amount: 9.00 EUR}\n    as: order\n" + steps
		if _, err := scenario.Read("example.yaml", func(string) ([]byte, error) { return []byte(body), nil }); err != nil {
			t.Errorf("the example\n%s\nis wrong:\n%v", body, err)
		}
	}
	for _, w := range v.Steps {
		read(indent(w.Example, "  ") + "\n  - expect: {status: created}\n")
	}
	for _, w := range v.Expectations {
		extra := "      status: captured\n"
		if strings.HasPrefix(w.Example, "status") {
			extra = ""
		}
		read("  - expect:\n" + extra + indent(w.Example, "      ") + "\n")
	}
	for _, verb := range scenario.Verbs() {
		found := false
		for _, w := range v.Steps {
			found = found || strings.Contains(", "+w.Word+",", ", "+string(verb)+",")
		}
		if !found && verb != scenario.VerbExpect {
			t.Errorf("the page says nothing of %s", verb)
		}
	}
	if files, err := fs.Glob(scenarios.Files(), "*.yaml"); err != nil || len(v.Library) != len(files) {
		t.Errorf("the page lists %d scenarios of %d: %v", len(v.Library), len(files), err)
	}
}

func indent(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }
