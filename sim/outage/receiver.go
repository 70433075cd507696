package outage

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"sandbank/sim"
)

// FaultHeader names the fault on an answer that it made.
const FaultHeader = "Sandbank-Fault"

// Receiver sends requests to a webhook endpoint, unless a fault strikes: then the endpoint is not
// touched, and the answer is the fault's.
func (b *Board) Receiver(next http.RoundTripper, endpoint func(context.Context) string) http.RoundTripper {
	return receiver{b, next, endpoint}
}

type receiver struct {
	board    *Board
	next     http.RoundTripper
	endpoint func(context.Context) string
}

// RoundTrip implements [http.RoundTripper].
func (r receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	f, undone, struck := r.board.strike(Meeting{
		Kinds: []sim.FaultKind{sim.ReceiverResets, sim.ReceiverHangs, sim.ReceiverFails}, Endpoint: r.endpoint(q.Context()),
	})
	if !struck {
		return r.next.RoundTrip(q)
	}
	if f.Kind == sim.ReceiverHangs {
		select {
		case <-q.Context().Done():
		case <-undone:
		}
		if q.Context().Err() == nil {
			return r.next.RoundTrip(q)
		}
	}
	if q.Body != nil {
		_ = q.Body.Close()
	}
	switch f.Kind {
	case sim.ReceiverResets:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: onPurpose{f, syscall.ECONNRESET}}
	case sim.ReceiverHangs:
		return nil, onPurpose{f, context.Cause(q.Context())}
	}
	const text = "This answer was made on purpose. The endpoint was not called."
	return &http.Response{
		Status: "500 Internal Server Error", StatusCode: http.StatusInternalServerError, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"text/plain; charset=utf-8"}, FaultHeader: {f.ID}},
		ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)), Request: q,
	}, nil
}

// onPurpose is an error that a fault brought about.
type onPurpose struct {
	fault sim.Fault
	err   error
}

func (o onPurpose) Error() string { return o.err.Error() + ": " + Error(o.fault).Error() }

func (o onPurpose) Unwrap() error { return o.err }
