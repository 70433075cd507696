package gate_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"sandbank/fault"
	"sandbank/web/gate"
)

// A query with a mistake is refused, and the mistake is named.
func TestCheckQuery_NamesWhatItRefuses(t *testing.T) {
	takes := []string{"reference", "status", "limit", "after"}
	for query, names := range map[string]string{
		"":                                       "",
		"reference=50%25off":                     "",
		"reference=a%3Bb&limit=1":                "",
		"reference=%E6%B3%A8%E6%96%87+1":         "",
		"reference=50%off":                       "reference",
		"reference=a;b":                          "reference",
		"status=%zz":                             "status",
		"after=%zz":                              "after",
		"after=5;x":                              "after",
		"types=%zz&after=0":                      "types",
		"reference=":                             "reference",
		"reference":                              "reference",
		"status=captured&status=created":         "status",
		"status=captured&%73tatus=created":       "status",
		"refrence=x":                             "refrence",
		"limt=1":                                 "limt",
		"LIMIT=1":                                "LIMIT",
		"limit[]=1":                              "limit[]",
		"reference=%FF":                          "reference",
		"reference=%00":                          "reference",
		"reference=a%0Ab":                        "reference",
		"%zz=1":                                  "%zz",
		"limit=1&":                               "",
		"&&limit=1":                              "",
		"=1":                                     "(none)",
		"limt=1&refrence=x":                      "limt refrence",
		"reference=" + strings.Repeat("a", 4097): "reference",
	} {
		r := httptest.NewRequest("GET", "/v1/payments", nil)
		r.URL.RawQuery = query
		err := gate.CheckQuery(r, takes)
		var got []string
		if err != nil {
			if fault.Code(err) != "query_invalid" || !fault.Is(err, fault.Invalid) {
				t.Errorf("checked the query %q: want query_invalid, got %v", query, err)
			}
			for _, f := range fault.From(err).Fields {
				got = append(got, f.Pointer)
			}
		}
		if strings.Join(got, " ") != names || (err != nil) != (names != "") {
			t.Errorf("%q: refused for %q, want %q", query, got, names)
		}
	}
}

// A misspelled parameter is answered with the right spelling.
func TestCheckQuery_KnowsTheNearestWord(t *testing.T) {
	for query, near := range map[string]string{"refrence=x": "reference is", "limt=1": "limit is", "page=2": "there are reference, status, limit"} {
		err := gate.CheckQuery(httptest.NewRequest("GET", "/v1/payments?"+query, nil), []string{"reference", "status", "limit"})
		if err == nil || !strings.Contains(err.Error(), near) {
			t.Errorf("checked the query %q: want an error with %q, got %v", query, near, err)
		}
	}
	if err := gate.CheckQuery(httptest.NewRequest("GET", "/v1/banks?x=1", nil), nil); err == nil || !strings.Contains(err.Error(), "there is none") {
		t.Errorf(`checked a query on a route that takes none: want an error with "there is none", got %v`, err)
	}
}

// A form that is sent as a query sends its empty fields, too.
func TestCheckTyped_TakesEmptyFields(t *testing.T) {
	if err := gate.CheckTyped(httptest.NewRequest("GET", "/?q=&status=", nil), []string{"q", "status"}); err != nil {
		t.Error(err)
	}
	if err := gate.CheckTyped(httptest.NewRequest("GET", "/?q=%zz", nil), []string{"q"}); err == nil {
		t.Error("what cannot be read is taken")
	}
}
