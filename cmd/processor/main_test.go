package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/merchant/client"
	"sandbank/node"
	"sandbank/web/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun_SaysEverythingThatIsWrong(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{
		"--addr", "0.0.0.0", "--data", "x", "--database-url", "postgres://x", "--bank-timeout", "1ms",
		"--banks", "NONE", "--client", "a:short:b", "--public-url", "ftp://x", "--webhook-allow", "here", "--amqp-admin-url", "localhost",
		"--kafka-brokers", "here", "--kafka-topic", "",
		"--rate-limit-client", "many", "--rate-limit-address", "0", "--trusted-proxy", "here", "--max-connections", "0",
	}, &out, &errs)
	if code != 1 || out.Len() > 0 {
		t.Errorf("exit code %d, said %q", code, out.String())
	}
	for _, flag := range []string{"--addr", "--data", "--amqp-url", "--bank-timeout", "--banks", "--client", "--public-url", "--webhook-allow", "--amqp-admin-url", "--kafka-brokers", "--kafka-topic",
		"--rate-limit-client", "--rate-limit-address", "--trusted-proxy", "--max-connections"} {
		if !strings.Contains(errs.String(), flag) {
			t.Errorf("nothing is said about %s:\n%s", flag, errs.String())
		}
	}
}

func TestRun_RefusesPublicCredentialsOutsideLoopback(t *testing.T) {
	for _, args := range [][]string{{"--addr", "0.0.0.0:0"}, {"--addr", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1/32"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--allow-development-credentials") {
			t.Errorf("%v: exit code %d: %s", args, code, errs.String())
		}
	}
}

// Seeded values can be guessed: they are for this machine alone.
func TestRun_RefusesASeedOutsideLoopback(t *testing.T) {
	own := []string{"--client", "shop:a-secret-of-its-own:Shop", "--sign-in", "never", "--seed", "7"}
	for _, at := range [][]string{{"--addr", "0.0.0.0:0"}, {"--addr", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1/32"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), append(at, own...), io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--seed 7") {
			t.Errorf("%v: exit code %d: %s", at, code, errs.String())
		}
	}
}

func TestRun_UnknownFlagAndHelp(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--no-such-flag"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "no-such-flag") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if code := run(t.Context(), []string{"run", "--help"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "SANDBANK_AMQP_URL") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}

func TestRun_TakenPortSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"--addr", l.Addr().String()}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "choose another port") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

// embedded runs the program until the test ends; it returns the output up to
// readiness, and a function that ends the program and returns its exit code.
func embedded(t *testing.T, args ...string) (ready string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--addr", "127.0.0.1:0"}, args...), in, io.Discard)
		_ = in.Close()
	}()
	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ready in") || strings.Contains(lines.Text(), `"ready"`) {
			break
		}
	}
	rest := make(chan struct{})
	go func() { defer close(rest); _, _ = io.Copy(io.Discard, out) }()
	return said.String(), func() int {
		cancel()
		c := <-code
		<-rest
		return c
	}
}

func TestRun_EmbeddedSaysWhatANewcomerNeeds(t *testing.T) {
	said, end := embedded(t)
	for _, word := range []string{"Dashboard", "Demo shop", "Docs", "amqp://guest:guest@127.0.0.1:", "Silent Bank", "demo-shop-secret", "curl -s", "Ready in"} {
		if !strings.Contains(said, word) {
			t.Errorf("%q is missing from:\n%s", word, said)
		}
	}
	began := time.Now()
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if took := time.Since(began); took > grace {
		t.Errorf("took %s to end", took)
	}
}

// Told to end, it goes on for as long as it was asked to.
func TestRun_DrainsBeforeItEnds(t *testing.T) {
	const span = 300 * time.Millisecond
	_, end := embedded(t, "--drain", span.String())
	began := time.Now()
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if took := time.Since(began); took < span {
		t.Errorf("ended after %s; want it to go on for %s", took, span)
	}
}

func TestRun_EmbeddedServesItsParts(t *testing.T) {
	said, end := embedded(t, "--log-format", "json", "--data", t.TempDir())
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(said), &ready); err != nil {
		t.Fatalf("read the line that says the processor is ready: %v: %s", err, said)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]int{
		"/": 200, "/docs": 200, "/docs/http": 200, "/docs/amqp": 200, "/docs/streams": 200, "/graphql/schema.graphql": 200, "/v1/events/stream": 401, "/openapi.json": 200, "/asyncapi.json": 200, "/problems": 200,
		"/problems/bank_offline": 200, "/.well-known/api-catalog": 200, "/.well-known/jwks.json": 200, "/readyz": 200, "/banks": 200,
		"/ledger": 200, "/events": 200, "/dead-letters": 200, "/nothing": 404, "/v1/payments": 401, "//v1/payments": 404, "/pay/nonsense": 404,
	} {
		answer, err := client.Get(ready.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("GET %s: %s, want %d", path, answer.Status, want)
		}
	}
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestCheck_AsksForSomethingToCheck(t *testing.T) {
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"check"}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--data") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"check", "--data", keptData(t)}, &out, &errs); code != 0 || !strings.Contains(out.String(), "All invariants hold") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}

func TestHealth_NobodyThere(t *testing.T) {
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"health", "--addr", "127.0.0.1:1"}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "nobody answers") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

func TestRun_LimitsWhatOneClientAsksFor(t *testing.T) {
	said, end := embedded(t, "--log-format", "json", "--no-shop", "--rate-limit-client", "0.01:2")
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(said), &ready); err != nil {
		t.Fatalf("read the line that says the processor is ready: %v: %s", err, said)
	}
	far, err := client.New(client.Config{Base: ready.URL, ID: "demo-shop", Secret: "demo-shop-secret", Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "", "rate_limited"} {
		if _, err := far.Banks(t.Context()); client.Code(err) != want {
			t.Errorf("request %d: %v", i, err)
		}
	}
	far.Close()
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestLimits_HoldWhereOthersCanAsk(t *testing.T) {
	for name, c := range map[string]struct {
		flags limitFlags
		alone bool
		want  [2]gate.Rate
	}{
		"loopback":  {limitFlags{}, true, [2]gate.Rate{}},
		"elsewhere": {limitFlags{}, false, [2]gate.Rate{usualClientRate, usualAddressRate}},
		"said":      {limitFlags{RateLimitClient: "5", RateLimitAddress: "off"}, false, [2]gate.Rate{{PerSecond: 5, Burst: 25}, {}}},
	} {
		c.flags.MaxConnections = 1
		got, err := c.flags.check(c.alone)
		if err != nil || got.Client != c.want[0] || got.Address != c.want[1] {
			t.Errorf("checked the limits, %s: want %+v, got %+v, %v", name, c.want, got, err)
		}
	}
}

// keptData is a folder in which a processor kept its database.
func keptData(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	s, err := node.OpenStore(t.Context(), node.Database{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A mistyped folder is no database in which all invariants hold: commands that read kept data
// name the folder, and make nothing there.
func TestCommands_MakeNoDatabase(t *testing.T) {
	for _, command := range [][]string{{"check"}, {"rotate-key"}, {"audit", "verify"}, {"audit", "export"}} {
		folder := filepath.Join(t.TempDir(), "mistyped")
		var out, errs bytes.Buffer
		code := run(t.Context(), append(command, "--data", folder), &out, &errs)
		if code != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "--data \""+folder+"\": there is no database") {
			t.Errorf("%v: exit code %d: %s%s", command, code, out.String(), errs.String())
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%v made the folder: %v", command, err)
		}
	}
}
