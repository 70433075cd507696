package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/clock"
)

// till is a processor with one bank, which settles when it is told to.
type till struct {
	settled   atomic.Bool
	silent    bool   // its bank sends nothing
	positions string // that a reconciliation finds
}

func (p *till) handler() http.Handler {
	mux := http.NewServeMux()
	say := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
	}
	mux.HandleFunc("POST /oauth/token", say(`{"access_token":"t","expires_in":3600}`))
	mux.HandleFunc("GET /v1/banks", say(`{"data":[{"identifier":"SANDNL2A","online":true,"currencies":["EUR"]},{"identifier":"SLOWDE2A","online":false,"currencies":["EUR"]}]}`))
	mux.HandleFunc("POST /sim/banks/SANDNL2A/settle", func(w http.ResponseWriter, _ *http.Request) {
		p.settled.Store(!p.silent)
		w.WriteHeader(http.StatusAccepted)
	})
	const one = `{"id":"stl_%d","bank":"SANDNL2A","currency":"EUR","status":"broken","lines":2,"breaks":1,"open_breaks":1,
		"fees":{"value":"0.04","currency":"EUR"},"net":{"value":"19.95","currency":"EUR"}}`
	mux.HandleFunc("GET /v1/settlements", func(w http.ResponseWriter, _ *http.Request) {
		list := fmt.Sprintf(one, 1)
		if p.settled.Load() {
			list = fmt.Sprintf(one, 2) + "," + list
		}
		_, _ = io.WriteString(w, `{"data":[`+list+`]}`)
	})
	mux.HandleFunc("GET /v1/settlements/stl_2/breaks", say(`{"data":[{"id":"brk_1","kind":"missing","status":"open","reference":"req_1","effect":{"value":"-3.00","currency":"EUR"}}]}`))
	mux.HandleFunc("GET /v1/settlements/stl_2/file", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "as "+r.URL.Query().Get("format"))
	})
	mux.HandleFunc("POST /v1/payouts", say(`{"data":[{"id":"po_1","merchant":"demo-shop","items":1,"amount":{"value":"19.46","currency":"EUR"},"fees":{"value":"0.53","currency":"EUR"}}]}`))
	mux.HandleFunc("GET /v1/reconciliation", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data":[`+p.positions+`]}`) })
	return mux
}

func TestSettle_WaitsForTheBatchesAndPaysOut(t *testing.T) {
	for _, c := range []struct {
		name string
		p    *till
		args string
		code int
		want []string // parts of the output, in this order
	}{
		{"settled", &till{}, "settle", 0, []string{"told to settle: 1.", "SANDNL2A   2", "19.95 EUR", "stl_2", "missing", "-3.00 EUR", "demo-shop", "19.46 EUR", "po_1"}},
		{"not paid out", &till{}, "settle --no-pay", 0, []string{"stl_2", "brk_1"}},
		{"silent", &till{silent: true}, "settle --timeout 1ms", 1, []string{"no batch within 1ms from SANDNL2A in EUR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := httptest.NewServer(c.p.handler())
			defer at.Close()
			code, out, err := try(t.Context(), append(strings.Fields(c.args), "--url", at.URL)...)
			rest := out + err
			for _, want := range c.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Errorf("%q is not there, or not in its place:\n%s%s", want, out, err)
				}
				rest = after
			}
			if code != c.code || strings.Contains(out, "stl_1") || strings.Contains(out, "po_1") != (c.args == "settle" || c.p.silent) {
				t.Errorf("code %d, want %d:\n%s%s", code, c.code, out, err)
			}
		})
	}
}

// A wait for batches has a word now and then, and says for whose.
func TestSettle_SaysWhatItWaitsFor(t *testing.T) {
	at := httptest.NewServer((&till{silent: true}).handler())
	defer at.Close()
	hand, words := clock.NewManual(time.Now()), make(spoken, 100)
	c := settleCommand{staff: staff{URL: at.URL, OperatorID: "a", OperatorSecret: "b"}, Timeout: time.Minute, NoPay: true, clock: hand}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context(), output{out: io.Discard, err: words}) }()
	hand.AwaitTimers(1)
	hand.Advance(word)
	if line := <-words; !strings.Contains(line, "Still waiting for batches from SANDNL2A in EUR, up to 50s more.") {
		t.Errorf("it says %q", line)
	}
	hand.AwaitTimers(1)
	hand.Advance(time.Minute)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "no batch within 1m0s from SANDNL2A in EUR") {
		t.Errorf("it ended with %v", err)
	}
}

// spoken hands over what is written, a line at a time.
type spoken chan string

func (s spoken) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}

func TestSettle_SavesTheFiles(t *testing.T) {
	p := &till{}
	at := httptest.NewServer(p.handler())
	defer at.Close()
	dir := filepath.Join(t.TempDir(), "new")
	code, out, err := try(t.Context(), "settle", "--url", at.URL, "--files", dir)
	if code != 0 || !strings.Contains(out, "4 files are in "+dir) {
		t.Fatalf("code %d: %s%s", code, out, err)
	}
	for name, want := range map[string]string{"stl_2.csv": "as csv", "stl_2.camt.053.xml": "as camt.053", "stl_2.camt.053.02.xml": "as camt.053.02", "stl_2.camt.054.xml": "as camt.054"} {
		if file, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(file) != want {
			t.Errorf("read the saved file %s: want %q, got %q, %v", name, want, file, err)
		}
	}
}

func TestReconcile_ExitCodeSaysWhetherAllIsExplained(t *testing.T) {
	position := func(claim, owed, unexplained, breaks string) string {
		eur := func(value string) string { return `{"value":"` + value + `","currency":"EUR"}` }
		return `{"bank":"SANDNL2A","currency":"EUR","claim":` + eur(claim) + `,"later":` + eur("0.00") + `,"owed":` + eur(owed) +
			`,"written_off":` + eur("0.00") + `,"unexplained":` + eur(unexplained) + `,"open_breaks":[` + breaks + `]}`
	}
	for _, c := range []struct {
		name, positions string
		code            int
		want            string
	}{
		{"nothing", "", 0, "No bank owes anything"},
		{"even", position("0.00", "0.00", "0.00", ""), 0, "Everything is explained."},
		{"owed by both", position("5.00", "5.00", "0.00", ""), 0, "5.00 EUR"},
		{"unexplained", position("5.00", "4.00", "1.00", ""), 1, "unexplained in 1 cases"},
		{"a break", position("5.00", "5.00", "0.00", `{"kind":"missing","count":2,"effect":{"value":"5.00","currency":"EUR"}}`), 1, "open breaks: 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := httptest.NewServer((&till{positions: c.positions}).handler())
			defer at.Close()
			if code, out, err := try(t.Context(), "reconcile", "--url", at.URL); code != c.code || !strings.Contains(out+err, c.want) {
				t.Errorf("code %d, want %d and %q in:\n%s%s", code, c.code, c.want, out, err)
			}
		})
	}
}
