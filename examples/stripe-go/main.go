// Command stripe-go is a shop with Stripe's own library for Go, unchanged: it makes a
// Checkout Session, prints where the customer pays, fulfils the order once when the
// webhook says so, and gives the money back. Nothing but the address is Sandbank's.
//
//	SANDBANK_STRIPE_URL   where a processor speaks Stripe's API; http://127.0.0.1:12111 by default
//	STRIPE_SECRET_KEY     sk_test_…, as the processor prints it at its start
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

func main() {
	log.SetFlags(0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	url := cmp.Or(os.Getenv("SANDBANK_STRIPE_URL"), "http://127.0.0.1:12111")
	s := &shop{
		stripe: stripe.NewClient(os.Getenv("STRIPE_SECRET_KEY"), stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{URL: &url}))),
	}
	s.left.Add(2)
	ctx := context.Background()
	if err := s.open(ctx, "http://"+l.Addr().String()); err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: s}
	go func() { s.left.Wait(); _ = server.Shutdown(ctx) }()
	if err := server.Serve(l); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

type shop struct {
	stripe    *stripe.Client
	secret    string // of the webhook endpoint
	fulfilled sync.Once
	refunded  sync.Once
	left      sync.WaitGroup // until the refund was asked for, and was told
}

// open registers the webhook endpoint and begins an order.
func (s *shop) open(ctx context.Context, base string) error {
	endpoint, err := s.stripe.V1WebhookEndpoints.Create(ctx, &stripe.WebhookEndpointCreateParams{
		URL: stripe.String(base + "/webhook"), EnabledEvents: stripe.StringSlice([]string{"checkout.session.completed", "charge.refunded"}),
	})
	if err != nil {
		return err
	}
	s.secret = endpoint.Secret
	session, err := s.stripe.V1CheckoutSessions.Create(ctx, &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String(string(stripe.CheckoutSessionModePayment)), ClientReferenceID: stripe.String("order-1042"),
		SuccessURL: stripe.String(base + "/success?session_id={CHECKOUT_SESSION_ID}"), CancelURL: stripe.String(base + "/cart"),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity: stripe.Int64(1), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String("eur"), UnitAmount: stripe.Int64(1999),
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("Teapot")},
			},
		}},
	})
	if err != nil {
		return err
	}
	fmt.Println("pay", session.ID, session.URL)
	return nil
}

// ServeHTTP takes webhooks. The signature is over the bytes as they came.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	event, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), s.secret)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Println("event", event.Type)
	id, _ := event.Data.Object["id"].(string)
	switch event.Type {
	case "checkout.session.completed":
		go s.fulfil(context.WithoutCancel(r.Context()), id)
	case "charge.refunded":
		fmt.Println("refunded", event.Data.Object["amount_refunded"])
		s.refunded.Do(s.left.Done)
	}
}

// fulfil does its work once, however often it is told.
func (s *shop) fulfil(ctx context.Context, id string) {
	params := &stripe.CheckoutSessionRetrieveParams{}
	params.AddExpand("line_items")
	params.AddExpand("payment_intent")
	session, err := s.stripe.V1CheckoutSessions.Retrieve(ctx, id, params)
	if err != nil {
		log.Fatal(err)
	}
	if session.PaymentStatus != stripe.CheckoutSessionPaymentStatusPaid {
		return
	}
	s.fulfilled.Do(func() {
		fmt.Println("fulfilled", session.ClientReferenceID, session.LineItems.Data[0].Description, session.AmountTotal, session.Currency)
		refund, err := s.stripe.V1Refunds.Create(ctx, &stripe.RefundCreateParams{PaymentIntent: stripe.String(session.PaymentIntent.ID)})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("refund", refund.Status, refund.Amount)
		s.left.Done()
	})
}
