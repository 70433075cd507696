package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandbank/merchant/client"
)

// busy is a processor with one event, and a second one once it is listened to.
func busy() http.Handler {
	mux := http.NewServeMux()
	event := func(n int) string {
		return fmt.Sprintf(`{"id":"evt_%d","type":"payment.captured","sequence":%d,"timestamp":"2026-03-14T14:05:31Z","data":{"id":"pay_%d"}}`, n, n, n)
	}
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
	})
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case q.Get("after") == "0":
			_, _ = fmt.Fprintf(w, `{"data":[%s],"next_after":1}`, event(1))
		case q.Get("after") == "1" && q.Get("limit") == "100":
			_, _ = fmt.Fprintf(w, `{"data":[%s],"next_after":2}`, event(2))
		default:
			_, _ = fmt.Fprintf(w, `{"data":[],"next_after":%s}`, q.Get("after"))
		}
	})
	mux.HandleFunc("GET /v1/events/evt_1", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, event(1)+"\n") })
	mux.HandleFunc("GET /v1/events/evt_9", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"code":"event_not_found","detail":"There is no event."}`)
	})
	return mux
}

var printed = regexp.MustCompile(`whsec_\S+`)

// A real receiver with the secret that listen prints accepts forwarded
// messages; those of resend fit the same secret.
func TestListen_ForwardsToAReceiver(t *testing.T) {
	far := httptest.NewServer(busy())
	defer far.Close()
	secret, came := make(chan string, 1), make(chan string, 10)
	hook := func() http.Handler {
		known := <-secret
		secret <- known
		return client.Webhook(known, func(_ context.Context, e client.Event) error { came <- e.ID; return nil })
	}
	near := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hook().ServeHTTP(w, r) }))
	defer near.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var out, err safeBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"listen", "--url", far.URL, "--forward-to", near.URL, "--poll", "10ms"}, &out, &err)
	}()
	var said string
	for deadline := time.Now().Add(5 * time.Minute); said == ""; time.Sleep(time.Millisecond) {
		if said = printed.FindString(out.String()); time.Now().After(deadline) {
			t.Fatalf("no secret is printed: %s%s", out.String(), err.String())
		}
	}
	secret <- said
	if got := <-came; got != "evt_2" {
		t.Errorf("from now on, and %s came", got)
	}
	cancel()
	if code := <-ended; code != 0 || !strings.Contains(out.String(), "--after 2 goes on from here") {
		t.Errorf("code %d: %s%s", code, out.String(), err.String())
	}
	ctx, cancel = context.WithCancel(t.Context())
	var lines, talk safeBuffer
	go func() {
		ended <- run(ctx, []string{"listen", "--url", far.URL, "--forward-to", near.URL, "--poll", "10ms", "--format", "json"}, &lines, &talk)
	}()
	<-came
	for deadline := time.Now().Add(5 * time.Minute); !strings.HasSuffix(lines.String(), "\n") && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if code := <-ended; code != 0 || !strings.HasPrefix(lines.String(), `{"event":"evt_2",`) || !strings.Contains(lines.String(), `"taken":true,"status":204`) || strings.Count(lines.String(), "\n") != 1 {
		t.Errorf("as JSON, code %d: %s, beside %s", code, lines.String(), talk.String())
	}
	if code, stdout, stderr := try(t.Context(), "resend", "evt_1", "--url", far.URL, "--forward-to", near.URL); code != 0 || !strings.Contains(stdout, "→ 204") || <-came != "evt_1" {
		t.Errorf("resend: %d %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := try(t.Context(), "resend", "evt_1", "--url", far.URL, "--forward-to", near.URL, "--format", "json"); code != 0 || !strings.Contains(stdout, `"taken":true,"status":204`) || <-came != "evt_1" {
		t.Errorf("resend as JSON: %d %s", code, stdout)
	}
	if code, _, stderr := try(t.Context(), "resend", "evt_9", "--url", far.URL, "--forward-to", near.URL); code != 1 || !strings.Contains(stderr, "event_not_found") {
		t.Errorf("an unknown one: %d %s", code, stderr)
	}
	if code, _, stderr := try(t.Context(), "resend", "evt_1", "--url", far.URL, "--forward-to", "http://127.0.0.1:1/"); code != 1 || !strings.Contains(stderr, "1 of 1 were not taken") {
		t.Errorf("nobody there: %d %s", code, stderr)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestTyped_EndsWithItsInput(t *testing.T) {
	lines := typed(strings.NewReader("r\nq\n"))
	if a, b := <-lines, <-lines; a != "r" || b != "q" {
		t.Errorf("typed r and q: want both, got %q %q", a, b)
	}
	if _, open := <-lines; open {
		t.Error("there is more")
	}
}
