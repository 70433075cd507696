package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// token is one access token, shared by all requests. It is fetched once however
// many ask at the same time, and renewed when a fifth of its life is left, while
// requests go on with the old one.
type token struct {
	timeout    time.Duration // of a request for one
	http       *http.Client
	url        string
	id, secret string

	mu      sync.Mutex
	value   string
	renewAt time.Time
	endsAt  time.Time
	flight  *flight // the fetch under way, nil for none
}

// flight is one fetch that many may wait for.
type flight struct {
	done chan struct{}
	err  error
}

// get returns a token that is valid now.
func (t *token) get(ctx context.Context) (string, error) {
	for {
		t.mu.Lock()
		now := time.Now()
		if now.Before(t.renewAt) {
			defer t.mu.Unlock()
			return t.value, nil
		}
		f := t.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			t.flight = f
			// Not bound to this caller: it may give up while others wait.
			go t.fetch(context.WithoutCancel(ctx), f)
		}
		if now.Before(t.endsAt) {
			defer t.mu.Unlock()
			return t.value, nil
		}
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-f.done:
		}
		if f.err != nil {
			return "", f.err
		}
	}
}

// drop forgets a token that was refused, unless it is another by now.
func (t *token) drop(refused string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == refused {
		t.renewAt, t.endsAt = time.Time{}, time.Time{}
	}
}

func (t *token) fetch(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	asked := time.Now()
	value, life, err := t.ask(ctx, nil)
	t.mu.Lock()
	defer t.mu.Unlock()
	f.err = err
	switch {
	case err == nil:
		t.value, t.endsAt, t.renewAt = value, asked.Add(life), asked.Add(life*4/5)
	case time.Now().Before(t.endsAt):
		t.renewAt = time.Now().Add(min(time.Second, time.Until(t.endsAt))) // the old one serves meanwhile
	}
	t.flight = nil
	close(f.done)
}

// Token gets an access token with a life, narrowed to a scope; "" is for all
// that the client may do. It is for other programs; the client's own requests
// renew theirs by themselves. Beyond 15 minutes it is refused unless only the
// processor's own machine can reach it.
func (c *Client) Token(ctx context.Context, scope string, life time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	wish := url.Values{"expires_in": {strconv.Itoa(int(life.Seconds()))}}
	if scope != "" {
		wish.Set("scope", scope)
	}
	value, _, err := c.token.ask(ctx, wish)
	return value, c.reached(err)
}

// ask is the client credentials grant (RFC 6749, section 4.4), with what is wished
// for besides.
func (t *token) ask(ctx context.Context, wish url.Values) (string, time.Duration, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	maps.Copy(form, wish)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// Both are form-encoded before they go into the header (section 2.3.1).
	r.SetBasicAuth(url.QueryEscape(t.id), url.QueryEscape(t.secret))
	answer, err := t.http.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer drain(answer)
	if answer.StatusCode != http.StatusOK {
		return "", 0, tokenProblem(answer)
	}
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxProblem)).Decode(&got); err != nil || got.AccessToken == "" || got.ExpiresIn < 1 {
		return "", 0, fmt.Errorf("%w: the token answer has no token", errUnreadable)
	}
	return got.AccessToken, time.Duration(got.ExpiresIn) * time.Second, nil
}

// tokenProblem reads an OAuth error (RFC 6749, section 5.2), whose words differ
// from a problem's.
func tokenProblem(r *http.Response) *Problem {
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxProblem))
	p := &Problem{Status: r.StatusCode, Title: http.StatusText(r.StatusCode), Code: fmt.Sprintf("http_%d", r.StatusCode)}
	if json.Unmarshal(body, &said) == nil && said.Error != "" {
		p.Code, p.Detail = said.Error, said.Description
	}
	return p
}
