package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
)

// Settings say where spans go. The variables are those that OpenTelemetry's specification has for every SDK;
// the sampler (OTEL_TRACES_SAMPLER), limits (OTEL_SPAN_…) and batches (OTEL_BSP_…) are read by the SDK itself.
type Settings struct {
	Endpoint string // URL of a collector, to which /v1/traces is added; "" leaves it to the variables
	Service  string // name of the program, unless OTEL_SERVICE_NAME says another
	Version  string // of the program; "" for none
	Getenv   func(string) string
	Random   func(n int) []byte                         // of identifiers
	Now      func() time.Time                           // the computer's time
	Pause    func(context.Context, time.Duration) error // by the computer's time
	Log      *slog.Logger
}

// Open makes a tracer, and nil where nothing says that spans are to go anywhere, or a variable says that they
// are not to. A bad value is an error that names it.
func Open(ctx context.Context, s Settings) (*Tracer, error) {
	off := strings.EqualFold(s.Getenv("OTEL_SDK_DISABLED"), "true") || s.Getenv("OTEL_TRACES_EXPORTER") == "none"
	at, named := s.endpoint()
	if off || at == "" {
		return nil, nil
	}
	to, err := s.exporter(at, named)
	if err = errors.Join(err, s.checkSampler(), s.checkProtocol()); err != nil {
		return nil, err
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", s.Service), attribute.String("service.version", s.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES %q: write it as key=value,key=value", s.Getenv("OTEL_RESOURCE_ATTRIBUTES"))
	}
	var pace []sdk.BatchSpanProcessorOption
	if s.Getenv("OTEL_BSP_SCHEDULE_DELAY") == "" {
		pace = append(pace, sdk.WithBatchTimeout(time.Second)) // who looks at a payment's trace has just made it
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(to, pace...), sdk.WithResource(about), sdk.WithIDGenerator(identifiers{s.Random}))
	return &Tracer{tracer: provider.Tracer("sandbank", otel.WithInstrumentationVersion(s.Version)), provider: provider, computer: s.Now}, nil
}

// endpoint is the URL to which spans go, and the name of the setting that says so; "" for nowhere.
func (s Settings) endpoint() (at, named string) {
	if s.Endpoint != "" {
		return strings.TrimRight(s.Endpoint, "/") + "/v1/traces", "--otlp-endpoint"
	}
	if whole := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"; s.Getenv(whole) != "" {
		return s.Getenv(whole), whole
	}
	if base := "OTEL_EXPORTER_OTLP_ENDPOINT"; s.Getenv(base) != "" {
		return strings.TrimRight(s.Getenv(base), "/") + "/v1/traces", base
	}
	return "", ""
}

// of is a variable's value for traces, or else that for every signal.
func (s Settings) of(name string) (value, named string) {
	named = "OTEL_EXPORTER_OTLP_TRACES_" + name
	if value = s.Getenv(named); value == "" {
		named = "OTEL_EXPORTER_OTLP_" + name
		value = s.Getenv(named)
	}
	return value, named
}

// timeout is how long a collector may take for one batch, unless a variable says otherwise.
const timeout = 10 * time.Second

func (s Settings) exporter(at, named string) (*exporter, error) {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s %q: write it as a URL, such as http://127.0.0.1:4318", named, at)
	}
	e := &exporter{url: at, shown: u.Redacted(), header: http.Header{}, pause: s.Pause, log: s.Log, client: &http.Client{Timeout: timeout, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout, IdleConnTimeout: time.Minute,
	}}}
	if text, name := s.of("TIMEOUT"); text != "" {
		millis, err := strconv.Atoi(text)
		if err != nil || millis < 1 {
			return nil, fmt.Errorf("%s %q: must be a number of milliseconds", name, text)
		}
		e.client.Timeout = time.Duration(millis) * time.Millisecond
	}
	text, name := s.of("HEADERS")
	for _, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil { // the value may be a secret
			return nil, fmt.Errorf("%s: write it as name=value,name=value, with the values percent-encoded", name)
		}
		e.header.Set(strings.TrimSpace(key), value)
	}
	e.header.Set("Content-Type", "application/x-protobuf")
	return e, nil
}

// checkProtocol reports a protocol that this program does not speak.
func (s Settings) checkProtocol() error {
	if text, name := s.of("PROTOCOL"); text != "" && text != "http/protobuf" {
		return fmt.Errorf("%s %q: spans go by http/protobuf alone; collectors take it on port 4318", name, text)
	}
	return nil
}

// checkSampler reports a sampler that the SDK would replace by its default.
func (s Settings) checkSampler() error {
	const name, argument = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	switch chosen := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s.Getenv(name))), "parentbased_"); chosen {
	case "", "always_on", "always_off":
	case "traceidratio":
		if ratio, err := strconv.ParseFloat(s.Getenv(argument), 64); s.Getenv(argument) != "" && (err != nil || ratio < 0 || ratio > 1) {
			return fmt.Errorf("%s %q: must be a share from 0 to 1", argument, s.Getenv(argument))
		}
	default:
		return fmt.Errorf("%s %q: must be always_on, always_off or traceidratio, each also with parentbased_ before it", name, s.Getenv(name))
	}
	return nil
}

// identifiers makes those of traces and spans. They are never repeated, also not by a seed: two runs would be
// one trace to whoever collects them.
type identifiers struct{ random func(int) []byte }

// NewIDs implements [sdk.IDGenerator].
func (i identifiers) NewIDs(ctx context.Context) (id otel.TraceID, _ otel.SpanID) {
	for !id.IsValid() {
		copy(id[:], i.random(len(id)))
	}
	return id, i.NewSpanID(ctx, id)
}

// NewSpanID implements [sdk.IDGenerator].
func (i identifiers) NewSpanID(context.Context, otel.TraceID) (id otel.SpanID) {
	for !id.IsValid() {
		copy(id[:], i.random(len(id)))
	}
	return id
}
