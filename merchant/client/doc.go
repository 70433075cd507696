// Package client calls a payment processor's API as a merchant's server does, or
// as an operator: it creates payments, follows them, asks for captures, refunds
// and evidence, reads events, settlements and payouts, and receives webhooks.
//
//	c, err := client.New(client.Config{Base: "http://127.0.0.1:8080", ID: "demo-shop", Secret: "demo-shop-secret"})
//	pay, err := c.CreatePayment(ctx, client.NewPayment{…}, "order-1042")
//	// send the customer to pay.CheckoutURL; then, from the processor:
//	mux.Handle("/webhooks", client.Webhook(secret, func(ctx context.Context, e client.Event) error { … }))
//
// It does what every integration has to get right: one token for all requests,
// renewed before it expires; repeats that cannot pay twice, because they carry
// the same idempotency key; signatures verified over the bytes that came. It
// stores nothing. The merchant decides what an event means for an order, and has
// to expect an event twice.
package client
