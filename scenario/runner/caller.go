package runner

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"sandbank/merchant/client"
)

// caller asks for routes, as one of several accounts.
type caller struct {
	bases    []string // of the processors
	fenced   bool     // calls go to them alone
	turn     atomic.Int64
	http     *http.Client
	dialects map[string]Dialect
	tokens   map[string]string // by base and "merchant" or "operator": each processor issues its own
}

// tokenLife is how long the tokens of a run are good, in the computer's time, unless it takes longer.
const tokenLife = 15 * time.Minute

// callTimeout bounds one call. An advance may take longer than others.
const callTimeout = 100 * time.Second

func newCaller(ctx context.Context, s Stage, life time.Duration) (*caller, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.Proxy = s.Trust, nil
	c := &caller{bases: append([]string{s.Base}, s.More...), fenced: s.Fenced, dialects: s.Dialects, tokens: map[string]string{}, http: &http.Client{
		Transport: transport, Timeout: callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, base := range c.bases {
		for who, account := range map[string]Account{"merchant": s.Merchant, "operator": s.Operator} {
			from, err := client.New(client.Config{Base: base, ID: account.ID, Secret: account.Secret, HTTP: c.http})
			if err != nil {
				return nil, err
			}
			if c.tokens[base+who], err = from.Token(ctx, "", life); err != nil {
				return nil, fmt.Errorf("the %s gets no token: %w", who, err)
			}
		}
	}
	return c, nil
}

// request is one call.
type request struct {
	method, path string // a path, or a whole URL
	by           string // "merchant", "operator" or "nobody"
	dialect      string // "" for the house's own API
	body         any    // nil for none; a string is sent as it is
	header       map[string]string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	tree   any // of JSON; nil where it is none
}

// problem is the code of a refusal; "" where it has none. In a dialect it is what comes nearest.
func (a answer) problem() string {
	return cmp.Or(textAt(a.tree, "code"), textAt(a.tree, "error.code"), textAt(a.tree, "error.type"), textAt(a.tree, "title"))
}

// says is a refusal in words.
func (a answer) says() string {
	text := strings.TrimSpace(fmt.Sprintf("%d %s", a.status, a.problem()))
	for _, more := range []string{textAt(a.tree, "detail"), textAt(a.tree, "hint"), textAt(a.tree, "error.message")} {
		switch {
		case more == "":
		case strings.HasSuffix(text, "."):
			text += " " + more
		default:
			text += ": " + more
		}
	}
	if list, ok := memberAt(a.tree, "errors").([]any); ok {
		for _, e := range list {
			text += fmt.Sprintf("; %s %s", textAt(e, "pointer"), textAt(e, "detail"))
		}
	}
	return text
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 16 << 20

// call makes a request. A refusal is an answer; an error is that there was none.
func (c *caller) call(ctx context.Context, q request) (answer, error) {
	r, err := c.prepare(ctx, q)
	if err != nil {
		return answer{}, err
	}
	got, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	a := answer{status: got.StatusCode, header: got.Header}
	if a.body, err = io.ReadAll(io.LimitReader(got.Body, maxAnswer)); err != nil {
		return a, fmt.Errorf("%s %s: the answer breaks off: %w", q.method, q.path, err)
	}
	a.tree = decoded(a.body)
	return a, nil
}

func (c *caller) prepare(ctx context.Context, q request) (*http.Request, error) {
	if q.dialect != "" {
		return c.foreign(ctx, q)
	}
	var body io.Reader
	text, plain := q.body.(string)
	if !plain && q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		text = string(encoded)
	}
	if q.body != nil {
		body = strings.NewReader(text)
	}
	base, to := c.bases[0], q.path
	ours := strings.HasPrefix(to, "/")
	for _, b := range c.bases { // of a whole URL
		if strings.HasPrefix(to, b+"/") {
			base, ours = b, true
		}
	}
	if c.fenced && !ours {
		return nil, fmt.Errorf("%s %s: this scenario may call nothing but its own Sandbank", q.method, to)
	}
	if strings.HasPrefix(to, "/sim/clock") {
		to = base + to // there is one clock, which the others follow
	} else if strings.HasPrefix(to, "/") {
		base = c.next()
		to = base + to
	}
	r, err := http.NewRequestWithContext(ctx, q.method, to, body)
	if err != nil {
		return nil, err
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := c.tokens[base+q.by]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	return r, nil
}

// next is the base of the processor whose turn it is.
func (c *caller) next() string {
	return c.bases[int(c.turn.Add(1)-1)%len(c.bases)]
}

// must makes a request that has to succeed.
func (c *caller) must(ctx context.Context, q request) (answer, error) {
	a, err := c.call(ctx, q)
	if err == nil && a.status >= 300 {
		err = &refusedError{a.status, fmt.Sprintf("%s %s: %s", q.method, q.path, a.says())}
	}
	return a, err
}

// refusedError is the refusal of a call that has to succeed.
type refusedError struct {
	status int
	text   string
}

func (e *refusedError) Error() string { return e.text }

// decoded is a JSON text as a tree, with numbers as they were written; nil for what is none.
func decoded(body []byte) (tree any) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&tree) != nil {
		return nil
	}
	return tree
}
