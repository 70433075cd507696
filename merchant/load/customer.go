package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// browser is a customer's browser: a session at one processor's checkout.
type browser struct {
	http *http.Client
	card string

	mu     sync.Mutex
	filled *filled // nil before the form was filled in
}

// filled is a filled-in form: its sealed details pay for every payment of the
// same session.
type filled struct{ cookie, csrf, instrument string }

// errBegun is a checkout that asks for nothing: the payment is under way or done.
var errBegun = errors.New("the payment is under way or done")

// refusal is an answer of the checkout that is no success.
type refusal struct {
	step   string
	status int
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the checkout's %s answered %d", r.step, r.status)
}

// maxPage bounds what is read of a page, in bytes.
const maxPage = 1 << 20

// pay confirms a payment. It may be repeated: a payment that is under way or
// done is told the same way as one that has just begun. Details that the
// checkout no longer takes, after a restart, are filled in anew, once.
func (b *browser) pay(ctx context.Context, checkout string, attempt int) error {
	var stale *filled
	for {
		with, err := b.fillIn(ctx, checkout, stale)
		if errors.Is(err, errBegun) {
			return nil // by an earlier try, whose answer was lost
		}
		if err != nil {
			return err
		}
		err = b.confirm(ctx, checkout, with, attempt)
		if r, ok := errors.AsType[*refusal](err); !ok || r.status != http.StatusForbidden || stale != nil {
			return err
		}
		stale = with
	}
}

func (b *browser) confirm(ctx context.Context, checkout string, with *filled, attempt int) error {
	answer, err := b.post(ctx, checkout+"/confirm", with.cookie, url.Values{
		"csrf": {with.csrf}, "instrument": {with.instrument}, "try": {strconv.Itoa(attempt)},
	})
	if err != nil {
		return err
	}
	switch answer.status {
	case http.StatusSeeOther, http.StatusOK, http.StatusConflict: // begun, under way, or done
		return nil
	}
	return &refusal{"confirm", answer.status}
}

// fillIn returns the session's details, and fills in the form if there are none
// or only stale ones.
func (b *browser) fillIn(ctx context.Context, checkout string, stale *filled) (*filled, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.filled != nil && b.filled != stale {
		return b.filled, nil
	}
	form, err := b.get(ctx, checkout)
	if err != nil {
		return nil, err
	}
	f := &filled{csrf: csrfOf(form.body), cookie: form.cookie}
	if f.csrf == "" && form.status == http.StatusOK {
		return nil, errBegun
	}
	if f.csrf == "" || f.cookie == "" {
		return nil, &refusal{"form", form.status}
	}
	answer, err := b.post(ctx, checkout, f.cookie, url.Values{
		"csrf": {f.csrf}, "method": {"card"}, "name": {"Test customer"}, "number": {b.card}, "exp": {"12/34"}, "csc": {"123"},
	})
	if err != nil {
		return nil, err
	}
	review, err := url.Parse(answer.location)
	if err == nil && answer.status == http.StatusSeeOther && review.Query().Get("with") == "" {
		return nil, errBegun // since the form was shown
	}
	if err != nil || review.Query().Get("with") == "" {
		return nil, &refusal{"form", answer.status}
	}
	f.instrument = review.Query().Get("with")
	b.filled = f
	return f, nil
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func csrfOf(body []byte) string {
	if m := csrfField.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

// page is the customer's view of an answer.
type page struct {
	status   int
	location string
	cookie   string // name=value
	body     []byte
}

func (b *browser) get(ctx context.Context, to string) (page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return page{}, err
	}
	return b.do(r)
}

func (b *browser) post(ctx context.Context, to, cookie string, form url.Values) (page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	return b.do(r)
}

func (b *browser) do(r *http.Request) (page, error) {
	answer, err := b.http.Do(r)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	p := page{status: answer.StatusCode, location: answer.Header.Get("Location")}
	for _, c := range answer.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	p.body, err = io.ReadAll(io.LimitReader(answer.Body, maxPage))
	return p, err
}

// passing reports whether a failure of the checkout may be gone at the next try.
func passing(err error) bool {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status >= 500 || r.status == http.StatusTooManyRequests
	}
	return err != nil
}
