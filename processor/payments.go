package processor

import (
	"context"

	"sandbank/chance"
	"sandbank/payment"
)

// Payments reads payments, for their use cases.
type Payments interface {
	Payment(ctx context.Context, id string) (payment.Payment, error)
	// Payments lists the newest first.
	Payments(ctx context.Context, f Filter) ([]payment.Payment, error)
	// Timeline is everything that is recorded about a payment, oldest first.
	Timeline(ctx context.Context, paymentID string) (Timeline, error)
}

// PaymentQuery narrows a list of payments; "" stands for all.
type PaymentQuery struct {
	Status    payment.Status
	Reference string
}

// Payment finds a payment; one that is out of reach does not exist for the caller.
func (p *Processor) Payment(ctx context.Context, in Reach, id string) (payment.Payment, error) {
	if !chance.ValidID("pay", id) {
		return payment.Payment{}, NoPayment(id)
	}
	pay, err := p.store.Payment(ctx, id)
	if err == nil && !in.Sees(pay.Merchant) {
		err = NoPayment(id)
	}
	if err != nil {
		return payment.Payment{}, err
	}
	return pay, nil
}

// OwnPayment finds a payment of the merchant's own.
func (p *Processor) OwnPayment(ctx context.Context, merchant, id string) (payment.Payment, error) {
	return p.Payment(ctx, Only(merchant), id)
}

// Payments lists payments, newest first.
func (p *Processor) Payments(ctx context.Context, in Reach, q PaymentQuery, w Window) (Page[payment.Payment], error) {
	merchant, ok := in.filter()
	if !ok {
		return Page[payment.Payment]{}, nil
	}
	return paged(w, func(pay payment.Payment) string { return pay.ID }, func(limit int) ([]payment.Payment, error) {
		return p.store.Payments(ctx, Filter{Merchant: merchant, Status: q.Status, Reference: q.Reference, Before: w.Cursor, Limit: limit})
	})
}

// Timeline is a payment with everything that is recorded about it.
func (p *Processor) Timeline(ctx context.Context, in Reach, id string) (payment.Payment, Timeline, error) {
	pay, err := p.Payment(ctx, in, id)
	if err != nil {
		return pay, Timeline{}, err
	}
	t, err := p.store.Timeline(ctx, id)
	return pay, t, err
}
