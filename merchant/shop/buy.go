package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"sandbank/merchant/client"
	"sandbank/telemetry/trace"
)

const (
	maxForm     = 16 << 10
	maxQuantity = 6
	// buyTimeout is how long a customer looks at a busy button at most.
	buyTimeout = 8 * time.Second
)

// bankForm is the form of a bank identifier; the processor decides whether
// there is such a bank.
var bankForm = regexp.MustCompile(`^([A-Z0-9]{8}([A-Z0-9]{3})?)?$`)

// buy places an order, asks for its payment, and sends the customer to the checkout.
func (s *Shop) buy(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.notice(w, http.StatusBadRequest, "This form could not be read", "Go back to the shop and try again.")
		return
	}
	if !s.ownForm(r) {
		s.notice(w, http.StatusForbidden, "This form was open too long", "Go back to the shop and try again. Cookies must be allowed for this page.")
		return
	}
	g, known := find(r.PostForm.Get("product"))
	quantity, err := strconv.Atoi(r.PostForm.Get("quantity"))
	bank := r.PostForm.Get("bank")
	if !known || err != nil || quantity < 1 || quantity > maxQuantity || !bankForm.MatchString(bank) {
		s.window(w, r, http.StatusUnprocessableEntity, "Choose something from the shelf, one to six of it.")
		return
	}
	number, checkout, err := s.place(r.Context(), g, quantity, bank)
	if err != nil {
		status, words := excuse(err)
		s.window(w, r, status, words)
		return
	}
	to := checkout
	if !s.targets.add(checkout) {
		// The page that sent the form did not name this origin, so the browser
		// would refuse to follow. The order's page has a link there.
		to = "/orders/" + number
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// place keeps the order first, so that a webhook which overtakes the answer
// finds it.
func (s *Shop) place(ctx context.Context, g good, quantity int, bank string) (number, checkout string, err error) {
	// A customer who closes the page must not leave an order behind without
	// knowledge of its payment.
	trace.Of(ctx, "") // the payment's trace begins here
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buyTimeout)
	defer cancel()
	o := &order{
		number: newNumber(s.Chance.Number()), good: g, quantity: quantity, total: g.times(quantity),
		placedAt: s.Clock.Now(), state: StateWaiting,
	}
	number, total := o.number, o.total
	o.note(LogLine{At: o.placedAt, Kind: "shop", Text: "Wrote down the order, and set the goods aside"})
	s.orders.add(o)
	wish := client.NewPayment{
		Amount: total, Reference: number, ReturnURL: s.PublicURL + "/orders/" + number, Bank: bank,
		Description: fmt.Sprintf("%d × %s", quantity, g.name), ExpiresInSeconds: int(s.Life.Seconds()),
	}
	if s.ManualCapture {
		wish.Capture = captureManual
	}
	made, err := s.Client.CreatePayment(ctx, wish, client.IdempotencyKey(number))
	if err == nil && !isLink(made.CheckoutURL) {
		err = errors.New("the checkout's address is not one")
	}
	now := s.Clock.Now()
	if err != nil {
		s.Log.Warn("an order could not be placed", "order", number, "error", err)
		s.orders.change(number, func(o *order) {
			_, words := excuse(err)
			o.refused(err, words, now)
		})
		return number, "", err
	}
	s.orders.change(number, func(o *order) {
		o.accepted(made, now)
		o.note(LogLine{At: now, Kind: "customer", Text: "Sent the customer to the checkout", Detail: "303 to " + hideToken(made.CheckoutURL)})
	})
	s.rouse()
	return number, made.CheckoutURL, nil
}

func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// hideToken keeps the checkout's secret out of the log: only where it is shows.
func hideToken(checkout string) string {
	u, err := url.Parse(checkout)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/pay/…"
}

// excuse is a failure in a customer's words, with the status to go with it.
func excuse(err error) (int, string) {
	p, ok := errors.AsType[*client.Problem](err)
	switch {
	case !ok:
		return http.StatusBadGateway, "The processor does not answer. Is it running?"
	case p.Code == "bank_offline", p.Code == "bank_unheard", p.Code == "bank_unknown", p.Code == "bank_currency", p.Code == "bank_invalid":
		return http.StatusUnprocessableEntity, p.Detail + " Choose another bank."
	case p.Status == http.StatusUnauthorized:
		return http.StatusBadGateway, "The processor does not accept the shop's client id and secret."
	case p.Status == http.StatusServiceUnavailable, p.Status == http.StatusTooManyRequests:
		return http.StatusServiceUnavailable, "The processor cannot take payments right now. Please try again in a moment."
	}
	return http.StatusBadGateway, "The processor refused the payment: " + p.Detail
}
