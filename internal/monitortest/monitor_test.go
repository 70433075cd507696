package monitortest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/bank"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/internal/otlptest"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/node"
	"sandbank/payment"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
	"sandbank/web/contract"
)

func TestMain(m *testing.M) { engine.Main(m, func() error { return goleak.Find() }) }

const folder = "../../monitoring"

// promtool runs Prometheus' own checker in the folder.
func promtool(t *testing.T, in io.Reader, arguments ...string) {
	t.Helper()
	program, err := engine.Promtool()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, arguments...)
	c.Dir, c.Stdin = folder, in
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// The configuration and the rules are what Prometheus takes, and each alarm rings where it is to and nowhere else.
func TestMonitoring_PromtoolTakesIt(t *testing.T) {
	promtool(t, nil, "check", "config", "prometheus.yml")
	promtool(t, nil, "check", "rules", "alerts.yml")
	promtool(t, nil, "test", "rules", "alerts_test.yml")
	rules, tests := read(t, "alerts.yml"), read(t, "alerts_test.yml")
	for _, alarm := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1) {
		if !strings.Contains(tests, `alertname="`+alarm[1]+`"`) {
			t.Errorf("the alarm %s: expected a test that has it ring", alarm[1])
		}
	}
}

// running is a processor after a payment that was traced, and the merchant's client.
func running(t *testing.T) *node.Node {
	t.Helper()
	spans := otlptest.New(t)
	tracer, err := trace.Open(t.Context(), trace.Settings{
		Endpoint: spans.URL(), Service: "sandbank-processor", Getenv: func(string) string { return "" },
		Random: chance.Secret, Now: clock.Real{}.Now, Pause: clock.Pause, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	n, err := node.New(t.Context(), node.Config{Banks: node.Banks{Tempers: bank.Seven()[:1]}, Tracer: tracer})
	if err == nil {
		err = n.Start(t.Context())
	}
	if err == nil {
		err = n.Await(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := n.Close(ctx); err != nil {
			t.Error(err)
		}
		_ = tracer.Close(ctx)
	})
	c, err := client.New(client.Config{Base: n.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.CreateEndpoint(t.Context(), client.NewEndpoint{URL: receiver.URL, Events: []string{"*"}}); err != nil {
		t.Fatal(err)
	}
	p, err := c.CreatePayment(trace.With(t.Context(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), client.NewPayment{
		Amount: money.Must("10", "EUR"), Reference: "order-1", ReturnURL: "https://shop.example/",
	}, "order-1")
	if err == nil {
		p, err = c.Simulate(t.Context(), p.ID, json.RawMessage(`{"customer": [{"action": "pay", "card": "4242424242424242"}]}`))
	}
	if err != nil {
		t.Fatal(err)
	}
	awaited(t, "the payment is captured, and its webhooks arrived", func() bool {
		p, err = c.Payment(t.Context(), p.ID)
		return err == nil && payment.Status(p.Status) == payment.Captured && strings.Contains(metrics(t, n.Routes(), ""), "\nsandbank_webhooks_waiting 0\n")
	})
	wrong, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL()+"/v1/payments", nil)
	if err != nil {
		t.Fatal(err)
	}
	wrong.Header.Set("Authorization", "Bearer wrong")
	answer, err := http.DefaultClient.Do(wrong)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return n
}

func awaited(t *testing.T, what string, done func() bool) {
	t.Helper()
	over := time.After(5 * time.Minute)
	for !done() {
		select {
		case <-over:
			t.Fatalf("expected within five minutes: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

const openMetrics = "application/openmetrics-text;version=1.0.0"

func metrics(t *testing.T, from http.Handler, accept string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	from.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: expected 200, got %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// What the programs tell passes Prometheus' linter; the rules and the dashboard ask for names and labels that are told.
func TestMonitoring_AsksForWhatIsTold(t *testing.T) {
	n := running(t)
	told := metrics(t, n.Routes(), "")
	promtool(t, strings.NewReader(told), "check", "metrics")
	series := seriesOf(told)
	for file, asked := range queries(t) {
		for _, expression := range asked {
			checkQuery(t, file, expression, series)
		}
	}
	if with := metrics(t, n.Routes(), openMetrics); !regexp.MustCompile(`http_server_request_duration_seconds_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}"\}`).MatchString(with) ||
		!strings.Contains(with, `# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"}`) {
		t.Error("the meters in OpenMetrics: expected exemplars with the trace's id")
	}
}

// The meters of banks and shops pass the linter as well.
func TestMonitoring_BanksAndShopsPassTheLinter(t *testing.T) {
	banks := meter.NewBanks([]string{"approved"})
	banks.Answered("SANDNL2A", "authorize", "approved", time.Second, "")
	promtool(t, strings.NewReader(metrics(t, banks.Handler(bank.Meters{bank.New(bank.Seven()[0], bank.Config{Clock: clock.Following{}})}), "")), "check", "metrics")
	shop := meter.NewShop(event.Types())
	shop.Hooked("payment.captured")
	promtool(t, strings.NewReader(metrics(t, shop.Handler(), "")), "check", "metrics")
}

// seriesOf are the labels of each series, by its name.
func seriesOf(told string) map[string]map[string]bool {
	series := map[string]map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? [^ ]+$`).FindAllStringSubmatch(told, -1) {
		if series[m[1]] == nil {
			series[m[1]] = map[string]bool{}
		}
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			series[m[1]][l[1]] = true
		}
	}
	return series
}

// queries are the expressions of the rules and of the dashboard, by file.
func queries(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^ +expr: (.+)$`).FindAllStringSubmatch(read(t, "alerts.yml"), -1) {
		found["alerts.yml"] = append(found["alerts.yml"], m[1])
	}
	dashboards, err := filepath.Glob(folder + "/grafana/dashboards/*.json")
	if err != nil || len(dashboards) == 0 {
		t.Fatalf("dashboards: expected some, got %v", err)
	}
	for _, path := range dashboards {
		var board struct {
			Panels []struct {
				Title, Description string
				Type               string
				Targets            []struct{ Expr string }
			}
		}
		text := read(t, strings.TrimPrefix(path, folder+"/"))
		decoder := json.NewDecoder(strings.NewReader(text))
		if err := decoder.Decode(&board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range board.Panels {
			if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
				t.Errorf("%s: the panel %q needs a description and a query", path, p.Title)
			}
			for _, target := range p.Targets {
				found[path] = append(found[path], target.Expr)
			}
		}
	}
	return found
}

// elsewhere are names that Prometheus makes itself, and labels that it adds.
var (
	elsewhere = []string{"up", "ALERTS"}
	added     = []string{"job", "instance", "le"}
)

var (
	selector = regexp.MustCompile(`\b([a-z]\w*)(?:\{([^}]*)\})?`)
	grouping = regexp.MustCompile(`\b(?:by|on|without) \(([^)]*)\)`)
	matcher  = regexp.MustCompile(`(\w+) ?(?:=~|!~|!=|=) ?"([^"]*)"`)
)

// checkQuery complains about what an expression asks for and nobody tells.
func checkQuery(t *testing.T, file, expression string, series map[string]map[string]bool) {
	t.Helper()
	labels := map[string]bool{}
	names := 0
	for _, m := range selector.FindAllStringSubmatch(grouping.ReplaceAllString(expression, ""), -1) {
		known, told := series[m[1]]
		if slices.Contains(elsewhere, m[1]) {
			names++
			known, told = map[string]bool{"job": true, "instance": true}, true
		}
		if !told {
			if strings.Contains(m[1], "_") && m[1] != "histogram_quantile" && m[1] != "__rate_interval" && !strings.HasPrefix(m[1], "too_many") && !worded(m[1]) {
				t.Errorf("%s: %s: nobody tells %s", file, expression, m[1])
			}
			continue
		}
		names++
		for label := range known {
			labels[label] = true
		}
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			if !known[l[1]] && !slices.Contains(added, l[1]) {
				t.Errorf("%s: %s: %s has no label %s", file, expression, m[1], l[1])
			}
			checkValue(t, file, expression, l[1], l[2])
		}
	}
	if names == 0 {
		t.Errorf("%s: %s: expected a meter in it", file, expression)
	}
	for _, g := range grouping.FindAllStringSubmatch(expression, -1) {
		for _, l := range strings.Split(g[1], ",") {
			if l = strings.TrimSpace(l); !labels[l] && !slices.Contains(added, l) {
				t.Errorf("%s: %s: no meter in it has the label %s", file, expression, l)
			}
		}
	}
}

// worded reports whether a word is a value, such as a problem's code or a label.
func worded(word string) bool {
	return slices.Contains(codes(), word) || slices.Contains([]string{"bank_timeout", "http_response_status_code", "http_route", "sandbank_caller"}, word)
}

// checkValue complains about a label's value that cannot come about.
func checkValue(t *testing.T, file, expression, label, values string) {
	t.Helper()
	for _, value := range strings.Split(values, "|") {
		var known []string
		switch label {
		case "code":
			known = codes()
		case "status":
			for _, s := range payment.Statuses() {
				known = append(known, string(s))
			}
		case "outcome":
			known = []string{"written", "refused", "failed", "delivered"}
		case "verdict":
			known = []string{string(payment.VerdictMismatch), string(payment.VerdictLate), string(payment.VerdictDuplicate), string(payment.VerdictApplied)}
		default:
			continue
		}
		if !slices.Contains(known, value) {
			t.Errorf("%s: %s: %s is never %q", file, expression, label, value)
		}
	}
}

// codes are those of all problems.
func codes() (list []string) {
	for _, p := range contract.Problems() {
		list = append(list, p.Code)
	}
	return list
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(text, []byte("\r"), nil))
}
