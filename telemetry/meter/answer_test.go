package meter

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Each way to begin an answer is counted by its status, and a handler finds what the server's own writer can do.
func TestAnswer_NotesTheStatusAndHidesNothing(t *testing.T) {
	for want, write := range map[string]http.HandlerFunc{
		"200": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
		"204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"201": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusCreated)
		},
		"200 flushed": func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
		},
		"200 from a file": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("x")) },
		"200 of nothing":  func(http.ResponseWriter, *http.Request) {},
		"101 taken over": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Upgrade", "x")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		},
	} {
		m, done := New(Words{}, time.Now), make(chan struct{})
		counted := m.Unrouted(write)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			counted.ServeHTTP(w, r)
		}))
		if r, err := http.Get(server.URL); err == nil {
			_ = r.Body.Close()
		}
		<-done
		server.Close()
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		status, _, _ := strings.Cut(want, " ")
		if said := `http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="` + status + `"`; !strings.Contains(w.Body.String(), said) {
			t.Errorf("%s: %s does not stand in the meters", want, said)
		}
	}
}
