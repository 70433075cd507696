package trace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// exporter posts spans to a collector, as OTLP over HTTP describes it (https://opentelemetry.io/docs/specs/otlp/).
// The SDK calls it from a goroutine of its own, behind a queue with a bound: nothing that is traced ever waits.
type exporter struct {
	url    string
	shown  string // without a password
	header http.Header
	client *http.Client
	pause  func(context.Context, time.Duration) error
	log    *slog.Logger
	failed atomic.Bool // the last batch did not arrive
}

// ExportSpans implements [sdk.SpanExporter]. What cannot be exported is dropped; that is said once, until it
// works again. The SDK would print an error to the standard error stream, so it gets none.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.post(ctx, encode(spans))
	switch before := e.failed.Swap(err != nil); {
	case err != nil && !before:
		e.log.Warn("spans cannot be exported; they are dropped until this works", "endpoint", e.shown, "error", err)
	case err == nil && before:
		e.log.Info("spans are exported again", "endpoint", e.shown)
	}
	return nil
}

// Shutdown implements [sdk.SpanExporter].
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

const (
	mostTries = 3
	longest   = 10 * time.Second // that a collector's Retry-After is heeded
)

// post sends a body, and again where the collector says that it may work later.
func (e *exporter) post(ctx context.Context, body []byte) error {
	wait := 500 * time.Millisecond
	for try := 1; ; try++ {
		again, after, err := e.try(ctx, body)
		if err == nil || !again || try == mostTries {
			return err
		}
		if after > 0 {
			wait = after
		}
		if stopped := e.pause(ctx, wait); stopped != nil {
			return err
		}
		wait *= 2
	}
}

func (e *exporter) try(ctx context.Context, body []byte) (again bool, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, 0, err
	}
	r.Header = e.header.Clone()
	answer, err := e.client.Do(r)
	if err != nil {
		return false, 0, err // nobody is there: the next batch finds out
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, 0, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		again, after = true, min(time.Duration(max(0, min(seconds, 3600)))*time.Second, longest)
	}
	return again, after, fmt.Errorf("the collector answered %s", answer.Status)
}
