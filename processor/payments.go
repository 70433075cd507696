package processor

import (
	"context"
	"time"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
)

// Payments reads payments, for their use cases.
type Payments interface {
	Payment(ctx context.Context, id string) (payment.Payment, error)
	// Payments lists the newest first.
	Payments(ctx context.Context, f Filter) ([]payment.Payment, error)
	// Tally counts the payments of a merchant, of "" those of all, without reading their documents.
	Tally(ctx context.Context, merchant string) (Tally, error)
	// Timeline is everything that is recorded about a payment, oldest first; of "" what is about none.
	Timeline(ctx context.Context, paymentID string) (Timeline, error)
}

// PaymentQuery narrows a list of payments; what is zero stands for all.
type PaymentQuery struct {
	Status    payment.Status
	Reference string
	Bank      string          // BIC of the current or last try
	Method    instrument.Kind // of the last try
	// From and To bound when a payment was made, in simulated time to the millisecond: not before From, and before To.
	From, To time.Time
}

// Check adds to problem what is wrong with a query, by the names that its parts have on every channel.
func (q PaymentQuery) Check(problem *fault.Error) {
	if q.Status != "" && !q.Status.Valid() {
		problem.At("status", "must be one of %v", payment.Statuses())
	}
	form.Optional(form.Reference).Check(problem, "reference", q.Reference)
	if q.Bank != "" && !instrument.ValidBIC(q.Bank) {
		problem.At("bank", "must be a bank's identifier of 8 or 11 capital letters and digits, such as SANDNL2A")
	}
	if q.Method != "" {
		form.CheckChoice(problem, "method", q.Method, []instrument.Kind{instrument.Card, instrument.Account})
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		problem.At("to", "must be later than from")
	}
}

// filter is the query as stores have it. An id holds the simulated time at which it was made, so that times are bounds of ids.
func (q PaymentQuery) filter(merchant, cursor string, limit int) Filter {
	f := Filter{Merchant: merchant, Status: q.Status, Reference: q.Reference, Bank: q.Bank, Method: q.Method, Before: cursor, Limit: limit}
	if !q.From.IsZero() {
		f.From = firstPayment(q.From)
	}
	if !q.To.IsZero() {
		if to := firstPayment(q.To); f.Before == "" || to < f.Before {
			f.Before = to
		}
	}
	return f
}

// firstPayment is not after the id of any payment that was made at or after an instant. Ids know whole milliseconds.
func firstPayment(at time.Time) string {
	return chance.FirstID("pay", at.Add(time.Millisecond-time.Nanosecond))
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
		return p.store.Payments(ctx, q.filter(merchant, w.Cursor, limit))
	})
	return lastSays(ctx, p.store, found, err)
}

// lastSays has the last page of a list say whether old payments were let go, and what it lists with them.
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
