package check

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandbank/chance"
	"sandbank/webhook"
)

// forged comes with a signature of another secret, and then with none.
func forged(ctx context.Context, t *trial) error {
	o := t.orders["forged"]
	m, err := t.speech.claim(ctx, o.payment)
	if err != nil {
		return err
	}
	other := webhook.Secret(chance.Secret(32))
	if err := t.refused(ctx, o, m.as("signed with another secret", other)); err != nil {
		return err
	}
	return t.refused(ctx, o, m.as("without a signature", ""))
}

// stale comes with the right secret, too late.
func stale(ctx context.Context, t *trial) error {
	const age = 10 * time.Minute
	o := t.orders["stale"]
	m, err := t.speech.claim(ctx, o.payment)
	if err != nil {
		return err
	}
	m.age = age
	return t.refused(ctx, o, m.as("signed ten minutes ago", t.Secret))
}

// refused sends what must not be taken.
func (t *trial) refused(ctx context.Context, o *order, m message) error {
	status, err := t.send(ctx, m)
	if err != nil {
		return err
	}
	if err := t.stays(ctx, o, "the webhook was "+m.says+", and nobody has paid", Paid); err != nil {
		return err
	}
	if accepted(status) {
		return &miss{"a webhook " + m.says + fmt.Sprintf(" is refused with %d", t.speech.refusal()), fmt.Sprintf("it was answered with %d, which tells the sender that it was taken", status)}
	}
	return nil
}

// comesBack is the customer who opens the return URL without having paid.
func comesBack(ctx context.Context, t *trial) error {
	o := t.orders["returns"]
	to, err := url.Parse(o.payment.ReturnURL)
	if err != nil {
		return err
	}
	q := to.Query()
	for name, value := range map[string]string{"payment": o.payment.ID, "reference": o.payment.Reference, "status": "captured", "result": "success"} {
		if !q.Has(name) {
			q.Set(name, value)
		}
	}
	to.RawQuery = q.Encode()
	for _, address := range []string{o.payment.ReturnURL, to.String()} {
		status, err := t.visit(ctx, address)
		if err != nil {
			return err
		}
		t.note("customer → shop", "GET %s → %d", address, status)
	}
	return t.stays(ctx, o, "its customer came back to the return_url and has not paid", Paid)
}

// visit opens a page as a customer.
func (t *trial) visit(ctx context.Context, address string) (int, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	q.Header.Set("Accept", "text/html")
	a, err := t.http.Do(q)
	if err != nil {
		return 0, fmt.Errorf("check: the return_url does not answer: %w", err)
	}
	return a.StatusCode, a.Body.Close()
}

// hinted tells with a thin body of what is not so.
func hinted(ctx context.Context, t *trial) error {
	o := t.orders["thin"]
	self := strings.TrimRight(t.API.Base(), "/") + "/v1/payments/" + o.payment.ID
	if t.Gateway != nil {
		self = t.Gateway.URL() + "/v1/payments/" + o.payment.ID
	}
	m, err := event(o.payment, map[string]any{"id": o.payment.ID, "status": "captured", "links": map[string]string{"self": self}})
	if err != nil {
		return err
	}
	status, err := t.send(ctx, m.as("thin, rightly signed", t.Secret))
	if err != nil {
		return err
	}
	if err := t.stays(ctx, o, "the payment itself is still created", Paid); err != nil {
		return err
	}
	if !accepted(status) {
		return &miss{"a webhook with a thin body is taken", fmt.Sprintf("it was answered with %d", status)}
	}
	if t.Gateway != nil && len(t.Gateway.about(o.payment.ID)) == 0 {
		return &miss{"the payment is fetched after a webhook with a thin body", "nothing was asked"}
	}
	return nil
}
