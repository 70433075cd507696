package processor_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
)

// When time and customers meet at the last instant, one of them wins, once.
func TestAbandonment_RacingPayHasOneWinner(t *testing.T) {
	r := New(t, nil)
	wins := map[payment.Status]int{}
	for round := range 20 {
		wish := Wish()
		wish.Life = time.Second
		p, _, err := r.Create(t.Context(), wish)
		r.OK(err)
		var paid, canceled atomic.Int64
		var start, all sync.WaitGroup
		start.Add(1)
		for i := range 16 {
			all.Go(func() {
				start.Wait()
				var err error
				if i%4 == 3 {
					if got, e := r.Cancel(t.Context(), p.ID, payment.ByCustomer); e == nil && got.Status == payment.Canceled {
						canceled.Add(1)
					} else {
						err = e
					}
				} else if _, err = r.Pay(t.Context(), p.ID, Visa, ""); err == nil {
					paid.Add(1)
				}
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			start.Wait()
			for range round % 7 { // at another moment each time
				_, _ = r.Disk.Payment(t.Context(), p.ID)
			}
			r.Clock.Advance(time.Second)
		})
		start.Done()
		all.Wait()
		got := r.Now(p.ID)
		if paid.Load() == 0 && canceled.Load() == 0 {
			got = r.Elapse(time.Second, p.ID, payment.Abandoned)
		}
		wins[got.Status]++
		asked, told := len(r.Requests(p.ID)), len(r.Told(p.ID))
		switch got.Status {
		case payment.Processing:
			if paid.Load() != 1 || canceled.Load() != 0 || asked != 1 || told != 1 {
				t.Fatalf("%d paid, %d canceled, %d requests, %d events", paid.Load(), canceled.Load(), asked, told)
			}
		case payment.Canceled:
			if paid.Load() != 0 || asked != 0 || told != 1 {
				t.Fatalf("canceled, and %d paid, %d requests, %d events", paid.Load(), asked, told)
			}
		case payment.Abandoned:
			if paid.Load() != 0 || canceled.Load() != 0 || asked != 0 || told != 0 {
				t.Fatalf("abandoned, and %d paid, %d canceled, %d requests, %d events", paid.Load(), canceled.Load(), asked, told)
			}
		default:
			t.Fatalf("abandoned, paid and canceled at once: want one of the three, got %+v", got)
		}
	}
	t.Log(wins)
}

// A bank's answer and its deadline at the same time: one of them decides, and the
// money follows that one.
func TestBankTimeout_RacingApprovalHasOneWinner(t *testing.T) {
	r := New(t, nil)
	for range 15 {
		p, q := r.Paid()
		var start, all sync.WaitGroup
		start.Add(1)
		for _, copy := range []string{"", "-again", "-more"} {
			all.Go(func() {
				start.Wait()
				yes := Answer(q, payment.OutcomeApproved)
				yes.ID += copy
				if h := r.Say(yes); h.Err != nil || h.Reject {
					t.Errorf("approved while the deadline passed: want the result taken, got %+v", h)
				}
			})
		}
		all.Go(func() { start.Wait(); r.Clock.Advance(Deadline) })
		start.Done()
		all.Wait()
		got := r.Now(p.ID)
		if booked := entries(r, p.ID); (got.Status == payment.Captured) != (booked == 1) || booked > 1 {
			t.Fatalf("%s with %d entries", got.Status, booked)
		}
	}
}
