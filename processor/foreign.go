package processor

import (
	"context"
	"encoding/json"
	"strconv"

	"sandbank/chance"
	"sandbank/clock/turn"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/sim"
	"sandbank/webhook"
)

// Dialect is how another API tells what happens to a payment.
type Dialect interface {
	// Name is the dialect's, of letters and digits.
	Name() string
	// Happened lists what it tells of a change, in order. Before is the zero Payment
	// for a new one. It is pure.
	Happened(before, after payment.Payment) []Foretold
}

// Foretold is an event of a dialect.
type Foretold struct {
	Type string
	Data json.RawMessage // a JSON object
	// Quiet is what this house's own API is silent about.
	Quiet bool
}

// tellForeign tells of a change in every dialect in which somebody may listen: that
// of the payment, and those of its merchant's endpoints. Courses are how it is
// told on purpose, as in this house's own events.
func (p *Processor) tellForeign(w *Work, before, after payment.Payment, courses sim.Courses) {
	for _, d := range p.config.Dialects {
		if !after.In(d.Name()) && !w.hears(after.Merchant, d.Name()) {
			continue
		}
		for i, t := range d.Happened(before, after) {
			if t.Quiet && p.config.ForeignSilence {
				continue
			}
			id := p.newID("evt", after.ID, d.Name(), strconv.FormatInt(after.Version, 10), strconv.Itoa(i))
			w.announce(event.Event{
				ID: id, Type: t.Type, Merchant: event.StreamOf(after.Merchant, d.Name()), Payment: after.ID, At: after.UpdatedAt, Data: t.Data, Courses: courses,
			}, p.deliveryID)
		}
	}
}

// hears reports whether a merchant has an endpoint of a dialect.
func (w *Work) hears(merchant, dialect string) bool {
	for _, e := range w.endpoints[merchant] {
		if e.Dialect == dialect {
			return true
		}
	}
	return false
}

// Annotate changes what a dialect keeps with a payment, and its metadata and
// description, which every API shows. Change is pure, and may refuse.
func (p *Processor) Annotate(ctx context.Context, merchant, id string, change func(payment.Payment) (payment.Payment, error)) (payment.Payment, error) {
	return p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		if pay.Merchant != merchant {
			return pay, NoPayment(id)
		}
		wish, err := change(pay)
		if err != nil {
			return pay, err
		}
		next := pay.Annotated(p.now(), wish)
		problem := form.Problem()
		form.CheckMetadata(problem, "/metadata", next.Metadata)
		form.Description.Check(problem, "/description", next.Description)
		if next.ReturnURL != pay.ReturnURL {
			form.CheckReturnURL(problem, "/return_url", next.ReturnURL)
		}
		if err := form.Found(problem); err != nil {
			return pay, err
		}
		return p.follow(w, pay, next), nil
	})
}

// AwaitUntil waits until a payment is as it should be, [Config.Hold] at most by the
// computer's clock, and returns it as it is then.
func (p *Processor) AwaitUntil(ctx context.Context, id string, done func(payment.Payment) bool) (payment.Payment, error) {
	turn.Yield(ctx)
	return p.await(ctx, id, p.config.Hold, done)
}

// EnsureEndpoint makes the one endpoint of a merchant in a dialect whose payments each name the address to be told at,
// where there is none yet.
func (p *Processor) EnsureEndpoint(ctx context.Context, merchant string, n NewEndpoint) error {
	id := chance.FixedID("whe", merchant, n.Dialect)
	_, err := p.store.Endpoint(ctx, merchant, id)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	err = p.store.AddEndpoint(ctx, webhook.Endpoint{
		ID: id, Merchant: merchant, Description: n.Description, Events: []string{"*"}, Body: n.Body, Dialect: n.Dialect, Keys: p.newKeys(), Enabled: true, CreatedAt: p.now(),
	})
	if err != nil { // another request may have made it meanwhile
		if _, again := p.store.Endpoint(ctx, merchant, id); again == nil {
			return nil
		}
	}
	return err
}

// ForeignEvents lists a merchant's events in a dialect after a sequence number,
// oldest first.
func (p *Processor) ForeignEvents(ctx context.Context, merchant, dialect string, after int64, limit int) ([]event.Event, error) {
	return p.store.Events(ctx, event.StreamOf(merchant, dialect), after, limit)
}

// LastForeign is the number of a merchant's newest event in a dialect, 0 for none.
func (p *Processor) LastForeign(ctx context.Context, merchant, dialect string) (int64, error) {
	return p.store.LastSequence(ctx, event.StreamOf(merchant, dialect))
}

// ForeignEvent is one of a merchant's events in a dialect.
func (p *Processor) ForeignEvent(ctx context.Context, merchant, dialect, id string) (event.Event, error) {
	return p.Event(ctx, event.StreamOf(merchant, dialect), id)
}

// ForeignEndpoints lists a merchant's webhook endpoints of a dialect, oldest first.
func (p *Processor) ForeignEndpoints(ctx context.Context, merchant, dialect string) ([]webhook.Endpoint, error) {
	all, err := p.store.ListEndpoints(ctx, merchant)
	return ofDialect(all, dialect), err
}

func ofDialect(all []webhook.Endpoint, dialect string) (list []webhook.Endpoint) {
	for _, e := range all {
		if e.Dialect == dialect {
			list = append(list, e)
		}
	}
	return list
}
