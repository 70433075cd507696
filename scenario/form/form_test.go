package form

import (
	"strings"
	"testing"
)

func TestCheck_NamesThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Flaw
	}{
		"brackets inside one another": {"a: 1\nb: " + strings.Repeat("[", 61), Flaw{Line: 2, Column: 64}},
		"brackets over many lines":    {strings.Repeat("- [\n", 61), Flaw{Line: 61, Column: 3}},
		"many quotes":                 {"a: " + strings.Repeat(`""`, 151), Flaw{Line: 1, Column: 304}},
		"set in":                      {"a:\n" + strings.Repeat(" ", 61) + "b: 1", Flaw{Line: 2, Column: 60}},
		"dashes inside one another":   {strings.Repeat("- ", 31) + "a", Flaw{Line: 1, Column: 60}},
		"a long line":                 {strings.Repeat("a", 8001), Flaw{Line: 1, Column: 8000}},
		"many lines":                  {strings.Repeat("a: 1\n", 30_001), Flaw{Line: 30_001, Column: 1}},
	} {
		got, flawed := Check([]byte(c.body))
		if got.What == "" || !flawed {
			t.Errorf("%s: want a flaw, got none", name)
		}
		if got.What = ""; got != c.want {
			t.Errorf("%s: want it at %+v, got %+v", name, c.want, got)
		}
	}
	if got, flawed := Check([]byte("# " + strings.Repeat("[", 9000) + "\nbanks:\n  - {identifier: SANDNL2A}\n")); flawed {
		t.Errorf("a usual file with a long comment: want no flaw, got %+v", got)
	}
}
