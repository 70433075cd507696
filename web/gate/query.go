package gate

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sandbank/fault"
	"sandbank/payment/form"
)

// This file is the one reader of queries, for every route, stream and page. A
// query that does not parse, or a parameter that is unknown, repeated or empty,
// is refused and named. If it were ignored, a misspelled filter would answer
// with everything, and a misspelled cursor would begin anew.

// maxQueryValue bounds one value of a query, in characters, in addition to the
// parameter's own rule.
const maxQueryValue = 4096

// CheckQuery refuses a query unless each of its parameters is one that the route
// takes, is given once, and has a value.
func CheckQuery(r *http.Request, takes []string) error { return checkQuery(r, takes, false) }

// CheckTyped is CheckQuery for a page with a form that is sent as a query: a field
// that was left empty is sent empty, and says nothing.
func CheckTyped(r *http.Request, takes []string) error { return checkQuery(r, takes, true) }

// Query is a request's query, once it has been checked; a parameter that is not
// there is "".
func Query(r *http.Request) url.Values { return r.URL.Query() }

// NoQuery refuses any query at what is below the given paths: descriptions and
// pages that are the same for everybody. One path, but, checks its own.
func (g *Gate) NoQuery(but string, below ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fixed := r.URL.Path != but && slices.ContainsFunc(below, func(path string) bool { return strings.HasPrefix(r.URL.Path, path) })
			if err := CheckQuery(r, nil); fixed && err != nil {
				g.Refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func checkQuery(r *http.Request, takes []string, typed bool) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair == "" { // which says nothing, and cannot have meant anything
			continue
		}
		plain, err := url.QueryUnescape(name)
		if err != nil || strings.Contains(name, ";") || !readable(plain) {
			problem.At(form.Shown(name), "cannot be read; %s", encoded)
			continue
		}
		switch text, err := url.QueryUnescape(value); {
		case !slices.Contains(takes, plain):
			problem.At(cmp.Or(form.Shown(plain), "(none)"), "%s", unknown(plain, takes))
		case seen[plain]:
			problem.At(plain, "is given twice")
		case err != nil || strings.Contains(value, ";") || !readable(text):
			problem.At(plain, "cannot be read; %s", encoded)
		case text == "" && !typed:
			problem.At(plain, "is empty; leave it out, or give it a value")
		case utf8.RuneCountInString(text) > maxQueryValue:
			problem.At(plain, "must have at most %d characters", maxQueryValue)
		}
		seen[plain] = true
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

const encoded = "write UTF-8, and all but letters, digits and -._~ percent-encoded: %25 for a percent sign, %3B for a semicolon, %26 for an ampersand"

// readable reports whether a text is one: UTF-8 without control characters.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func unknown(name string, takes []string) string {
	if len(takes) == 0 {
		return "is no parameter here; there is none"
	}
	if near := fault.Nearest(name, takes); near != "" {
		return "is no parameter here; " + near + " is"
	}
	return "is no parameter here; there are " + strings.Join(takes, ", ")
}
