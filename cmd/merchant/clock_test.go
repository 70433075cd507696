package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestClock_AsksForWhatItIsTold(t *testing.T) {
	for _, c := range []struct{ args, body string }{
		{"clock advance 36h --freeze", `{"advance":{"by":"36h"},"freeze":true}`},
		{"clock advance --to 2027-01-01T00:00:00Z --within 10s", `{"advance":{"to":"2027-01-01T00:00:00Z"},"within":"10s"}`},
		{"clock advance --next", `{"advance":{"next":true}}`},
		{"clock set 2027-01-01T00:00:00Z --freeze", `{"set":"2027-01-01T00:00:00Z","freeze":true}`},
		{"clock freeze", `{"freeze":true}`},
		{"clock rate 60", `{"rate":60}`},
		{"clock follow", `{"follow":true}`},
		{"clock", ""},
	} {
		body := ""
		mux := http.NewServeMux()
		mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
		})
		mux.HandleFunc("/sim/clock", func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			body = strings.TrimSpace(string(sent))
			_, _ = io.WriteString(w, `{"now":"2027-01-01T00:00:00Z","mode":"running","rate":60,"next_due_at":"2027-01-01T00:15:00Z","happened":{"payment.captured":2}}`)
		})
		server := httptest.NewServer(mux)
		var out, said strings.Builder
		code := run(t.Context(), append(strings.Fields(c.args), "--url", server.URL), &out, &said)
		server.Close()
		want := "2027-01-01T00:00:00Z, running at 60; next due 2027-01-01T00:15:00Z\n"
		if c.body != "" {
			want += "      2  payment.captured\n"
		}
		if code != 0 || body != c.body || out.String() != want {
			t.Errorf("clock %s: want code 0, body %s and %q, got %d, %s, %q %q", c.args, c.body, want, code, body, out.String(), said.String())
		}
	}
}
