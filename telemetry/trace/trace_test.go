package trace_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/internal/otlptest"
	"sandbank/telemetry/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent  = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// settings are those of a test, with variables instead of the process's.
func settings(log *slog.Logger, variables map[string]string) trace.Settings {
	return trace.Settings{
		Service: "shop", Version: "1.2.3", Getenv: func(name string) string { return variables[name] }, Now: time.Now, Log: log,
		Random: func(n int) []byte { b := make([]byte, n); _, _ = rand.Read(b); return b },
		Pause:  func(context.Context, time.Duration) error { return nil },
	}
}

func opened(t *testing.T, s trace.Settings) *trace.Tracer {
	t.Helper()
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	tracer, err := trace.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracer.Close(context.WithoutCancel(t.Context())) })
	return tracer
}

// A malformed header is as none: https://www.w3.org/TR/trace-context/, section 3.2.2.
func TestParse_TakesWhatTheRecommendationTakes(t *testing.T) {
	for header, want := range map[string]trace.Context{
		parent: parent, parent[:len(parent)-1] + "0": trace.Context(parent[:len(parent)-1] + "0"),
		"cc" + parent[2:] + "-what-the-future-will-be-like": parent,
		"": "", "nonsense": "", parent + "-more": "", "ff" + parent[2:]: "", strings.ToUpper(parent): "", parent[:54]: "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": "", "00-" + traceID + "-0000000000000000-01": "",
		"00-" + traceID + "-00f067aa0ba902b7-0x": "", strings.Repeat("0", 10_000): "", "00_" + parent[3:]: "",
	} {
		if got := trace.Parse(header, ""); got != want {
			t.Errorf("Parse(%.80q): expected %q, got %q", header, want, got)
		}
	}
	for state, want := range map[string]string{"congo=t61rcWkgMzE": "congo=t61rcWkgMzE", "not a state": "", strings.Repeat("a=b,", 200): ""} {
		got := trace.Parse(parent, state)
		if got.State() != want || got.Parent() != parent || got.Trace() != traceID || !got.Sampled() {
			t.Errorf("Parse with the state %.40q: expected the state %q and the parent, got %q", state, want, got)
		}
	}
	if unsampled := trace.Parse(parent[:len(parent)-1]+"0", ""); unsampled.Sampled() {
		t.Error("a traceparent with the flags 00: expected it not to be sampled")
	}
}

// Off, a hop costs no memory at all.
func TestTracer_OffAllocatesNothing(t *testing.T) {
	var off *trace.Tracer
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() {
		s := off.In(time.Now).StartAt(off.Now(), trace.Of(ctx, ""), trace.Producer, "publish", s0.Context())
		s.Text("key", "value")
		s.Number("key", 1)
		s.Link(parent)
		s.Failed("why")
		s.End()
		_ = trace.With(ctx, s.Context())
	}); n > 0 {
		t.Errorf("a span of a tracer that is off: expected no allocation, got %v", n)
	}
	h := http.NotFoundHandler()
	if got := reflect.ValueOf(off.Requests(h, nil)).Pointer(); got != reflect.ValueOf(h).Pointer() || off.Close(ctx) != nil {
		t.Error("the handler of a tracer that is off: expected the one that was given, and no error")
	}
}

var s0 trace.Span

// What is recorded arrives whole, as OpenTelemetry's own types read it.
func TestTracer_ExportsSpans(t *testing.T) {
	to := otlptest.New(t)
	s := settings(slog.New(slog.DiscardHandler), map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20abc, x-team = money"})
	s.Endpoint = to.URL() + "/"
	tracer := opened(t, s).In(func() time.Time { return time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC) })
	root := tracer.StartAt(time.Now(), trace.Parse(parent, "congo=t61"), trace.Server, "POST /v1/payments", "00-"+traceID+"-1111111111111111-01")
	child := tracer.Start(root.Context(), trace.Internal, "commit")
	child.Text("sandbank.payment.id", "pay_1")
	child.Text("empty", "")
	child.Number("sandbank.ledger.entries", 2)
	child.Happened("payment.captured")
	child.Failed("the disk is full")
	child.End()
	root.End()
	spans := to.Await(traceID, "two spans", func(list []otlptest.Span) bool { return len(list) == 2 })
	r, c := spans[0], spans[1]
	if r.Name != "POST /v1/payments" || r.Kind != "SERVER" || r.Parent != "00f067aa0ba902b7" || r.Service != "shop" || len(r.Links) != 1 || r.Links[0] != "1111111111111111" {
		t.Errorf("the root: %+v", r)
	}
	if c.Parent != r.ID || c.Kind != "INTERNAL" || c.Error != "the disk is full" || len(c.Events) != 1 || c.Events[0] != "payment.captured" || c.Ended.Before(c.Began) {
		t.Errorf("the child: %+v", c)
	}
	want := map[string]string{"sandbank.payment.id": "pay_1", "sandbank.ledger.entries": "2", "sandbank.simulated_time": "2027-01-01T08:00:00Z"}
	for key, value := range want {
		if c.Attributes[key] != value || len(c.Attributes) != len(want) {
			t.Errorf("the child's attributes: expected %v, got %v", want, c.Attributes)
		}
	}
	if got := to.Header(); got.Get("Authorization") != "Bearer abc" || got.Get("X-Team") != "money" {
		t.Errorf("the request's headers: expected those of the variable, got %v", got)
	}
	if root.Context().State() != "congo=t61" {
		t.Errorf("the tracestate: expected congo=t61, got %q", root.Context().State())
	}
}

// An unreachable collector is said once, and its way back, too; nobody waits for it.
func TestTracer_SaysOnceThatNobodyCollects(t *testing.T) {
	var log lines
	there := false
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !there {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(collector.Close)
	s := settings(slog.New(slog.NewTextHandler(&log, nil)), nil)
	s.Endpoint = collector.URL
	tracer := opened(t, s)
	flush := func() { tracer.Start("", trace.Internal, "work").End(); _ = tracer.Flush(t.Context()) }
	flush()
	flush()
	if got := strings.Count(log.String(), "cannot be exported"); got != 1 {
		t.Errorf("after two batches that failed: expected it said once, got %d times in\n%s", got, log.String())
	}
	there = true
	flush()
	if !strings.Contains(log.String(), "exported again") {
		t.Errorf("after a batch that arrived: expected that in\n%s", log.String())
	}
}

// lines is a log of one goroutine at a time: the test reads it after a flush.
type lines = bytes.Buffer

// A bad value is an error that names its variable, and shows no secret.
func TestOpen_NamesABadValue(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
		"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_HEADERS": "hush-hush", "OTEL_TRACES_SAMPLER": "sometimes",
	} {
		variables := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", name: value}
		_, err := trace.Open(t.Context(), settings(slog.Default(), variables))
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s=%s: expected an error that names it, got %v", name, value, err)
		}
	}
	variables := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}
	if _, err := trace.Open(t.Context(), settings(slog.Default(), variables)); err == nil || !strings.Contains(err.Error(), "OTEL_TRACES_SAMPLER_ARG") {
		t.Errorf("a share of 2: expected an error that names it, got %v", err)
	}
}

// Off is what nobody asked for, and what a variable forbids.
func TestOpen_IsOff(t *testing.T) {
	at := "http://127.0.0.1:1"
	for _, variables := range []map[string]string{
		{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": at, "OTEL_SDK_DISABLED": "TRUE"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": at, "OTEL_TRACES_EXPORTER": "none"},
	} {
		if tracer, err := trace.Open(t.Context(), settings(slog.Default(), variables)); tracer != nil || err != nil {
			t.Errorf("with %v: expected no tracer, got one and %v", variables, err)
		}
	}
}

// What is not sampled is passed on as such, and not recorded.
func TestTracer_RecordsWhatIsSampled(t *testing.T) {
	to := otlptest.New(t)
	s := settings(slog.New(slog.DiscardHandler), nil)
	s.Endpoint = to.URL()
	tracer := opened(t, s)
	quiet := tracer.Start(trace.Parse(parent[:len(parent)-1]+"0", ""), trace.Internal, "quiet")
	if quiet.Recorded() || quiet.Context().Sampled() || quiet.Context().Trace() != traceID {
		t.Errorf("under an unsampled parent: expected the trace unsampled, got %q", quiet.Context())
	}
	quiet.End()
	tracer.Start(parent, trace.Internal, "loud").End()
	to.Await(traceID, "the sampled span alone", func(list []otlptest.Span) bool { return len(list) == 1 && list[0].Name == "loud" })
}

// A request gets a span where it brings a trace, or where something with a trace is asked for; a log line names it.
func TestRequests_JoinsTheTraceOfWhatIsAskedFor(t *testing.T) {
	to := otlptest.New(t)
	s := settings(slog.New(slog.DiscardHandler), nil)
	s.Endpoint = to.URL()
	tracer := opened(t, s)
	const other = trace.Context("00-11111111111111111111111111111111-2222222222222222-01")
	var log bytes.Buffer
	logger := slog.New(trace.Logged(slog.NewTextHandler(&log, nil)))
	handler := tracer.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/joins" {
			trace.Of(r.Context(), other)
		}
		logger.InfoContext(r.Context(), r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
	}), func(r *http.Request) string { return r.URL.Path })
	ask := func(path string, parents ...string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header["Traceparent"] = parents
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("/polls")
	ask("/brings", parent)
	ask("/twice", parent, parent)
	ask("/joins")
	got := to.Await(other.Trace(), "the request that joins", func(list []otlptest.Span) bool { return len(list) == 1 })[0]
	if got.Name != "GET /joins" || got.Parent != "2222222222222222" || got.Attributes["http.response.status_code"] != "418" || got.Attributes["http.route"] != "/joins" {
		t.Errorf("the request that joins: %+v", got)
	}
	to.Await(traceID, "the request that brings a trace", func(list []otlptest.Span) bool { return len(list) == 1 && list[0].Name == "GET /brings" })
	if n := len(to.Spans()); n != 2 {
		t.Errorf("expected 2 spans of 4 requests, got %d: %v", n, to.Spans())
	}
	for line := range strings.Lines(log.String()) {
		if named := strings.Contains(line, "trace_id="); named != (strings.Contains(line, "/brings") || strings.Contains(line, "/joins")) {
			t.Errorf("the log line: %s", line)
		}
	}
}
