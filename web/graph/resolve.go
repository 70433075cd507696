package graph

import (
	"context"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/web/graph/generated"
	"sandbank/web/graph/model"
	"sandbank/webhook"
)

const maxLimit = 100

// root implements [generated.ResolverRoot].
type root struct{ *Server }

// Bank implements [generated.ResolverRoot].
func (r root) Bank() generated.BankResolver { return banks{} }

// Money implements [generated.ResolverRoot].
func (r root) Money() generated.MoneyResolver { return moneys{} }

// Query implements [generated.ResolverRoot].
func (r root) Query() generated.QueryResolver { return queries(r) }

// Subscription implements [generated.ResolverRoot].
func (r root) Subscription() generated.SubscriptionResolver { return subscriptions(r) }

type banks struct{}

func (banks) Currencies(_ context.Context, b *routing.Bank) ([]string, error) {
	list := make([]string, len(b.Currencies))
	for i, c := range b.Currencies {
		list[i] = string(c)
	}
	return list, nil
}

type moneys struct{}

func (moneys) Currency(_ context.Context, a *money.Amount) (string, error) {
	return string(a.Currency()), nil
}

type queries struct{ *Server }

func (q queries) Payment(ctx context.Context, id string) (*payment.Resource, error) {
	p, err := q.Processor.OwnPayment(ctx, lineOf(ctx).merchant(), id)
	if err != nil {
		return nil, err
	}
	shown := p.Resource(q.Address)
	return &shown, nil
}

func (q queries) Payments(ctx context.Context, filter *model.PaymentFilter, cursor *string, limit int) (*model.PaymentPage, error) {
	var wanted processor.PaymentQuery
	if filter != nil {
		wanted = processor.PaymentQuery{
			Status: valueOf(filter.Status), Reference: valueOf(filter.Reference), Bank: valueOf(filter.Bank), Method: valueOf(filter.Method),
			From: valueOf(filter.From), To: valueOf(filter.To),
		}
	}
	problem := invalid()
	at := window(problem, "pay", cursor, limit)
	wanted.Check(problem)
	if len(problem.Fields) > 0 {
		return nil, problem
	}
	found, err := q.Processor.Payments(ctx, own(ctx), wanted, at)
	if err != nil {
		return nil, err
	}
	page := &model.PaymentPage{Data: make([]payment.Resource, 0, len(found.Items)), NextCursor: next(found.Next), OlderLetGo: found.LetGo}
	for _, p := range found.Items {
		page.Data = append(page.Data, p.Resource(q.Address))
	}
	return page, nil
}

func (q queries) Banks(context.Context) ([]routing.Bank, error) {
	return q.Processor.Banks(), nil
}

func (q queries) Events(ctx context.Context, after int, paymentID *string, types []string, limit int) (*model.EventPage, error) {
	problem := invalid()
	checkLimit(problem, limit)
	if after < 0 {
		problem.At("after", "must be the sequence of an event, or 0 for all")
	}
	filter, err := q.filter(ctx, problem, paymentID, types)
	if err != nil {
		return nil, err
	}
	list, next, _, err := q.Feed.Read(ctx, lineOf(ctx).merchant(), int64(after), limit, filter)
	if err != nil {
		return nil, err
	}
	page := &model.EventPage{Data: make([]model.Event, 0, len(list)), NextAfter: next}
	for _, e := range list {
		page.Data = append(page.Data, model.NewEvent(e, nil))
	}
	return page, nil
}

func (q queries) Event(ctx context.Context, id string) (*model.Event, error) {
	e, err := q.Processor.Event(ctx, lineOf(ctx).merchant(), id)
	if err != nil {
		return nil, err
	}
	shown := model.NewEvent(e, nil)
	return &shown, nil
}

func (q queries) LastSequence(ctx context.Context) (int, error) {
	n, err := q.Feed.Last(ctx, lineOf(ctx).merchant())
	return int(n), err
}

func (q queries) WebhookEndpoints(ctx context.Context) ([]webhook.Endpoint, error) {
	return q.Processor.Endpoints(ctx, own(ctx))
}

func invalid() *fault.Error {
	return fault.New(fault.Invalid, "query_invalid", "The arguments are not right.")
}

// own is the reach of the caller's merchant.
func own(ctx context.Context) processor.Reach { return processor.Only(lineOf(ctx).merchant()) }

// window reads which part of a list is wanted; cursors are identifiers with a
// prefix.
func window(problem *fault.Error, prefix string, cursor *string, limit int) processor.Window {
	at := processor.Window{Cursor: valueOf(cursor), Limit: limit}
	checkLimit(problem, limit)
	if at.Cursor != "" && !chance.ValidID(prefix, at.Cursor) {
		problem.At("cursor", "must be the nextCursor of an earlier page")
	}
	return at
}

// next is a cursor as the schema has it, null where there is no further page.
func next(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}

func checkLimit(problem *fault.Error, limit int) {
	if limit < 1 || limit > maxLimit {
		problem.At("limit", "must be 1 to %d", maxLimit)
	}
}

// filter reads what is to be heard, and returns all complaints so far.
func (s *Server) filter(ctx context.Context, problem *fault.Error, paymentID *string, types []string) (feed.Filter, error) {
	f := feed.Filter{Payment: valueOf(paymentID), Types: types}
	form.CheckTypes(problem, "types", types)
	if len(problem.Fields) > 0 {
		return f, problem
	}
	if paymentID != nil {
		if _, err := s.Processor.OwnPayment(ctx, lineOf(ctx).merchant(), *paymentID); err != nil {
			return f, err
		}
	}
	return f, nil
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

type subscriptions struct{ *Server }

func (s subscriptions) Events(ctx context.Context, after, paymentID *string, types []string) (<-chan *model.Event, error) {
	problem := invalid()
	from := feed.ReadPlace(problem, "after", valueOf(after))
	filter, err := s.filter(ctx, problem, paymentID, types)
	if err != nil {
		return nil, err
	}
	l := lineOf(ctx)
	listener, err := s.Feed.Open(ctx, l.merchant(), from)
	if err != nil {
		return nil, feed.Refused(err)
	}
	if why := listener.Reset(); why != "" {
		listener.Close()
		return nil, placeError{fault.New(fault.NotFound, "event_not_found", "%s", why).
			Hinting("Query events, and subscribe with after: %d.", listener.After()), listener.After()}
	}
	out := make(chan *model.Event)
	err = l.listen(ctx, listener.Only(filter), func(item feed.Item) bool {
		shown := model.NewEvent(item.Event, item.Body)
		return send(ctx, out, &shown)
	}, func() { close(out) })
	return out, err
}

// Payment sends the payment as it stands, and then its state after each event.
func (s subscriptions) Payment(ctx context.Context, id string) (<-chan *payment.Resource, error) {
	l := lineOf(ctx)
	listener, now, err := s.snapshot(ctx, l.merchant(), id)
	if err != nil {
		return nil, err
	}
	out := make(chan *payment.Resource, 1)
	out <- &now
	err = l.listen(ctx, listener, func(item feed.Item) bool {
		shown, err := model.NewEvent(item.Event, item.Body).Payment()
		return err == nil && send(ctx, out, shown)
	}, func() { close(out) })
	return out, err
}

// snapshot reads a payment, and opens a listener that hears exactly what becomes
// of it from there on: where an event of it came in between, it is read again.
func (s *Server) snapshot(ctx context.Context, merchant, id string) (*feed.Listener, payment.Resource, error) {
	only := feed.Filter{Payment: id}
	for {
		// Check the id first: nothing is opened for a payment out of reach.
		if _, err := s.Processor.OwnPayment(ctx, merchant, id); err != nil {
			return nil, payment.Resource{}, err
		}
		l, err := s.Feed.Open(ctx, merchant, feed.From{Now: true})
		if err != nil {
			return nil, payment.Resource{}, feed.Refused(err)
		}
		p, err := s.Processor.OwnPayment(ctx, merchant, id)
		if err == nil {
			var between []event.Event
			if between, _, _, err = s.Feed.Read(ctx, merchant, l.After(), 1, only); err == nil && len(between) == 0 {
				return l.Only(only), p.Resource(s.Address), nil
			}
		}
		l.Close()
		if err != nil {
			return nil, payment.Resource{}, err
		}
	}
}

// send hands over one value, unless the subscription ends before.
func send[T any](ctx context.Context, out chan<- T, v T) bool {
	select {
	case out <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
