package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/cmd/internal/terminal"
	"sandbank/merchant/load"
)

// asProgram in the environment has the test's binary be the program itself, for tests that start it as
// a process of its own.
const asProgram = "MERCHANT_ITSELF"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// try runs the program to its end.
func try(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

func TestRun_SaysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--help", 0, "A processor must be running"},
		{"serve --help", 0, "$SANDBANK_WEBHOOK_SECRET"},
		{"load --help", 0, "$SANDBANK_CONCURRENCY"},
		{"listen --help", 0, "one at a time"},
		{"listen --help", 0, "at least once"},
		{"resend --help", 0, "so a receiver that drops what it has seen"},
		{"listen", 2, "--forward-to"},
		{"listen --forward-to localhost:3000", 1, "--forward-to"},
		{"listen --forward-to http://localhost:3000 --webhook-secret x", 1, "--webhook-secret"},
		{"listen --forward-to http://localhost:3000 --tries 0 --after=-1 --poll 1ms", 2, "--after -1"},
		{"listen --forward-to http://localhost:3000 --url nonsense", 1, "--url"},
		{"resend --forward-to http://localhost:3000", 2, "event"},
		{"", 2, "merchant --help"},
		{"fly", 2, "merchant --help"},
		{"serve --no-such-flag", 2, "no-such-flag"},
		{"serve --log-format xml", 2, "text"},
		{"serve --addr " + taken.Addr().String(), 1, "the port is taken"},
		{"serve --addr nonsense", 1, "--addr nonsense"},
		{"serve --addr 127.0.0.1:0 --url nonsense", 1, "--url"},
		{"serve --addr 127.0.0.1:0 --public-url nonsense", 1, "public URL"},
		{"serve --addr 127.0.0.1:0 --webhook-secret nonsense", 1, "webhook secret"},
		{"settle --help", 0, "Breaks are no error here"},
		{"reconcile --help", 0, "The exit code is 0 where nothing is unexplained"},
		{"settle --timeout 0s", 2, "--timeout 0s"},
		{"settle --url nonsense", 1, "--url"},
		{"reconcile --url nonsense", 1, "--operator-secret"},
		{"load -n x", 2, "--payments"},
		{"load -n 0", 2, "--payments 0"},
		{"load --concurrency 0 --timeout 0s", 2, "--timeout 0s"},
		{"load --rate=-1", 1, "the rate is -1"},
		{"load --currency XXX", 1, "currency"},
		{"load --url http://127.0.0.1:1", 1, "start one, or name another address"},
		{"load --receiver " + taken.Addr().String(), 1, "name a free address"},
	} {
		code, out, err := try(t.Context(), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+err, c.want) {
			t.Errorf("merchant %s: code %d, want %d and %q in:\n%s%s", c.args, code, c.code, c.want, out, err)
		}
		if c.code != 0 && out != "" {
			t.Errorf("merchant %s: an error on standard output: %s", c.args, out)
		}
	}
}

func TestRun_Environment(t *testing.T) {
	t.Setenv("SANDBANK_ADDR", "nonsense")
	if _, _, err := try(t.Context(), "serve"); !strings.Contains(err, "--addr nonsense") {
		t.Errorf("ran with a bad SANDBANK_ADDR: want an error that names --addr, got %s", err)
	}
}

// safeBuffer is written by the program while the test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var address = regexp.MustCompile(`open at (http://\S+)`)

// The shop opens without a processor, and closes in time with a page listening.
func TestServe_OpensAndCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out, err safeBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--url", "http://127.0.0.1:1"}, &out, &err)
	}()
	var at []string
	for deadline := time.Now().Add(5 * time.Minute); at == nil; time.Sleep(time.Millisecond) {
		if at = address.FindStringSubmatch(out.String()); time.Now().After(deadline) {
			t.Fatalf("it does not open: %s%s", out.String(), err.String())
		}
	}
	page, fault := http.Get(at[1])
	if fault != nil {
		t.Fatal(fault)
	}
	body, _ := io.ReadAll(page.Body)
	page.Body.Close()
	if page.StatusCode != http.StatusOK || !strings.Contains(string(body), "Harbor Goods") {
		t.Errorf("answered %d %s; want status %d", page.StatusCode, body, http.StatusOK)
	}
	http.DefaultClient.CloseIdleConnections()
	began := time.Now()
	cancel()
	if code := <-ended; code != 0 || time.Since(began) > grace {
		t.Errorf("code %d after %s: %s", code, time.Since(began), err.String())
	}
	if !strings.HasSuffix(out.String(), "The shop is closed.\n") {
		t.Errorf("ended the shop: want it to say that it is closed, got %s", out.String())
	}
}

// lossy takes payments, and that is all it ever does with them.
func lossy() http.Handler {
	mux := http.NewServeMux()
	reply := func(pattern string, status int, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	reply("POST /oauth/token", 200, `{"access_token":"t","expires_in":3600}`)
	reply("POST /v1/webhook-endpoints", 201, `{"id":"whe_1"}`)
	reply("DELETE /v1/webhook-endpoints/whe_1", 204, "")
	reply("POST /v1/payments", 202, `{"id":"pay_1","status":"created","checkout_url":"http://p/pay/x"}`)
	reply("GET /v1/payments/pay_1", 404, `{"code":"payment_not_found"}`)
	reply("GET /pay/x", 500, "")
	return mux
}

func TestLoad_LossesAreAnError(t *testing.T) {
	far := httptest.NewServer(lossy())
	defer far.Close()
	code, out, err := try(t.Context(), "load", "--url", far.URL, "-n", "3", "-c", "3", "--timeout", "200ms", "--json")
	var report load.Report
	if fault := json.Unmarshal([]byte(out), &report); fault != nil {
		t.Fatalf("%v in %s", fault, out)
	}
	if code != 1 || report.Lost != 3 || !strings.Contains(err, "3 lost") {
		t.Errorf("code %d, %+v, %s", code, report, err)
	}
	code, out, _ = try(t.Context(), "load", "--url", far.URL, "-n", "1", "--timeout", "200ms", "--quiet")
	if code != 1 || !strings.Contains(out, "lost          1: pay_1") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestProgress_PlainWhereThereIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	tell := (&loadCommand{Payments: 10}).progress(&out)
	tell(load.Progress{Done: 1, Of: 10})
	if out.Len() != 0 {
		t.Errorf("a line at once: %s", &out)
	}
	if (&loadCommand{Quiet: true}).progress(&out) != nil {
		t.Error("quiet shows progress")
	}
	if terminal.Is(&out) {
		t.Error("a buffer is taken for a terminal")
	}
}

func TestReachable(t *testing.T) {
	for listening, want := range map[string]string{
		"0.0.0.0:8070": "localhost:8070", "[::]:8070": "localhost:8070", "127.0.0.1:8070": "127.0.0.1:8070", "odd": "odd",
	} {
		if got := reachable(listening); got != want {
			t.Errorf("reachable at %s: want %s, got %s", listening, want, got)
		}
	}
}

func TestCA_IsTrusted(t *testing.T) {
	far := httptest.NewTLSServer(lossy())
	defer far.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: far.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	// Long enough for a handshake on a busy machine; what is lost takes all of it.
	load := []string{"load", "--url", far.URL, "-n", "1", "--timeout", "5s", "--quiet"}
	if _, _, err := try(t.Context(), load...); !strings.Contains(err, "certificate") {
		t.Errorf("nobody of ours is trusted, and yet: %s", err)
	}
	if _, out, err := try(t.Context(), append([]string{"--ca", ca}, load...)...); !strings.Contains(out, "lost          1: pay_1") {
		t.Errorf("the authority is not trusted: %s", err)
	}
	if code, _, err := try(t.Context(), append([]string{"--ca", ca + ".no"}, load...)...); code != 2 || !strings.Contains(err, "--ca") {
		t.Errorf("code %d: %s", code, err)
	}
}
