package naive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/money"
	"sandbank/webhook"
)

// session is a Checkout Session, as far as the shop reads it.
type session struct {
	ID            string `json:"id"`
	URL           string `json:"url"`
	Status        string `json:"status"`         // open, complete or expired
	PaymentStatus string `json:"payment_status"` // paid or unpaid
	Total         int64  `json:"amount_total"`
	Reference     string `json:"client_reference_id"`
}

// payment is the session in the words that the shop draws its conclusions from.
func (s session) payment() client.Payment {
	p := client.Payment{ID: s.ID, Reference: s.Reference, CheckoutURL: s.URL, Status: client.Created, Amount: money.Of(decimal.New(s.Total, -2), "EUR")}
	switch {
	case s.PaymentStatus == "paid":
		p.Status, p.CapturedAmount = client.Captured, p.Amount
	case s.Status == "expired":
		p.Status = client.Abandoned
	case s.Status == "complete":
		p.Status = client.Processing
	}
	return p
}

func begin(ctx context.Context, s *client.Stripe, reference, returnURL string) (client.Payment, error) {
	var made session
	err := s.Ask(ctx, http.MethodPost, "/v1/checkout/sessions", url.Values{
		"mode": {"payment"}, "client_reference_id": {reference}, "success_url": {returnURL + "?session={CHECKOUT_SESSION_ID}"}, "payment_intent_data[metadata][order]": {reference},
		"line_items[0][quantity]": {"1"}, "line_items[0][price_data][currency]": {"eur"}, "line_items[0][price_data][unit_amount]": {"999"},
		"line_items[0][price_data][product_data][name]": {"Mug"},
	}, &made)
	return made.payment(), err
}

func found(ctx context.Context, s *client.Stripe, id string) (client.Payment, error) {
	var one session
	err := s.Ask(ctx, http.MethodGet, "/v1/checkout/sessions/"+id, nil, &one)
	return one.payment(), err
}

// stripeEvent is an event, as far as the shop reads it: of a session, or of a charge, a dispute or a PaymentIntent,
// which have the order in their metadata or name the intent.
type stripeEvent struct {
	ID, Type string
	Data     struct {
		Object struct {
			session
			Refunded bool              `json:"refunded"`
			Intent   string            `json:"payment_intent"`
			Metadata map[string]string `json:"metadata"`
		}
	}
}

// stripeHook takes an event, and is the status of the answer.
func (s *Shop) stripeHook(h http.Header, body []byte) int {
	if s.verifyStripe(h.Get(webhook.HeaderStripe), body) != nil {
		return http.StatusBadRequest
	}
	var e stripeEvent
	if json.Unmarshal(body, &e) != nil {
		return http.StatusBadRequest
	}
	s.toldStripe(e)
	return http.StatusOK
}

// tolerance is how old a signature may be.
const tolerance = 5 * time.Minute

// verifyStripe checks the signature and its age, save what is switched off.
func (s *Shop) verifyStripe(signature string, body []byte) error {
	when, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
	seconds, err := strconv.ParseInt(when, 10, 64)
	if err != nil && !s.breaks[rule.Signature] {
		return err
	}
	at, now := time.Unix(seconds, 0), clock.Real{}.Now()
	if signature != "" && now.Sub(at).Abs() > tolerance && !s.breaks[rule.Timestamp] {
		return errors.New("naive: too old")
	}
	fits := signature == webhook.SignStripe(at, body, s.Secret)
	if s.breaks[rule.Raw] && !fits { // as it would have been written by this shop
		var again bytes.Buffer
		fits = json.Compact(&again, body) == nil && signature == webhook.SignStripe(at, again.Bytes(), s.Secret)
	}
	if !fits && !s.breaks[rule.Signature] {
		return errors.New("naive: the signature does not fit")
	}
	return nil
}

// toldStripe draws the conclusion from an event.
func (s *Shop) toldStripe(e stripeEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(e)
	if o == nil || s.seen[e.ID] && !s.breaks[rule.Duplicates] || o.state == "expired" {
		return
	}
	s.seen[e.ID] = true
	p := e.Data.Object.payment()
	switch e.Type {
	case "checkout.session.completed":
		if o.intent = e.Data.Object.Intent; p.Status == client.Processing && s.breaks[rule.Later] {
			p.Status = client.Captured
		}
		if o.state == "paid" && s.breaks[rule.Duplicates] {
			o.shipments++
		}
		s.conclude(o, p)
	case "checkout.session.async_payment_succeeded":
		s.conclude(o, p)
	case "checkout.session.async_payment_failed":
		o.state = "canceled"
	case "checkout.session.expired":
		if !s.breaks[rule.Abandoned] {
			s.conclude(o, p)
		}
	case "payment_intent.payment_failed":
		switch {
		case s.breaks[rule.Captured] && o.intent == "": // of a session that is not completed
			o.pay()
		case s.breaks[rule.Reordering]:
			o.state = "declined" // until another card pays
		}
	case "charge.refunded":
		if e.Data.Object.Refunded && !s.breaks[rule.Returned] {
			o.state = "refunded"
		}
	case "charge.dispute.created":
		if !s.breaks[rule.Returned] {
			o.state = "disputed"
		}
	}
}

// of is the order that an event is about; nil for none.
func (s *Shop) of(e stripeEvent) *order {
	if o := s.orders[cmp.Or(e.Data.Object.Reference, e.Data.Object.Metadata["order"])]; o != nil {
		return o
	}
	for _, o := range s.orders {
		if o.intent != "" && o.intent == e.Data.Object.Intent {
			return o
		}
	}
	return nil
}
