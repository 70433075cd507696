package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	jsonv2 "github.com/go-json-experiment/json"

	"sandbank/telemetry/trace"
)

// request is one call of the API.
type request struct {
	method string
	path   string // with its query
	body   any    // nil for none; of a []byte its bytes, with a Content-Type in header
	header map[string]string
	// repeatable means that a second try does no harm.
	repeatable bool
	// wait is how long the processor may hold the answer back.
	wait time.Duration
}

// answer is a response with the headers that a caller may need.
type answer struct {
	status int
	header http.Header
}

// These bound what is read of an answer, in bytes.
const (
	maxAnswer = 8 << 20
	maxFile   = 128 << 20
)

// errUnreadable marks an answer that came and made no sense: asking again
// would bring the same.
var errUnreadable = errors.New("client: the answer cannot be read")

// The waits between tries double from the first to the longest. Each is spread
// over its upper half, so that many clients do not come back together.
//
//	try    1   2       3       4       5       6…
//	after  0   0.2 s   0.4 s   0.8 s   1.6 s   3 s
//
// A longer Retry-After of the processor goes first.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 3 * time.Second
)

// call makes a request, repeats it while that is safe and may help, and decodes
// the answer into out.
func (c *Client) call(ctx context.Context, q request, out any) (answer, error) {
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		got, err := c.try(ctx, q, out)
		if err == nil || ctx.Err() != nil || !q.repeatable || !Temporary(err) {
			return got, err
		}
		wait := pause/2 + rand.N(pause/2)
		if p, ok := errors.AsType[*Problem](err); ok {
			wait = max(wait, p.RetryAfter)
		}
		if time.Since(began)+wait > c.patience {
			return got, err
		}
		if err := sleep(ctx, wait); err != nil {
			return got, err
		}
	}
}

// Temporary reports whether a failure may be gone at the next try: the processor
// was away or busy. The request may have been carried out nevertheless, so
// repeat it only where that is safe. An offline bank is not worth waiting for:
// naming another one is quicker.
func Temporary(err error) bool {
	if err == nil || errors.Is(err, errUnreadable) || errors.Is(err, context.Canceled) {
		return false
	}
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		return true
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		return p.Code != "bank_offline"
	case http.StatusConflict:
		return p.Code == "idempotency_key_in_flight"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// try makes a request once, or twice where the token turns out to be refused:
// the processor may have a new key since it was made.
func (c *Client) try(ctx context.Context, q request, out any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout+q.wait)
	defer cancel()
	for fresh := false; ; fresh = true {
		bearer, err := c.token.get(ctx)
		if err != nil {
			return answer{}, c.reached(err)
		}
		got, err := c.send(ctx, q, bearer, out)
		if got.status != http.StatusUnauthorized || fresh {
			return got, c.reached(err)
		}
		c.token.drop(bearer)
	}
}

func (c *Client) send(ctx context.Context, q request, bearer string, out any) (answer, error) {
	r, err := c.request(ctx, q)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	got, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer drain(got)
	meta := answer{got.StatusCode, got.Header}
	switch {
	case got.StatusCode >= 400:
		return meta, problemOf(got)
	case got.StatusCode == http.StatusNotModified || got.StatusCode == http.StatusNoContent || out == nil:
		return meta, nil
	case got.StatusCode >= 300:
		return meta, fmt.Errorf("%w: %s %s redirects to %s", errUnreadable, q.method, q.path, got.Header.Get("Location"))
	}
	return meta, decode(got.Body, out)
}

func (c *Client) request(ctx context.Context, q request) (*http.Request, error) {
	var body io.Reader
	switch plain := q.body.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(plain)
	default:
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+q.path, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if at := trace.Reached(ctx); at != "" {
		r.Header.Set(trace.HeaderParent, at.Parent())
		if state := at.State(); state != "" {
			r.Header.Set(trace.HeaderState, state)
		}
	}
	return r, nil
}

// decode reads a JSON body, or, into a *[]byte, any. One that breaks off is a
// failure of the connection, which may pass; one that is not JSON is not.
func decode(from io.Reader, out any) (err error) {
	if file, ok := out.(*[]byte); ok {
		*file, err = io.ReadAll(io.LimitReader(from, maxFile))
		return err
	}
	body, err := io.ReadAll(io.LimitReader(from, maxAnswer))
	if err != nil {
		return err
	}
	if err := jsonv2.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return nil
}

// drain reads the rest of a body, within a bound, so that the connection can be used
// again.
func drain(r *http.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, 64<<10)
	_ = r.Body.Close()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
