package bracket

import (
	"strings"
	"testing"
)

func TestSteps(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "a[b]": "a b", "a[b][0][c]": "a b 0 c", "a[]": "a ", "a[][b]": "a  b",
		"": "-", "[a]": "-", "a[": "-", "a[b": "-", "a[b]c": "-", "a]": "-", "a[b]]": "-", "a[[b]]": "-", "a[b][c][d][e]": "-",
	} {
		got := "-"
		if path, ok := steps(name, 4); ok {
			got = strings.Join(path, " ")
		}
		if got != want {
			t.Errorf("%q: the steps are %q, expected %q", name, got, want)
		}
	}
}
