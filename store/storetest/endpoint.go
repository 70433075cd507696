package storetest

import (
	"errors"

	"sandbank/fault"
	"sandbank/secret"
	"sandbank/webhook"
)

func (s *suite) endpoint(merchant string) webhook.Endpoint {
	e := webhook.Endpoint{
		ID: s.id("whe"), Merchant: merchant, URL: "http://127.0.0.1:1/", Keys: webhook.Keys{Secret: secret.Kept(webhook.Secret(make([]byte, 32))), Key: secret.Kept(webhook.NewKey(make([]byte, 32)))}, Enabled: true, CreatedAt: s.now,
	}
	s.ok(s.store.AddEndpoint(s.ctx, e))
	return e
}

func gone(s *suite) {
	e := s.endpoint("m1")
	id, other := s.delivered(e), s.delivered(e)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{{
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: s.now, Code: 410}, Status: webhook.DeliveryExhausted, Disable: "gone", Owner: e,
	}}))
	got, err := s.store.Endpoint(s.ctx, "m1", e.ID)
	s.ok(err)
	n, err := s.store.PendingDeliveries(s.ctx)
	s.ok(err)
	if got.Enabled || got.Note != "gone" || n != 0 {
		s.Errorf("endpoint %+v, %d pending (%s)", got, n, other)
	}
}

func endpoints(s *suite) {
	e := s.endpoint("m1")
	if _, err := s.store.Endpoint(s.ctx, "m2", e.ID); !fault.Is(err, fault.NotFound) {
		s.Errorf("another merchant sees it: %v", err)
	}
	if err := s.store.RemoveEndpoint(s.ctx, "m2", e.ID); !fault.Is(err, fault.NotFound) {
		s.Errorf("another merchant may delete it: %v", err)
	}
	s.ok(s.store.RemoveEndpoint(s.ctx, "m1", e.ID))
	list, err := s.store.ListEndpoints(s.ctx, "m1")
	s.ok(err)
	if len(list) != 0 {
		s.Errorf("still there: %v", list)
	}
}

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
	if r.Status != webhook.DeliveryExhausted {
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
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: s.now, Code: 410}, Status: webhook.DeliveryExhausted, Disable: "gone", Owner: e,
	}}))
	got, err := s.store.Endpoint(s.ctx, "m1", e.ID)
	s.ok(err)
	if !got.Enabled || got.URL != "http://127.0.0.1:2/" {
		s.Errorf("after a 410 of the old URL: %+v", got)
	}
}
