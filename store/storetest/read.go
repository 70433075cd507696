package storetest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/fault"
	"sandbank/processor"
)

func unknown(s *suite) {
	if _, err := s.store.Payment(s.ctx, s.id("pay")); !fault.Is(err, fault.NotFound) {
		s.Errorf("payment: %v", err)
	}
	if err := s.store.RemoveEndpoint(s.ctx, "m1", "whe_none"); !fault.Is(err, fault.NotFound) {
		s.Errorf("endpoint: %v", err)
	}
}

func text(s *suite) {
	p := s.made("m1")
	p.Description = "'; DROP TABLE payments; -- \" \\ \U0001F3D6 " + strings.Repeat("é", 200)
	p.Metadata = map[string]string{"a'b": "\u2028"}
	s.create(p)
	got, err := s.store.Payment(s.ctx, p.ID)
	s.ok(err)
	if got.Description != p.Description || got.Metadata["a'b"] != "\u2028" {
		s.Errorf("read back as %q %q", got.Description, got.Metadata)
	}
}

// abandoned: readers that leave at any moment leave nothing behind for later
// ones.
func abandoned(s *suite) {
	p := s.made("m1")
	s.create(p)
	for n := range 2000 {
		ctx, leave := context.WithTimeout(s.ctx, time.Duration(n%250)*time.Microsecond)
		_, _ = s.store.Timeline(ctx, p.ID)
		leave()
	}
	var readers sync.WaitGroup
	for range 32 {
		readers.Go(func() {
			if _, err := s.store.Timeline(s.ctx, p.ID); err != nil {
				s.Errorf("after others have left: %v", err)
			}
		})
	}
	readers.Wait()
}

// newest reads events of all merchants and of one in pages, from the newest on, and by their type.
func (s *suite) newest() {
	all, err := s.store.LatestEvents(s.ctx, processor.EventFilter{Limit: 1000})
	s.ok(err)
	for _, merchant := range []string{"", "m2"} {
		var want, got []string
		for _, e := range all {
			if merchant == "" || e.Merchant == merchant {
				want = append(want, e.ID)
			}
		}
		for before := ""; ; {
			page, err := s.store.LatestEvents(s.ctx, processor.EventFilter{Merchant: merchant, Before: before, Limit: 4})
			s.ok(err)
			for _, e := range page {
				got = append(got, e.ID)
			}
			if len(page) < 4 {
				break
			}
			before = page[3].ID
		}
		if merchant == "m2" { // in the order of its sequence, which ids of one instant need not be in
			slices.Sort(want)
			slices.Sort(got)
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			s.Errorf("the newest events of %q in pages of four: got %v, want %v", merchant, got, want)
		}
	}
	captured, err := s.store.LatestEvents(s.ctx, processor.EventFilter{Type: all[0].Type, Limit: 1000})
	s.ok(err)
	if none, err := s.store.LatestEvents(s.ctx, processor.EventFilter{Type: "payout.paid", Limit: 1}); err != nil || len(none) > 0 || len(captured) == 0 {
		s.Errorf("by type: got %d, and of a type that none has %d (%v)", len(captured), len(none), err)
	}
}
