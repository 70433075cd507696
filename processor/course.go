package processor

import (
	"context"
	"slices"
	"strconv"
	"time"

	"sandbank/broker"
	"sandbank/event"
	"sandbank/sim"
	"sandbank/webhook"
)

// deliveryID makes the identifier of the n-th delivery of an event to an endpoint.
type deliveryID func(event, endpoint string, n int) string

func (p *Processor) deliveryID(event, endpoint string, n int) string {
	return p.newID("del", event, endpoint, strconv.Itoa(n))
}

// deliver makes the deliveries of an event to an endpoint: one, unless it is told
// otherwise on purpose.
func deliver(ev event.Event, index int, to webhook.Endpoint, newID deliveryID) []Delivery {
	course := ev.Courses[sim.Webhook]
	d := Delivery{ID: newID(ev.ID, to.ID, 1), Event: index, Endpoint: to, NextAt: ev.At.Add(course.Lateness()), Lost: course.Has(sim.Lost)}
	list := []Delivery{d}
	if course.Has(sim.Copied) {
		d.ID = newID(ev.ID, to.ID, 2)
		list = append(list, d)
	}
	return list
}

// handedOver are the deliveries that leave at once, and whether there are some
// that leave later.
func handedOver(w *Work) (list []webhook.Delivery, later bool) {
	for _, d := range w.Deliveries {
		e := w.EventOf(d)
		switch {
		case d.Lost:
		case w.late(d):
			later = true
		default:
			list = append(list, webhook.Delivery{ID: d.ID, Endpoint: d.Endpoint, Event: e, Status: webhook.DeliveryPending, NextAt: d.NextAt, Trace: w.traceOf(e.Payment)})
		}
	}
	return list, later
}

// lateEvent is the document of a [LateRecord].
type lateEvent struct {
	Event    string `json:"event"`
	Merchant string `json:"merchant"`
}

// delay keeps an event that is to leave by AMQP later.
func (w *Work) delay(e event.Event) {
	course := e.Courses[sim.AMQP]
	if !course.Has(sim.Late) {
		return
	}
	w.keep(NewRecord(Record{
		Kind: LateRecord, ID: "late_" + e.ID, Merchant: e.Merchant, Payment: e.Payment, Status: "waiting", DueAt: e.At.Add(course.Lateness()),
	}, lateEvent{e.ID, e.Merchant}))
}

// toAMQP lists the events that leave by AMQP now.
func (c *Changes) toAMQP() []event.Event {
	list := slices.Clone(c.Late)
	for _, e := range c.Events {
		if !e.Own() { // AMQP speaks no dialect
			continue
		}
		if course := e.Courses[sim.AMQP]; !course.Has(sim.Late) && !course.Has(sim.Lost) {
			list = append(list, e)
		}
	}
	return list
}

// copies are the messages of an event: one, or two on purpose.
func copies(e event.Event) []broker.Message {
	m := EventMessage(e)
	if e.Courses[sim.AMQP].Has(sim.Copied) {
		return []broker.Message{m, m}
	}
	return []broker.Message{m}
}

// tellLate has an event leave by AMQP that was held back on purpose, once.
func (p *Processor) tellLate(ctx context.Context, r Record) error {
	late, err := Decode[lateEvent](r)
	if err != nil {
		return err
	}
	e, err := p.Event(ctx, late.Merchant, late.Event)
	if err != nil {
		return err
	}
	_, err = p.batch.do(ctx, &command{
		load: func(l *Load) { l.Records = append(l.Records, r.ID) },
		decide: func(w *Work) error {
			kept, ok := w.RecordOf(r.ID)
			if !ok || kept.DueAt.IsZero() {
				return nil // another processor was quicker
			}
			kept.Status, kept.DueAt = "sent", time.Time{}
			w.keep(kept)
			w.Late = append(w.Late, e)
			return nil
		},
	})
	return err
}
