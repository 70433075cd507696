package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"sandbank/secret"
)

// Stripe is where Sandbank speaks Stripe's API, and a merchant's key. It sends and reads as that is documented, with nothing
// of a library.
type Stripe struct {
	Base string // without a slash at its end
	Key  secret.Text
	HTTP *http.Client
}

// maxStripe bounds an answer, in bytes.
const maxStripe = 1 << 20

// Ask sends a request, with a form unless that is nil, and reads its answer, which must be 200.
func (s Stripe) Ask(ctx context.Context, method, path string, form url.Values, answer any) error {
	q, err := http.NewRequestWithContext(ctx, method, s.Base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+s.Key.Reveal())
	if form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := s.HTTP.Do(q)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(a.Body, maxStripe))
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("client: %s %s in Stripe's dialect was answered with %s: %.300s", method, path, a.Status, body)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(body, answer)
}
