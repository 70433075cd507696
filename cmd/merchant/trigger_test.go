package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTrigger_AsksForWhatItIsTold(t *testing.T) {
	for _, c := range []struct{ args, path, body string }{
		{"customer pay_1 pay --card 4242424242424242 --after 3s", "/sim/payments/pay_1/customer", `{"action":"pay","after":"3s","card":"4242424242424242"}`},
		{"customer pay_1 cancel", "/sim/payments/pay_1/customer", `{"action":"cancel"}`},
		{"bank pay_1 declined --reason insufficient_funds --after 3s --times 2", "/sim/payments/pay_1/bank", `{"outcome":"declined","reason":"insufficient_funds","after":"3s","times":2}`},
		{"bank pay_1 silent --of refund", "/sim/payments/pay_1/bank", `{"refund":{"outcome":"silent"}}`},
		{`plan pay_1 {"travel":"twice"}`, "/sim/payments/pay_1/simulate", `{"travel":"twice"}`},
	} {
		var path, body string
		mux := http.NewServeMux()
		mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
		})
		mux.HandleFunc("POST /sim/", func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			path, body = r.URL.Path, strings.TrimSpace(string(sent))
			_, _ = io.WriteString(w, `{"id":"pay_1","status":"processing"}`)
		})
		server := httptest.NewServer(mux)
		var out, said strings.Builder
		code := run(t.Context(), append(append([]string{"trigger"}, strings.Fields(c.args)...), "--url", server.URL), &out, &said)
		server.Close()
		if code != 0 || path != c.path || body != c.body || out.String() != "pay_1 is processing\n" {
			t.Errorf("trigger %s: want code 0 and %s %s, got %d, %s %s, %q %q", c.args, c.path, c.body, code, path, body, out.String(), said.String())
		}
	}
	var out, said strings.Builder
	if code := run(t.Context(), []string{"trigger", "plan", "pay_1", "{"}, &out, &said); code != 1 || !strings.Contains(said.String(), "no JSON") {
		t.Errorf("trigger a plan that is no JSON: want code 1 and an error that says so, got %d %s", code, said.String())
	}
}
