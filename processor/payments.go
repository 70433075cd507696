package processor

import (
	"context"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
)

// Payments reads payments, for their use cases.
type Payments interface {
	Payment(ctx context.Context, id string) (payment.Payment, error)
	// Payments lists the newest first.
	Payments(ctx context.Context, f Filter) ([]payment.Payment, error)
	// Timeline is everything that is recorded about a payment, oldest first; of "" what is about none.
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
	if fault.Is(err, fault.NotFound) {
		err = p.missing(ctx, id)
	}
	if err != nil {
		return payment.Payment{}, err
	}
	return pay, nil
}

// missing is the error for a payment that is not there for the caller: gone, where it is not newer
// than the newest one that was let go.
func (p *Processor) missing(ctx context.Context, id string) error {
	h, err := p.store.Horizon(ctx)
	if err == nil && id <= h.Newest {
		return paymentGone(id)
	}
	if err == nil {
		err = NoPayment(id)
	}
	return err
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
	found, err := paged(w, func(pay payment.Payment) string { return pay.ID }, func(limit int) ([]payment.Payment, error) {
		return p.store.Payments(ctx, Filter{Merchant: merchant, Status: q.Status, Reference: q.Reference, Before: w.Cursor, Limit: limit})
	})
	return lastSays(ctx, p.store, found, err)
}

// lastSays has the last page of a list say whether older payments were let go.
func lastSays[T any](ctx context.Context, s Retention, found Page[T], err error) (Page[T], error) {
	if err != nil || found.Next != "" {
		return found, err
	}
	h, err := s.Horizon(ctx)
	found.LetGo = h.Payments > 0
	return found, err
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
