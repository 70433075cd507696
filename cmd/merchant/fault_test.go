package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFault_AsksForWhatItIsTold(t *testing.T) {
	const one = `{"id":"flt_1","kind":"broker_slow","delay":"2s","for":"10m","times":7,"share":0.5,"seed":9,"ends_at":"2027-01-01T00:10:00Z","struck":2}`
	const line = "flt_1  broker_slow by 2s, until 2027-01-01T00:10:00Z at the latest, struck 2 of 7, share 0.5 by seed 9\n"
	for _, c := range []struct{ args, asked, out string }{
		{"fault", "GET /sim/faults ", line},
		{"fault list", "GET /sim/faults ", line},
		{"fault begin broker_slow --delay 2s --for 10m --times 7 --share 0.5 --seed 9", `POST /sim/faults {"kind":"broker_slow","delay":"2s","for":"10m","times":7,"share":0.5,"seed":9}`, line},
		{"fault begin partition --bank SANDNL2A", `POST /sim/faults {"kind":"partition","bank":"SANDNL2A"}`, line},
		{"fault end flt_1", "DELETE /sim/faults/flt_1 ", "flt_1 has ended\n"},
	} {
		asked := ""
		mux := http.NewServeMux()
		mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
		})
		mux.HandleFunc("/sim/", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			asked = r.Method + " " + r.URL.Path + " " + strings.TrimSpace(string(body))
			switch r.Method {
			case http.MethodGet:
				_, _ = io.WriteString(w, `{"data":[`+one+`]}`)
			case http.MethodPost:
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, one)
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
