package storetest

import (
	"errors"
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/processor"
	"sandbank/webhook"
)

// endpointChanges: an endpoint is changed under a lock, or not at all.
func endpointChanges(s *suite) {
	e := s.endpoint("m1")
	waiting := s.delivered(e)
	got, err := s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error {
		e.URL, e.Description, e.Body = "http://127.0.0.1:2/", "é'", webhook.BodyThin
		e.Rotate(webhook.Keys{Secret: "whsec_new", Key: "whsk_new"}, s.now)
		return nil
	})
	s.ok(err)
	kept, err := s.store.Endpoint(s.ctx, "m1", e.ID)
	s.ok(err)
	if got.URL != "http://127.0.0.1:2/" || kept.URL != got.URL || kept.Description != "é'" || kept.Former == nil ||
		kept.Former.Secret != e.Secret || !kept.Former.Until.Equal(s.now.Add(webhook.Overlap)) || kept.Secret != "whsec_new" {
		s.Errorf("changed to %+v, kept %+v", got, kept)
	}
	refused := errors.New("no")
	if _, err := s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error { e.URL = "x"; return refused }); err == nil {
		s.Error("an error of change is lost")
	}
	if kept, err = s.store.Endpoint(s.ctx, "m1", e.ID); err != nil || kept.URL != got.URL {
		s.Errorf("a refused change is kept: %+v, %v", kept, err)
	}
	for _, merchant := range []string{"m2", ""} {
		if _, err := s.store.ChangeEndpoint(s.ctx, merchant, e.ID, func(*webhook.Endpoint) error { return nil }); !fault.Is(err, fault.NotFound) {
			s.Errorf("merchant %q may change it: %v", merchant, err)
		}
	}
	if n, err := s.store.PendingDeliveries(s.ctx); err != nil || n != 1 {
		s.Errorf("%d pending before it is disabled, %v", n, err)
	}
	_, err = s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error { e.Enabled = false; return nil })
	s.ok(err)
	r, err := s.store.Delivery(s.ctx, e.ID, waiting)
	s.ok(err)
	if r.Status != webhook.Exhausted {
		s.Errorf("what waited for a disabled endpoint is %s", r.Status)
	}
	other := s.endpoint("m2")
	all, err := s.store.AllEndpoints(s.ctx)
	s.ok(err)
	if len(all) != 2 || all[0].ID == all[1].ID || other.Merchant != "m2" {
		s.Errorf("all endpoints: %+v", all)
	}
}

// A 410 comes from a URL. If the merchant has changed that meanwhile, the new
// one is not to blame, and what else was changed stays.
func goneLate(s *suite) {
	e := s.endpoint("m1")
	id := s.delivered(e)
	_, err := s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error { e.URL = "http://127.0.0.1:2/"; return nil })
	s.ok(err)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{{
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: s.now, Code: 410}, Status: webhook.Exhausted, Disable: "gone", Owner: e,
	}}))
	got, err := s.store.Endpoint(s.ctx, "m1", e.ID)
	s.ok(err)
	if !got.Enabled || got.URL != "http://127.0.0.1:2/" {
		s.Errorf("after a 410 of the old URL: %+v", got)
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
	first := s.tried(e, id, 1, 500, webhook.Pending, s.now.Add(time.Minute))
	first.Ahead = -(36*time.Hour + time.Microsecond)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{first}))
	for range 2 {
		s.ok(s.store.AddEdited(s.ctx, webhook.Attempt{
			Delivery: id, At: s.now.Add(90 * time.Second), Code: 204, Request: webhook.Request{URL: e.URL, Body: webhook.BodyEdited, Edited: `{"é": "\u0000"}`},
		}))
	}
	second := s.tried(e, id, 2, 204, webhook.Delivered, time.Time{})
	second.At = s.now.Add(2 * time.Minute)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second}))
	r, err := s.store.Delivery(s.ctx, e.ID, id)
	s.ok(err)
	if len(r.Attempts) != 4 || r.Tries != 2 || r.Status != webhook.Delivered || r.Event.Sequence != 1 || r.Endpoint.URL != e.URL {
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
	s.ok(s.store.Record(s.ctx, []webhook.Tried{s.tried(e, ids[1], 1, 200, webhook.Delivered, time.Time{})}))
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
	if got := list(processor.DeliveryFilter{Limit: 10, Status: webhook.Delivered}); !slices.Equal(got, ids[1:2]) {
		s.Errorf("the delivered: %v", got)
	}
	if got := list(processor.DeliveryFilter{Limit: 10, Status: webhook.Exhausted}); len(got) != 0 {
		s.Errorf("the exhausted: %v", got)
	}
}

func redeliver(s *suite) {
	s.lease = time.Hour // what is claimed, or new, is in somebody's hand
	e, other := s.endpoint("m1"), s.endpoint("m2")
	fresh, delivered, failed, exhausted := s.delivered(e), s.delivered(e), s.delivered(e), s.delivered(e)
	foreign := s.delivered(other)
	later := s.now.Add(time.Hour)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{
		s.tried(e, delivered, 1, 200, webhook.Delivered, time.Time{}), s.tried(e, failed, 1, 500, webhook.Pending, later),
		s.tried(e, exhausted, 7, 500, webhook.Exhausted, time.Time{}), s.tried(other, foreign, 7, 500, webhook.Exhausted, time.Time{}),
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
