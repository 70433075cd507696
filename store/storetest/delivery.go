package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/processor"
	"sandbank/webhook"
)

// delivered makes a captured payment with one delivery to the endpoint.
func (s *suite) delivered(e webhook.Endpoint) (id string) {
	p := s.made(e.Merchant)
	s.create(p)
	id = s.id("del")
	s.ok(s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}}, func(w *processor.Work) error {
		if got := w.EndpointsOf(e.Merchant); len(got) == 0 || got[0].ID != e.ID {
			return fmt.Errorf("the merchant's endpoints were not loaded: %v", got)
		}
		w.Changes = s.captured(p)
		w.Deliveries = append(w.Deliveries, processor.Delivery{ID: id, Event: 0, Endpoint: e, NextAt: s.now})
		return nil
	}))
	return id
}

// recordedMeanwhile records tries from both ends while the endpoint is changed
// and removed: they lock the same rows in different orders, and all get through.
func recordedMeanwhile(s *suite) {
	e := s.endpoint("m1")
	var tried []webhook.Tried
	for range 40 {
		tried = append(tried, webhook.Tried{
			Attempt: webhook.Attempt{Delivery: s.delivered(e), Number: 1, At: s.now, Code: 500}, Status: webhook.DeliveryPending, NextAt: s.now, Owner: e,
		})
	}
	backward := slices.Clone(tried)
	slices.Reverse(backward)
	var at sync.WaitGroup
	for range 10 {
		at.Go(func() { s.fine(s.store.Record(s.ctx, tried)) })
		at.Go(func() { s.fine(s.store.Record(s.ctx, backward)) })
	}
	at.Wait()
	backward[0].Disable = "gone"
	at.Go(func() { s.fine(s.store.Record(s.ctx, backward)) })
	at.Go(func() {
		_, err := s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error { e.Enabled = false; return nil })
		s.fine(err)
	})
	at.Wait()
	at.Go(func() { s.fine(s.store.Record(s.ctx, tried)) })
	at.Go(func() { s.fine(s.store.RemoveEndpoint(s.ctx, "m1", e.ID)) })
	at.Wait()
}

// earlierEvent keeps a delivery of an event of an earlier commit: that of a webhook that was held. No event comes
// with it, and it is due at once, however old its event is.
func earlierEvent(s *suite) {
	e := s.endpoint("m1")
	s.delivered(e)
	found, _, err := s.store.ClaimDeliveries(s.ctx, s.now, time.Hour, 10)
	s.ok(err)
	if len(found) != 1 {
		s.Fatalf("claimed %+v", found)
	}
	of, id, later := found[0].Event, s.id("del"), s.now.Add(time.Hour)
	s.ok(s.store.Commit(s.ctx, processor.Load{Tells: []string{"m1"}}, func(w *processor.Work) error {
		w.Changes = processor.Changes{Deliveries: []processor.Delivery{{ID: id, Earlier: &of, Endpoint: e, NextAt: later}}, Lease: time.Minute}
		return nil
	}))
	found, _, err = s.store.ClaimDeliveries(s.ctx, later, time.Hour, 10)
	s.ok(err)
	if len(found) != 0 {
		s.Errorf("claimed %+v, which is handed over in memory", found)
	}
	list, err := s.store.ListDeliveries(s.ctx, processor.DeliveryFilter{Endpoint: e.ID, Limit: 10})
	s.ok(err)
	if len(list) != 2 || !slices.ContainsFunc(list, func(d webhook.Delivery) bool { return d.ID == id && d.Event.ID == of.ID }) {
		s.Errorf("the endpoint has %+v, expected the delivery %s of %s", list, id, of.ID)
	}
}

func deliveries(s *suite) {
	e := s.endpoint("m1")
	// Leases go by another clock than due times: no simulated time ends them.
	s.lease = time.Minute
	s.delivered(e)
	later := s.now.Add(100 * time.Hour)
	found, next, err := s.store.ClaimDeliveries(s.ctx, later, time.Hour, 10)
	s.ok(err)
	if len(found) != 0 || !next.IsZero() {
		s.Errorf("claimed %d deliveries under lease, next %s", len(found), next)
	}
	s.lease = 0
	id := s.delivered(e)
	found, next, err = s.store.ClaimDeliveries(s.ctx, s.now.Add(-time.Second), time.Hour, 10)
	s.ok(err)
	if len(found) != 0 || !next.Equal(s.now) {
		s.Errorf("claimed %d deliveries before their time, next %s", len(found), next)
	}
	found, _, err = s.store.ClaimDeliveries(s.ctx, s.now, time.Hour, 10)
	s.ok(err)
	if len(found) != 1 || found[0].ID != id || found[0].Endpoint.URL != e.URL || found[0].Event.Sequence != 2 {
		s.Fatalf("claimed %+v", found)
	}
	first := webhook.Tried{
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: later, Took: time.Millisecond, Code: 500, Response: "no\x00"},
		Status:  webhook.DeliveryPending, NextAt: later.Add(time.Minute), Owner: e,
	}
	s.ok(s.store.Record(s.ctx, []webhook.Tried{first}))
	if _, next, err = s.store.ClaimDeliveries(s.ctx, later, time.Hour, 10); err != nil || !next.Equal(later.Add(time.Minute)) {
		s.Errorf("next try at %s, %v", next, err)
	}
	of := found[0].Event.Payment
	s.arrived(of, processor.Arrivals{Retrying: 1})
	second := first
	second.Number, second.Code, second.Status = 2, 204, webhook.DeliveryDelivered
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second}))
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second})) // told twice, kept once
	n, err := s.store.PendingDeliveries(s.ctx)
	s.ok(err)
	if w, err := s.store.Waiting(s.ctx); err != nil || w.Deliveries != n || w.DeliveryDue.IsZero() {
		s.Errorf("waiting: expected the %d pending webhooks and when the next is due, got %+v, %v", n, w, err)
	}
	t, err := s.store.Timeline(s.ctx, found[0].Event.Payment)
	s.ok(err)
	if n != 1 || len(t.Deliveries) != 1 || len(t.Deliveries[0].Attempts) != 2 || t.Deliveries[0].Status != webhook.DeliveryDelivered {
		s.Errorf("%d pending, %+v", n, t.Deliveries)
	}
	s.arrived(of, processor.Arrivals{Delivered: 1})
}

// arrived compares how the webhooks of a payment stand, beside a payment that there is not.
func (s *suite) arrived(payment string, want processor.Arrivals) {
	got, err := s.store.Arrivals(s.ctx, []string{payment, "pay_of_nobody"})
	s.ok(err)
	if len(got) != 1 || got[payment] != want {
		s.Errorf("how the webhooks of %s stand: expected %+v of it alone, got %+v", payment, want, got)
	}
}

// tried is a try with everything that is kept of one.
func (s *suite) tried(e webhook.Endpoint, id string, number, code int, status webhook.DeliveryStatus, next time.Time) webhook.Tried {
	return webhook.Tried{
		Attempt: webhook.Attempt{
			Delivery: id, Number: number, At: s.now.Add(time.Duration(number) * time.Second), Took: 1500 * time.Microsecond, Code: code, Error: "é",
			Request: webhook.Request{URL: e.URL, Signature: "v1,AAAA v1a,BBBB", Body: webhook.BodyThin},
			Headers: "Content-Type: text/plain\nX-B: \"é\"\n", Response: "'no'",
		},
		Status: status, NextAt: next, Owner: e,
	}
}

func attemptsWhole(s *suite) {
	e := s.endpoint("m1")
	id := s.delivered(e)
	first := s.tried(e, id, 1, 500, webhook.DeliveryPending, s.now.Add(time.Minute))
	first.Ahead = -(36*time.Hour + time.Microsecond)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{first}))
	for range 2 {
		s.ok(s.store.AddEdited(s.ctx, webhook.Attempt{
			Delivery: id, At: s.now.Add(90 * time.Second), Code: 204, Request: webhook.Request{URL: e.URL, Body: webhook.BodyEdited, Edited: `{"é": "\u0000"}`},
		}))
	}
	second := s.tried(e, id, 2, 204, webhook.DeliveryDelivered, time.Time{})
	second.At = s.now.Add(2 * time.Minute)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second}))
	r, err := s.store.Delivery(s.ctx, e.ID, id)
	s.ok(err)
	if len(r.Attempts) != 4 || r.Tries != 2 || r.Status != webhook.DeliveryDelivered || r.Event.Sequence != 1 || r.Endpoint.URL != e.URL {
		s.Fatalf("%+v", r)
	}
	if got := r.Attempts[0]; got != first.Attempt {
		s.Errorf("read back as %+v, not %+v", got, first.Attempt)
	}
	for _, a := range r.Attempts[1:3] {
		if !a.Edited() || a.Number != 0 || a.Request.Edited != `{"é": "\u0000"}` {
			s.Errorf("an edited try is read back as %+v", a)
		}
	}
	if r.Attempts[3].Number != 2 {
		s.Errorf("the second try is number %d: an edited one has taken its place", r.Attempts[3].Number)
	}
	if _, err := s.store.Delivery(s.ctx, s.id("whe"), id); !fault.Is(err, fault.NotFound) {
		s.Errorf("another endpoint has it: %v", err)
	}
}

func deliveryPages(s *suite) {
	e, other := s.endpoint("m1"), s.endpoint("m2")
	var ids []string
	for range 5 {
		ids = append(ids, s.delivered(e))
	}
	s.delivered(other)
	slices.Sort(ids)
	slices.Reverse(ids)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{s.tried(e, ids[1], 1, 200, webhook.DeliveryDelivered, time.Time{})}))
	list := func(f processor.DeliveryFilter) (got []string) {
		f.Endpoint = e.ID
		found, err := s.store.ListDeliveries(s.ctx, f)
		s.ok(err)
		for _, d := range found {
			got = append(got, d.ID)
		}
		return got
	}
	if got := list(processor.DeliveryFilter{Limit: 2}); !slices.Equal(got, ids[:2]) {
		s.Errorf("the first page: %v, not %v", got, ids[:2])
	}
	if got := list(processor.DeliveryFilter{Limit: 10, Before: ids[1]}); !slices.Equal(got, ids[2:]) {
		s.Errorf("the second page: %v, not %v", got, ids[2:])
	}
	if got := list(processor.DeliveryFilter{Limit: 10, Status: webhook.DeliveryDelivered}); !slices.Equal(got, ids[1:2]) {
		s.Errorf("the delivered: %v", got)
	}
	if got := list(processor.DeliveryFilter{Limit: 10, Status: webhook.DeliveryExhausted}); len(got) != 0 {
		s.Errorf("the exhausted: %v", got)
	}
}

func redeliver(s *suite) {
	s.lease = time.Hour // claimed or new deliveries are under a lease
	e, other := s.endpoint("m1"), s.endpoint("m2")
	fresh, delivered, failed, exhausted := s.delivered(e), s.delivered(e), s.delivered(e), s.delivered(e)
	foreign := s.delivered(other)
	later := s.now.Add(time.Hour)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{
		s.tried(e, delivered, 1, 200, webhook.DeliveryDelivered, time.Time{}), s.tried(e, failed, 1, 500, webhook.DeliveryPending, later),
		s.tried(e, exhausted, 7, 500, webhook.DeliveryExhausted, time.Time{}), s.tried(other, foreign, 7, 500, webhook.DeliveryExhausted, time.Time{}),
	}))
	again := func(want int, r processor.Redelivery, now time.Time) {
		s.Helper()
		r.Endpoint = e.ID
		n, err := s.store.Redeliver(s.ctx, r, now)
		s.ok(err)
		if n != want {
			s.Errorf("%+v: %d are sent again, not %d", r, n, want)
		}
	}
	again(0, processor.Redelivery{From: chance.FirstID("del", s.now.Add(time.Millisecond)), Limit: 10}, s.now)
	again(1, processor.Redelivery{From: chance.FirstID("del", s.now), Limit: 1}, s.now)
	again(1, processor.Redelivery{Limit: 10}, s.now)
	again(0, processor.Redelivery{Limit: 10}, s.now) // they are on their way
	due, _, err := s.store.ClaimDeliveries(s.ctx, s.now, time.Hour, 10)
	s.ok(err)
	var got []string
	for _, d := range due {
		got = append(got, d.ID)
	}
	if slices.Contains(got, fresh) || slices.Contains(got, delivered) || slices.Contains(got, foreign) || len(got) != 2 {
		s.Errorf("due are %v, not %s and %s", got, failed, exhausted)
	}
	for _, d := range due {
		if want := map[string]int{failed: 1, exhausted: 7}[d.ID]; d.Tries != want {
			s.Errorf("%s forgot its %d tries: %d", d.ID, want, d.Tries)
		}
	}
	again(1, processor.Redelivery{Delivery: delivered}, s.now)
	again(0, processor.Redelivery{Delivery: foreign}, s.now)
	if due, _, err = s.store.ClaimDeliveries(s.ctx, s.now, time.Hour, 10); err != nil || len(due) != 1 || due[0].ID != delivered {
		s.Errorf("after one was sent again, due are %+v, %v", due, err)
	}
}
