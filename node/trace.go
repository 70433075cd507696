package node

import (
	"context"
	"time"

	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/telemetry/trace"
	"sandbank/webhook"
)

// traceWork records what a commit wrote: a span in the trace of each payment, and one of the batch that links
// them where there are several.
func traceWork(t *trace.Tracer, w *processor.Work, began time.Time) {
	if t == nil {
		return
	}
	ended := t.Now()
	var changed []payment.Payment
	var links []trace.Context
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		for _, p := range list {
			if p.Trace.Sampled() {
				changed, links = append(changed, p), append(links, p.Trace)
			}
		}
	}
	var batch trace.Span
	if len(changed) > 1 {
		batch = t.StartAt(began, "", trace.Internal, "commit batch", links...)
		batch.Number("sandbank.batch.payments", len(changed))
		batch.EndAt(ended)
	}
	for _, p := range changed {
		s := t.StartAt(began, p.Trace, trace.Internal, "commit "+string(p.Status), batch.Context())
		s.Text("sandbank.payment.id", p.ID)
		s.Text("sandbank.payment.status", string(p.Status))
		entries := 0
		for _, e := range w.Entries {
			if e.Payment == p.ID {
				entries++
			}
		}
		s.Number("sandbank.ledger.entries", entries)
		for _, e := range w.Events {
			if e.Payment == p.ID {
				s.Happened(e.Type)
			}
		}
		s.EndAt(ended)
	}
}

// traced is a sender whose tries are recorded, and which names the record in its requests.
func (n *life) traced(send func(context.Context, webhook.Delivery) webhook.Attempt) func(context.Context, webhook.Delivery) webhook.Attempt {
	if n.tracer == nil {
		return send
	}
	return func(ctx context.Context, d webhook.Delivery) webhook.Attempt {
		if d.Trace == "" {
			return send(ctx, d)
		}
		s := n.tracer.Start(d.Trace, trace.Client, "POST webhook")
		a := send(trace.With(ctx, s.Context()), d)
		s.Text("http.request.method", "POST")
		s.Text("url.full", a.Request.URL)
		s.Text("sandbank.event.id", d.Event.ID)
		s.Text("sandbank.event.type", d.Event.Type)
		s.Text("sandbank.payment.id", d.Event.Payment)
		s.Number("http.request.resend_count", d.Tries)
		if a.Code > 0 {
			s.Number("http.response.status_code", a.Code)
		}
		if a.Code/100 != 2 {
			s.Failed(a.Error)
		}
		s.End()
		return a
	}
}

// outbox is the durable side of the relay. What is found there, after its processor died, goes on with the trace
// that its payment keeps.
func (n *life) outbox() outbox.Store {
	if n.tracer == nil {
		return n.store
	}
	return tracedOutbox{n.store, n.store}
}

// payments reads payments, for their traces.
type payments interface {
	Payment(ctx context.Context, id string) (payment.Payment, error)
}

// traceOf is a payment's trace; "" where it has none, or cannot be read.
func traceOf(ctx context.Context, from payments, id string) trace.Context {
	if id == "" {
		return ""
	}
	p, err := from.Payment(ctx, id)
	if err != nil {
		return ""
	}
	return p.Trace
}

type tracedOutbox struct {
	outbox.Store
	payments payments
}

// Claim implements [outbox.Store].
func (t tracedOutbox) Claim(ctx context.Context, lease time.Duration, limit int) ([]broker.Parcel, error) {
	found, err := t.Store.Claim(ctx, lease, limit)
	for _, parcel := range found {
		for i, m := range parcel.Messages {
			parcel.Messages[i].Trace = traceOf(ctx, t.payments, m.Correlation)
		}
	}
	return found, err
}

// hooks is the durable side of the deliverer, likewise.
func (n *life) hooks() webhook.Store {
	if n.tracer == nil {
		return n.store
	}
	return tracedHooks{n.store, n.store}
}

type tracedHooks struct {
	webhook.Store
	payments payments
}

// ClaimDeliveries implements [webhook.Store].
func (t tracedHooks) ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) (due []webhook.Delivery, next time.Time, err error) {
	due, next, err = t.Store.ClaimDeliveries(ctx, now, lease, limit)
	for i, d := range due {
		due[i].Trace = traceOf(ctx, t.payments, d.Event.Payment)
	}
	return due, next, err
}
