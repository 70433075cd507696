package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"sandbank/broker"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

func outbox(s *suite) {
	s.lease = time.Hour
	_, w := s.paid("m1")
	found, err := s.store.Claim(s.ctx, time.Hour, 10)
	s.ok(err)
	if len(found) != 0 {
		s.Errorf("claimed %d parcels of a live owner, expected none", len(found))
	}
	s.lease = 0
	_, again := s.paid("m1")
	found, err = s.store.Claim(s.ctx, 0, 10)
	s.ok(err)
	if len(found) != 1 || len(found[0].Messages) != 2 || found[0].ID != again.Events[0].ID {
		s.Fatalf("claimed %+v, expected one parcel of two", found)
	}
	event, request := found[0].Messages[0], found[0].Messages[1]
	if event.ID != again.Events[0].ID || string(event.Body) != string(again.Events[0].Body()) ||
		request.ID != again.Messages[0].ID || request.Key != "SANDNL2A" || !request.Mandatory {
		s.Errorf("claimed %+v, expected the event and then the request", found)
	}
	s.ok(s.store.Postpone(s.ctx, found[0].ID, time.Hour, []string{request.ID}, "no queue"))
	s.ok(s.store.Published(s.ctx, []string{w.Events[0].ID, "unknown"}))
	n, err := s.store.Backlog(s.ctx)
	s.ok(err)
	if n != 1 {
		s.Errorf("the outbox holds %d, expected the one request", n)
	}
	waiting, err := s.store.Waiting(s.ctx)
	s.ok(err)
	if waiting.Outbox != 1 || !waiting.OutboxUntil.After(time.Now()) {
		s.Errorf("waiting: expected one message in the outbox, left alone for an hour, got %+v", waiting)
	}
	if found, err = s.store.Claim(s.ctx, time.Hour, 10); err != nil || len(found) != 0 {
		s.Errorf("claimed %v, %v after all was postponed or published", found, err)
	}
	s.ok(s.store.Postpone(s.ctx, again.Events[0].ID, 0, []string{request.ID}, "no queue"))
	if found, err = s.store.Claim(s.ctx, time.Hour, 10); err != nil || len(found) != 1 || len(found[0].Messages) != 1 || found[0].Messages[0].ID != request.ID {
		s.Errorf("claimed %+v, %v, expected what was postponed", found, err)
	}
}

// claimOnce: however many look for rows at once, each row is claimed by one, and
// by nobody else while the lease lasts.
func claimOnce(s *suite) {
	const rows, claimers = 40, 8
	for range rows {
		s.paid("m1")
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	var all sync.WaitGroup
	for range claimers {
		all.Go(func() {
			for {
				found, err := s.store.Claim(s.ctx, time.Hour, 7)
				if s.fine(err); len(found) == 0 || err != nil {
					return
				}
				mu.Lock()
				for _, p := range found {
					claimed[p.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id, n := range claimed {
		if n != 1 {
			s.Errorf("parcel %s was claimed %d times under one lease", id, n)
		}
	}
	if len(claimed) != rows {
		s.Errorf("%d parcels were claimed, expected %d", len(claimed), rows)
	}
}

// attempt sends a payment to its bank once more, and returns the request's id.
func (s *suite) attempt(p payment.Payment) (payment.Payment, string) {
	s.Helper()
	id := s.id("req")
	next, err := p.Pay(s.now, payment.Try{
		Bank: p.Bank, RequestID: id, Deadline: s.now.Add(time.Minute), Instrument: instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242"},
	})
	s.ok(err)
	s.sent(next, processor.Message{ID: id, Attempt: next.Last().Number, Kind: "authorize"})
	return next, id
}

// sent commits a payment with a request about it.
func (s *suite) sent(p payment.Payment, m processor.Message) {
	s.Helper()
	m.Direction, m.Payment, m.Bank, m.At, m.Body = processor.Out, p.ID, p.Bank, s.now, []byte(`{}`)
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Updated, w.Messages = append(w.Updated, p), append(w.Messages, m) }))
}

// claimedRequests takes over all that is free, and returns the requests in it.
func (s *suite) claimedRequests() (ids []string) {
	s.Helper()
	found, err := s.store.Claim(s.ctx, time.Hour, 100)
	s.ok(err)
	for _, p := range found {
		for _, m := range p.Messages {
			if m.Exchange == broker.Requests {
				ids = append(ids, m.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// resend: requests without an answer come back, and nothing else does.
func resend(s *suite) {
	s.invented = true // these requests have no entries behind them
	p := s.made("m1")
	s.create(p)
	_, waiting := s.attempt(p)

	tried := s.made("m1")
	s.create(tried)
	tried, answered := s.attempt(tried)
	tried, verdict, note := tried.Apply(s.now, payment.Result{Bank: tried.Bank, RequestID: answered, Attempt: 1, Amount: tried.Amount, Outcome: payment.OutcomeDeclined})
	if verdict != payment.VerdictApplied {
		s.Fatal(note)
	}
	_, second := s.attempt(tried)

	captured, _ := s.paid("m1")
	refund := s.id("req")
	refunding, _, err := captured.Begin(s.now, payment.Ask{ID: s.id("re"), Kind: payment.OpRefund, Amount: money.Must("1.00", "EUR"), RequestID: refund, Deadline: s.now.Add(time.Minute)})
	s.ok(err)
	s.sent(refunding, processor.Message{ID: refund, Attempt: 1, Kind: "refund"})

	found, err := s.store.Claim(s.ctx, time.Hour, 100)
	s.ok(err)
	for _, parcel := range found {
		s.ok(s.store.Published(s.ctx, []string{parcel.ID}))
	}
	s.ok(s.store.Resend(s.ctx))
	expected := []string{waiting, second, refund}
	slices.Sort(expected)
	if got := s.claimedRequests(); !slices.Equal(got, expected) {
		s.Errorf("resent %v, expected the unanswered %v (%s was answered)", got, expected, answered)
	}
	s.ok(s.store.Resend(s.ctx)) // while they are under way
	if got := s.claimedRequests(); len(got) != 0 {
		s.Errorf("resent %v a second time while they were leased", got)
	}
}

// notices: listening lasts as long as its context, and no longer.
func notices(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan struct{})
	nothing := func(string) {}
	go func() {
		s.store.Listen(ctx, processor.Ears{Changed: nothing, Told: nothing, Kept: nothing})
		close(ended)
	}()
	s.paid("m1") // which may be told of or not, but holds nobody up
	select {
	case <-ended:
		s.Error("listening ended before its context")
	default:
	}
	cancel()
	<-ended
}
