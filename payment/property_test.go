package payment

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment/instrument"
)

// life is a payment under test with a plain model beside it: the next state
// that a reader of the diagram would expect.
type life struct {
	p       Payment
	now     time.Time
	status  Status
	pending int // number of the attempt that waits for its bank, 0 for none
	due     time.Time
	final   *Payment // as it was when it first became final
	decided map[int]AttemptStatus
}

func newLife(t *rapid.T) *life {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l := &life{now: now, status: Created, decided: map[int]AttemptStatus{}}
	l.p = waiting(now, rapid.IntRange(1, 4).Draw(t, "attempts allowed"))
	l.p.BankFixed = rapid.Bool().Draw(t, "bank fixed")
	l.due = l.p.ExpiresAt
	return l
}

func waiting(now time.Time, attempts int) Payment {
	return Payment{
		ID: "pay_1", Merchant: "m", Version: 1, Status: Created, Amount: money.Must("19.99", "EUR"), Reference: "r",
		ReturnURL: "https://shop.example/", FirstBank: "SANDNL2A", Bank: "SANDNL2A", MaxAttempts: attempts,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(15 * time.Minute), DueAt: now.Add(15 * time.Minute),
	}
}

// step holds the outcome of one operation against what every operation promises.
func (l *life) step(t *rapid.T, before Payment, kept []Attempt, next Payment, changed bool) {
	if !reflect.DeepEqual(before.Attempts, kept) {
		t.Fatalf("the payment handed in was changed: %+v, was %+v", before.Attempts, kept)
	}
	if !changed && !reflect.DeepEqual(next, before) {
		t.Fatalf("a refused operation gave %+v, not %+v as it was", next, before)
	}
	if changed && next.Version <= before.Version {
		t.Fatalf("version %d after %d", next.Version, before.Version)
	}
	if next.Status != l.status {
		t.Fatalf("%s became %s; the model says %s", before.Status, next.Status, l.status)
	}
	l.p = next
	if l.final == nil && next.Status.Final() {
		l.final = &next
	}
}

func (l *life) pay(t *rapid.T) {
	bank := rapid.SampledFrom([]string{"SANDNL2A", "SLOWDE2A"}).Draw(t, "bank")
	before, kept := l.p, clone(l.p.Attempts)
	next, err := l.p.Pay(l.now, Try{
		Instrument: instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242"}, Bank: bank,
		RequestID: fmt.Sprintf("req_%d", len(l.p.Attempts)+1), Deadline: l.now.Add(time.Minute),
	})
	may := l.status == Created && l.now.Before(l.p.ExpiresAt) && (!l.p.BankFixed || bank == l.p.Bank)
	if may {
		l.status, l.pending, l.due = Processing, len(before.Attempts)+1, l.now.Add(time.Minute)
	}
	l.refused(t, err, may)
	l.step(t, before, kept, next, may)
}

func (l *life) refused(t *rapid.T, err error, may bool) {
	if may != (err == nil) {
		t.Fatalf("%s at %s: allowed %t, got %v", l.p.Status, l.now, may, err)
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatalf("refused with %v, not a conflict", err)
	}
}

func (l *life) cancel(t *rapid.T) {
	before, kept := l.p, clone(l.p.Attempts)
	next, err := l.p.Cancel(l.now, rapid.SampledFrom([]CanceledBy{ByCustomer, ByMerchant}).Draw(t, "by"))
	may := l.status == ActionRequired || l.status == Created && l.now.Before(l.p.ExpiresAt)
	if may {
		if l.status == ActionRequired {
			l.decided[l.pending] = AttemptStopped
		}
		l.status, l.pending, l.due = Canceled, 0, time.Time{}
	}
	l.refused(t, err, may)
	l.step(t, before, kept, next, may)
}

func (l *life) expire(t *rapid.T) {
	before, kept := l.p, clone(l.p.Attempts)
	next, changed := l.p.Expire(l.now)
	may := !l.status.Final() && !l.now.Before(l.due)
	if may != changed {
		t.Fatalf("%s due %s at %s: expired %t", l.status, l.due, l.now, changed)
	}
	if may {
		if l.status = Failed; before.Status == Created {
			l.status = Abandoned
		} else {
			l.decided[l.pending] = AttemptTimedOut
		}
		l.pending, l.due = 0, time.Time{}
	}
	if next.Status == Abandoned && before.Status != Created && before.Status != Abandoned {
		t.Fatalf("abandoned from %s", before.Status)
	}
	l.step(t, before, kept, next, changed)
}

// result answers some attempt, rightly or with one thing wrong.
func (l *life) result(t *rapid.T) {
	r, wrong := l.answer(t)
	before, kept := l.p, clone(l.p.Attempts)
	next, verdict, note := l.p.Apply(l.now, r)
	want := l.verdict(r, wrong)
	if verdict != want {
		t.Fatalf("%s with attempt %d of %d: %s (%s), the model says %s", l.status, r.Attempt, len(before.Attempts), verdict, note, want)
	}
	if (note == "") != (verdict == VerdictApplied) {
		t.Fatalf("%s with the note %q", verdict, note)
	}
	if verdict == VerdictApplied {
		l.conclude(r)
	}
	l.step(t, before, kept, next, verdict == VerdictApplied)
}

func (l *life) answer(t *rapid.T) (r Result, wrong string) {
	r = Result{
		Attempt: rapid.IntRange(0, len(l.p.Attempts)+1).Draw(t, "attempt"), Amount: l.p.Amount, Bank: "SANDNL2A", RequestID: "req_1",
		Outcome: rapid.SampledFrom([]Outcome{OutcomeApproved, OutcomeDeclined, OutcomeError, OutcomeChallenge}).Draw(t, "outcome"),
	}
	if r.Attempt < 1 || r.Attempt > len(l.p.Attempts) {
		return r, "attempt"
	}
	a := l.p.Attempts[r.Attempt-1]
	r.Bank, r.RequestID, r.AuthorizationCode, r.BankReference = a.Bank, a.RequestID, "123456", "SAND-1"
	wrong = rapid.SampledFrom([]string{"", "", "", "", "amount", "less", "currency", "bank", "request", "outcome"}).Draw(t, "wrong")
	switch wrong {
	case "amount":
		r.Amount = money.Must("20.00", "EUR")
	case "less":
		r.Amount = money.Must("19.98", "EUR")
	case "currency":
		r.Amount = money.Must("19.99", "USD")
	case "bank":
		r.Bank = "NAYSFR2A"
	case "request":
		r.RequestID = "req_other"
	case "outcome":
		r.Outcome = "perhaps"
	}
	return r, wrong
}

func (l *life) verdict(r Result, wrong string) Verdict {
	switch {
	case wrong != "":
		return VerdictMismatch
	case r.Attempt == l.pending && (l.status == Processing || r.Outcome != OutcomeChallenge):
		return VerdictApplied
	case r.Attempt == l.pending || l.decided[r.Attempt] == statusOf(r.Outcome):
		return VerdictDuplicate
	}
	return VerdictLate
}

func (l *life) conclude(r Result) {
	if r.Outcome == OutcomeChallenge {
		l.status = ActionRequired
		return
	}
	l.decided[l.pending] = statusOf(r.Outcome)
	l.pending, l.due = 0, time.Time{}
	switch {
	case r.Outcome == OutcomeApproved:
		l.status = Captured
	case r.Outcome == OutcomeError:
		l.status = Failed
	case len(l.p.Attempts) < l.p.MaxAttempts && l.now.Before(l.p.ExpiresAt):
		l.status, l.due = Created, l.p.ExpiresAt
	default:
		l.status = Declined
	}
}

// holds is what is true of a payment at any time.
func (l *life) holds(t *rapid.T) {
	approved := 0
	for _, a := range l.p.Attempts {
		if a.Status == AttemptApproved {
			approved++
		}
	}
	if (l.p.Status == Captured) != (approved == 1) || approved > 1 {
		t.Fatalf("%s with %d approved attempts", l.p.Status, approved)
	}
	if !l.p.DueAt.Equal(l.due) || l.p.Status.Final() != l.p.DueAt.IsZero() {
		t.Fatalf("%s is due %s; the model says %s", l.p.Status, l.p.DueAt, l.due)
	}
	if l.final != nil && !reflect.DeepEqual(*l.final, l.p) {
		t.Fatalf("a final payment changed from %+v to %+v", *l.final, l.p)
	}
	if len(l.p.Attempts) > l.p.MaxAttempts {
		t.Fatalf("%d attempts of %d", len(l.p.Attempts), l.p.MaxAttempts)
	}
}

func clone(list []Attempt) []Attempt {
	if list == nil {
		return nil
	}
	return append([]Attempt{}, list...)
}

func TestPayment_KeepsItsPromisesUnderAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		created := l.p
		t.Repeat(map[string]func(*rapid.T){
			"pay": l.pay, "cancel": l.cancel, "expire": l.expire, "result": l.result, "another result": l.result,
			"time": func(t *rapid.T) {
				l.now = l.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 59, 60, 300, 899, 900}).Draw(t, "seconds")) * time.Second)
			},
			"": l.holds,
		})
		if got := l.p.AsCreated(); !reflect.DeepEqual(got, created) {
			t.Fatalf("as created it was %+v, now said to be %+v", created, got)
		}
	})
}

// A reversal is the one change after the end: it adds a message id, and no
// more, and only once.
func TestPayment_ReversesAnAttemptOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.p.BankFixed = false
		for range rapid.IntRange(1, l.p.MaxAttempts).Draw(t, "attempts") {
			l.p, _ = l.p.Pay(l.now, Try{Bank: "SANDNL2A", RequestID: "req", Deadline: l.now.Add(time.Minute)})
			l.p, _, _ = l.p.Apply(l.now, Result{
				Attempt: len(l.p.Attempts), Bank: "SANDNL2A", RequestID: "req", Amount: l.p.Amount, Outcome: OutcomeDeclined,
			})
		}
		which := rapid.IntRange(-1, len(l.p.Attempts)+1).Draw(t, "which")
		before, kept := l.p, clone(l.p.Attempts)
		next, first := l.p.Reverse(which, "rev_1")
		if !reflect.DeepEqual(before.Attempts, kept) {
			t.Fatal("the payment handed in was changed")
		}
		if exists := which >= 1 && which <= len(kept); first != exists {
			t.Fatalf("attempt %d of %d reversed: %t", which, len(kept), first)
		}
		again, second := next.Reverse(which, "rev_2")
		if second || !reflect.DeepEqual(again, next) {
			t.Fatalf("reversed twice: %+v", again)
		}
		if first && (next.Status != before.Status || next.Version != before.Version+1 || next.Attempts[which-1].ReversalID != "rev_1") {
			t.Fatalf("reversing gave %+v", next)
		}
	})
}
