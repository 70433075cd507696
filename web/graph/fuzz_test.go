package graph

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandbank/fault"
)

// FuzzReadBody holds that what passes to the executor is one operation.
func FuzzReadBody(f *testing.F) {
	f.Add(`{"query": "{ banks { name } }", "variables": {"a": 1}}`)
	f.Add(`[{"query": "{ banks { name } }"}]`)
	f.Add(`{"query": 1}`)
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		if err := readBody(r); err != nil {
			if kind := fault.From(err).Kind; kind != fault.Invalid {
				t.Fatalf("read the body %q: want an error of kind Invalid, got %v", text, err)
			}
			return
		}
		again, err := io.ReadAll(r.Body)
		var asked struct{ Query string }
		if err != nil || string(again) != text || json.Unmarshal(again, &asked) != nil || asked.Query == "" {
			t.Fatalf("%q passes as %q", text, again)
		}
	})
}
