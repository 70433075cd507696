package e2e_test

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

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

// approving is a card that every bank with no mood of its own approves.
const approving = "4242424242424242"

// merchant is the demo shop at one processor.
func (w *world) merchant(base string) *client.Client { return w.as(identity.DemoShop, base) }

// as is a client of one processor with a client's credentials.
func (w *world) as(who identity.Client, base string) *client.Client {
	w.Helper()
	c, err := client.New(client.Config{Base: base, ID: who.ID, Secret: who.Secret, Patience: patience, Trust: w.trust()})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(c.Close)
	return c
}

// wish is a payment of 10 EUR at a bank, "" for any.
func wish(reference, bank string) client.NewPayment {
	return client.NewPayment{Amount: money.Must("10", "EUR"), Reference: reference, ReturnURL: "https://shop.example/back", Bank: bank}
}

// create makes a payment whose reference is also its key.
func (w *world) create(c *client.Client, n client.NewPayment) client.Payment {
	w.Helper()
	p, err := c.CreatePayment(w.Context(), n, client.IdempotencyKey(n.Reference))
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// pay goes through the checkout as a customer, and repeats it while the
// processor is away.
func (w *world) pay(p client.Payment) {
	w.Helper()
	w.await("the customer pays "+p.Reference, func(ctx context.Context) error { return w.checkOut(ctx, p.CheckoutURL, approving, 1) })
}

// buy is a payment that its customer has paid for.
func (w *world) buy(c *client.Client, reference, bank string) client.Payment {
	w.Helper()
	p := w.create(c, wish(reference, bank))
	w.pay(p)
	return p
}

// ends waits until a payment has the status.
func (w *world) ends(id string, as payment.Status) payment.Payment {
	w.Helper()
	var p payment.Payment
	w.await(id+" is "+string(as), func(ctx context.Context) (err error) {
		if p, err = w.open().Payment(ctx, id); err == nil && p.Status != as {
			err = errors.New("it is " + string(p.Status))
		}
		return err
	})
	return p
}

// timeline is all that is recorded about a payment.
func (w *world) timeline(id string) processor.Timeline {
	w.Helper()
	t, err := w.open().Timeline(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return t
}

var hidden = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// checkOut fills in the form and confirms, for the number-th time. A payment
// that is paid already is no error.
func (w *world) checkOut(ctx context.Context, checkout, card string, number int) error {
	form, page, err := w.browse(ctx, http.MethodGet, checkout, "", nil)
	if err != nil {
		return err
	}
	csrf := hidden.FindSubmatch(page)
	if csrf == nil && form.StatusCode == http.StatusOK {
		return nil // it asks for nothing any more
	}
	if csrf == nil || len(form.Cookies()) == 0 {
		return fmt.Errorf("the checkout answered %s without a form", form.Status)
	}
	cookie := form.Cookies()[0].Name + "=" + form.Cookies()[0].Value
	filled, _, err := w.browse(ctx, http.MethodPost, checkout, cookie, url.Values{
		"csrf": {string(csrf[1])}, "method": {"card"}, "name": {"Test customer"}, "number": {card}, "exp": {"12/34"}, "csc": {"123"},
	})
	if err != nil {
		return err
	}
	review, err := url.Parse(filled.Header.Get("Location"))
	if err != nil || review.Query().Get("with") == "" {
		return fmt.Errorf("the form was answered by %s", filled.Status)
	}
	done, _, err := w.browse(ctx, http.MethodPost, checkout+"/confirm", cookie, url.Values{
		"csrf": {string(csrf[1])}, "instrument": {review.Query().Get("with")}, "try": {strconv.Itoa(number)},
	})
	if err == nil && done.StatusCode >= 400 {
		err = fmt.Errorf("the confirmation was answered by %s", done.Status)
	}
	return err
}

// browse makes one request and follows no redirect.
func (w *world) browse(ctx context.Context, method, to, cookie string, form url.Values) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	c := http.Client{Transport: w.web.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer, body, err
}
