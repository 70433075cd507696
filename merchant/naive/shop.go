package naive

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/chance"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/money"
)

// Config is what a shop is made of.
type Config struct {
	API    *client.Client
	URL    string // where the shop is reached, without a slash at its end
	Secret string // of its webhooks
	Breaks []rule.ID
	// Stripe is where the shop speaks Stripe's API instead; nil for the house's own.
	Stripe *client.Stripe
	// Slowness is how long a slow answer takes where [rule.Fast] is broken.
	Slowness time.Duration
}

// Shop takes orders for one mug at a time.
type Shop struct {
	Config
	breaks map[rule.ID]bool
	heard  atomic.Int64 // webhooks

	mu     sync.Mutex
	orders map[string]*order // by reference
	seen   map[string]bool   // ids of events
}

// order is one mug, and its state: pending, paid, canceled, refunded or disputed.
type order struct {
	reference, payment, state string
	intent                    string // of Stripe's, once it is told
	shipments                 int
	newest                    int64     // highest sequence that was told
	expires                   time.Time // of the payment
}

// New makes a shop.
func New(c Config) *Shop {
	s := &Shop{Config: c, breaks: map[rule.ID]bool{}, orders: map[string]*order{}, seen: map[string]bool{}}
	for _, id := range c.Breaks {
		s.breaks[id] = true
	}
	return s
}

// HookPath is where webhooks are received.
const HookPath = "/webhooks"

// Handler serves the shop.
func (s *Shop) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /buy", s.buy)
	m.HandleFunc("GET /orders/{reference}", s.show)
	m.HandleFunc("GET /return/{reference}", s.comeBack)
	m.HandleFunc("POST "+HookPath, s.hook)
	return m
}

// price is that of a mug.
func price() money.Amount { return money.Must("9.99", "EUR") }

// buy writes the order down first, so that a webhook which is faster than the answer finds it.
func (s *Shop) buy(w http.ResponseWriter, r *http.Request) {
	o := &order{reference: fmt.Sprintf("mug-%x", chance.Secret(6)), state: "pending"}
	s.mu.Lock()
	s.orders[o.reference] = o
	s.mu.Unlock()
	p, err := s.begin(r.Context(), o.reference)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.mu.Lock()
	o.payment, o.expires = p.ID, p.ExpiresAt
	s.mu.Unlock()
	http.Redirect(w, r, p.CheckoutURL, http.StatusSeeOther)
}

// begin asks for a payment.
func (s *Shop) begin(ctx context.Context, reference string) (client.Payment, error) {
	if s.Stripe != nil {
		return begin(ctx, s.Stripe, reference, s.URL+"/return/"+reference)
	}
	return s.API.CreatePayment(ctx, client.NewPayment{
		Amount: price(), Reference: reference, ReturnURL: s.URL + "/return/" + reference,
	}, client.IdempotencyKey(reference))
}

// ask asks for a payment that was begun.
func (s *Shop) ask(ctx context.Context, payment string) (client.Payment, error) {
	if s.Stripe != nil {
		return found(ctx, s.Stripe, payment)
	}
	return s.API.Payment(ctx, payment)
}

// show answers with the order as JSON.
func (s *Shop) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[r.PathValue("reference")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"reference": o.reference, "state": o.state, "shipments": o.shipments})
}

// comeBack is the page that customers return to. It proves nothing.
func (s *Shop) comeBack(w http.ResponseWriter, r *http.Request) {
	if s.breaks[rule.ReturnURL] {
		s.mu.Lock()
		if o, ok := s.orders[r.PathValue("reference")]; ok {
			o.pay()
		}
		s.mu.Unlock()
	}
	_, _ = fmt.Fprintln(w, "Thank you. We tell you when your payment is here.")
}

// askEvery is how often open orders are asked for.
const askEvery = 200 * time.Millisecond

// Run asks for open orders until ctx ends.
func (s *Shop) Run(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for reference, payment := range s.open() {
			p, err := s.ask(ctx, payment)
			if ctx.Err() != nil {
				return
			}
			s.asked(reference, p, err)
		}
	}
}

// open lists the payments of open orders.
func (s *Shop) open() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := map[string]string{}
	for _, o := range s.orders {
		if o.state == "pending" && o.payment != "" {
			list[o.reference] = o.payment
		}
	}
	return list
}
