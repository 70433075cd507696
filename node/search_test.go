package node

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The dashboard's search finds passages of the docs, which it does not know itself.
func TestSearch_FindsPassagesOfTheDocs(t *testing.T) {
	n := made(t, Config{})
	for query, want := range map[string]string{"github+actions": "/docs/recipes/github-actions", "signature+fit": "/docs/webhooks/check", "settlement": "/docs/money"} {
		w := httptest.NewRecorder()
		n.Routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/search?q="+query, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `href="`+want) {
			t.Errorf("GET /search?q=%s: expected a link to %s, got %d without it", query, want, w.Code)
		}
	}
}
