package storetest

import (
	"context"
	"strings"
	"sync"
	"time"

	"sandbank/fault"
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
