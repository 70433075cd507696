// Package client speaks to a payment processor as a merchant's server does:
// it asks for payments, follows them, and takes the webhooks that tell what
// became of them.
//
//	c, err := client.New(client.Config{Base: "http://127.0.0.1:8080", ID: "demo-shop", Secret: "demo-shop-secret"})
//	pay, err := c.CreatePayment(ctx, client.NewPayment{…}, "order-1042")
//	// send the customer to pay.CheckoutURL; then, from the processor:
//	mux.Handle("/webhooks", client.Webhook(secret, func(ctx context.Context, e client.Event) error { … }))
//
// It owns what every integration has to get right and few do at first: one
// token for all requests, renewed before it runs out; repeats that cannot pay
// twice, because they carry the same idempotency key; signatures verified over
// the bytes that came. It keeps nothing else: what an event means for an order,
// and that an event may come twice, is the merchant's to handle.
package client
