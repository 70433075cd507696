package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

const (
	// Timeout is how long a receiver may take for its whole answer.
	Timeout = 10 * time.Second
	// MaxRetryAfter is the longest Retry-After that is honored.
	MaxRetryAfter = time.Hour
	// MaxRequest bounds the body of a request, in bytes. No event is larger.
	MaxRequest = event.MaxBody
)

// Sender posts deliveries. It follows no redirect, and looks at the address it
// dials, after DNS, every time: a name that resolves to an inside address later
// is refused as well as one that does at once.
type Sender struct {
	client *http.Client
	idle   func() // drops the idle connections of a transport that is behind another
	clock  clock.Computer
}

// NewSender makes a sender that dials only addresses that the guard lets pass.
func NewSender(guard Guard, c clock.Computer) *Sender {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return guard(at)
		},
	}
	return &Sender{clock: c, client: &http.Client{
		Timeout:       Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			// Tries are bounded per endpoint, not per host: many endpoints may share one.
			DialContext: dialer.DialContext, MaxIdleConnsPerHost: PerEndpoint,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: Timeout, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true,
		},
	}}
}

// Through has requests go through a further transport, before those are sent.
func (s *Sender) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	plain := *s.client
	s.idle, s.client.Transport = plain.CloseIdleConnections, wrap(s.client.Transport)
}

// endpointKey is where a request's context has the id of its endpoint.
type endpointKey struct{}

// EndpointOf is the id of the endpoint that a request with this context is for.
func EndpointOf(ctx context.Context) string {
	id, _ := ctx.Value(endpointKey{}).(string)
	return id
}

// Close drops idle connections.
func (s *Sender) Close() {
	if s.idle != nil {
		s.idle()
	}
	s.client.CloseIdleConnections()
}

// Send makes one try.
func (s *Sender) Send(ctx context.Context, d Delivery) Attempt {
	a := Attempt{At: s.clock.Now(), Number: d.Tries + 1}
	began := time.Now()
	request, err := s.request(ctx, d, &a)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	response, err := s.client.Do(request)
	if err != nil {
		a.Error, a.Took = err.Error(), time.Since(began)
		return a
	}
	defer func() { _ = response.Body.Close() }()
	a.Code, a.Response, a.Took = response.StatusCode, beginning(response), time.Since(began)
	a.Headers = lines(response.Header)
	if a.Code >= 300 && a.Code < 400 {
		a.Error = "redirects are not followed; register the final URL"
	}
	a.RetryAfter = retryAfter(response.Header.Get("Retry-After"), a.At)
	return a
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3), within bounds.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(max(0, min(seconds, int(MaxRetryAfter/time.Second)))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), MaxRetryAfter))
}

// beginning is the part of an answer's body that is kept.
func beginning(response *http.Response) string {
	if response.ContentLength == 0 {
		return "" // most receivers have nothing to say
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, MaxKept))
	// An honest receiver's answer is short; the rest of a longer one is not read,
	// and costs it the connection.
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	return string(bytes.ToValidUTF8(body, []byte("?")))
}

// lines writes an answer's headers by name, within bounds. Cookies are the
// receiver's own business.
func lines(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if name == "Set-Cookie" {
				value = "(not kept)"
			}
			if b.Len()+len(name)+len(value)+3 > MaxKept {
				return b.String()
			}
			b.WriteString(name + ": " + strings.ToValidUTF8(value, "?") + "\n")
		}
	}
	return b.String()
}

// request makes the request of a try and notes its parts.
func (s *Sender) request(ctx context.Context, d Delivery, a *Attempt) (*http.Request, error) {
	d.Endpoint = d.Endpoint.For(d.Event)
	a.Request = Request{URL: d.Endpoint.URL, Body: d.Endpoint.Chosen().Body}
	if d.Edited != nil {
		a.Request.Body, a.Request.Edited = BodyEdited, string(d.Edited)
		a.Number = 0
	}
	body := a.body(d.Event)
	if len(body) > MaxRequest {
		return nil, fmt.Errorf("the body has %d bytes; %d are sent at most", len(body), MaxRequest)
	}
	signature, err := d.Endpoint.signature(messageID(d.Event, a.Request), a.signedAt(d.Event), body)
	if err != nil {
		return nil, err
	}
	if signature != "" && a.spoiled(d.Event, sim.BrokenSignature) {
		signature = broken(signature)
	}
	a.Request.Signature = signature
	r, err := http.NewRequestWithContext(context.WithValue(ctx, endpointKey{}, d.Endpoint.ID), http.MethodPost, d.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the endpoint's URL is not valid: %w", err)
	}
	for _, line := range a.head(d.Event) {
		r.Header[canonicals[line.Name]] = []string{line.Value}
	}
	if at := trace.Reached(ctx); at != "" {
		r.Header.Set(trace.HeaderParent, at.Parent())
		if state := at.State(); state != "" {
			r.Header.Set(trace.HeaderState, state)
		}
	}
	return r, nil
}

// broken is a signature that fits nothing, of the form of one that does.
func broken(signature string) string {
	if strings.HasPrefix(signature, stripeTime) {
		return brokenStripe(signature)
	}
	parts := strings.Split(signature, " ")
	for i, p := range parts {
		version, value, _ := strings.Cut(p, ",")
		first := "A"
		if strings.HasPrefix(value, first) {
			first = "B"
		}
		parts[i] = version + "," + first + value[min(1, len(value)):]
	}
	return strings.Join(parts, " ")
}

// canonicals are the headers of every webhook as package http writes them, so
// that they are not worked out for each.
var canonicals = func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{"Content-Type", "User-Agent", "Accept", HeaderID, HeaderTimestamp, HeaderSignature, HeaderStripe, HeaderEdited} {
		m[name] = http.CanonicalHeaderKey(name)
	}
	return m
}()
