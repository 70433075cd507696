package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHold_AsksForWhatItIsTold(t *testing.T) {
	const hold = `{"id":"hld_1","hops":["request","webhook"],"merchant":"demo-shop","times":7,"taken":2,"held":1,"ends_at":"2027-01-01T00:10:00Z"}`
	const held = `{"id":"hop_1","hop":"request","says":"authorize, to SANDNL2A","payment":"pay_1","status":"held","since":"2027-01-01T00:00:00Z"}`
	const line = "hld_1  every payment of demo-shop at request, webhook, until 2027-01-01T00:10:00Z at the latest, holds 1, took 2 of 7\n"
	const thing = "hop_1  request: authorize, to SANDNL2A, pay_1, held since 2027-01-01T00:00:00Z\n"
	for _, c := range []struct{ args, asked, out string }{
		{"hold", "GET /sim/held ", line + thing},
		{"hold list --payment pay_1", "GET /sim/held?payment=pay_1 ", line + thing},
		{"hold begin request webhook --for 10m --within 5m --times 7", `POST /sim/holds {"hops":["request","webhook"],"for":"10m","within":"5m","times":7}`, line},
		{"hold begin --payment pay_1", `POST /sim/holds {"payment":"pay_1"}`, line},
		{"hold end hld_1", "DELETE /sim/holds/hld_1 ", "hld_1 has ended\n"},
		{"hold end hld_1 --format json", "DELETE /sim/holds/hld_1 ", `{"id":"hld_1","done":"ended"}` + "\n"},
		{"hold step", "POST /sim/step {}", thing},
		{"hold step pay_1", `POST /sim/step {"payment":"pay_1"}`, thing},
		{"hold move hop_1 answer --outcome declined --reason lost_card --twice", `POST /sim/held/hop_1 {"action":"answer","outcome":"declined","reason":"lost_card","twice":true}`, thing},
	} {
		asked := ""
		mux := http.NewServeMux()
		mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
		})
		mux.HandleFunc("/sim/", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			asked = r.Method + " " + r.URL.RequestURI() + " " + strings.TrimSpace(string(body))
			switch {
			case r.URL.Path == "/sim/holds" && r.Method == http.MethodGet:
				_, _ = io.WriteString(w, `{"data":[`+hold+`]}`)
			case r.URL.Path == "/sim/holds":
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, hold)
			case r.Method == http.MethodGet:
				_, _ = io.WriteString(w, `{"data":[`+held+`]}`)
			case r.Method == http.MethodPost:
				_, _ = io.WriteString(w, held)
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		})
		server := httptest.NewServer(mux)
		var out, said strings.Builder
		code := run(t.Context(), append(strings.Fields(c.args), "--url", server.URL), &out, &said)
		server.Close()
		if code != 0 || asked != c.asked || out.String() != c.out {
			t.Errorf("merchant %s: want code 0, %s and %q, got %d, %s, %q %q", c.args, c.asked, c.out, code, asked, out.String(), said.String())
		}
	}
}
