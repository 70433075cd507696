package form

import (
	"strings"
	"testing"

	"sandbank/fault"
)

// FuzzURL checks that browsers and servers read an accepted URL alike.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://shop.example/", "https://good@evil.example/", `https:\\evil`, "//evil.example", "https://a.example:99999/", "javascript:alert(1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		problem := fault.New(fault.Invalid, "request_invalid", "x")
		if CheckURL(problem, "/url", s); len(problem.Fields) > 0 {
			return
		}
		lower := strings.ToLower(s)
		rest, secure := strings.CutPrefix(lower, "https://")
		if !secure {
			rest, _ = strings.CutPrefix(lower, "http://")
		}
		authority := rest
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			authority = rest[:i]
		}
		if rest == lower || authority == "" || strings.ContainsAny(authority, "@\\ \t\r\n") || strings.ContainsAny(s, "\\ \t\r\n\x00") || len(s) > MaxURL {
			t.Fatalf("%q passes", s)
		}
	})
}
