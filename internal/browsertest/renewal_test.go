package browsertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"sandbank/web/look"
)

// restless is a page that changes twice at once: the answer to its first look for what is new comes after the second
// change, and still tells of the first.
func restless(t *testing.T, first <-chan struct{}, asked chan<- struct{}) (url string) {
	t.Helper()
	var looks atomic.Int64 // at the page: by the browser, and then by its script
	page := func(state string) string {
		return fmt.Sprintf(`<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><script type="module" src="%s"></script>
			<main data-live="/live" data-renew="parts" data-state="0"><h1 data-part="all">%s</h1></main></html>`, look.Path("sandbank.js"), state)
	}
	mux := http.NewServeMux()
	mux.Handle(look.Prefix, look.Handler())
	mux.HandleFunc("/live", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: status\ndata: 1\n\nevent: status\ndata: 2\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		switch looks.Add(1) {
		case 1:
			_, _ = io.WriteString(w, page("State 0"))
		case 2:
			close(asked)
			<-first
			_, _ = io.WriteString(w, page("State 1"))
		default:
			_, _ = io.WriteString(w, page("State 2"))
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

// TestRenewal_TheNewestStays has a page told of two changes, and the answer to its look at the first held back: what it
// shows in the end is the second.
func TestRenewal_TheNewestStays(t *testing.T) {
	t.Parallel()
	first, asked := make(chan struct{}), make(chan struct{})
	b := open(t)
	b.visit(restless(t, first, asked))
	<-asked
	b.awaitTrue(`document.querySelector("main").dataset.state === "2"`)
	close(first)
	b.awaitTrue(`!document.body.dataset.renewing && document.querySelector("h1").textContent === "State 2"`)
}
