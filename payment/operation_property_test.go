package payment

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/fault"
	"sandbank/money"
)

// later is a payment that a bank approved, with the sums that a reader of the
// rules would expect beside it.
type later struct {
	*rapid.T
	p                           Payment
	now                         time.Time
	captured, refunded, charged money.Amount
	n                           int
}

func newLater(t *rapid.T) *later {
	zero := money.Zero("EUR")
	l := &later{T: t, now: noon, captured: zero, refunded: zero, charged: zero}
	l.p = waiting(noon, 3)
	l.p.CaptureMode = rapid.SampledFrom([]CaptureMode{CaptureManual, CaptureManual, CaptureAutomatic}).Draw(t, "mode")
	l.p, _ = l.p.Pay(noon, try(noon))
	l.p, _, _ = l.p.Apply(noon, answer(l.p, OutcomeApproved))
	if l.p.CaptureMode == CaptureAutomatic {
		l.captured = l.p.Amount
	}
	return l
}

// became takes the next state, which differs from the last one if and only if
// something changed.
func (l *later) became(next Payment, changed bool) {
	if !changed && !reflect.DeepEqual(next, l.p) {
		l.Fatalf("what was refused gave %+v, not %+v", next, l.p)
	}
	if changed && next.Version <= l.p.Version {
		l.Fatalf("version %d after %d", next.Version, l.p.Version)
	}
	if l.p.Status.Final() && next.Status != l.p.Status {
		l.Fatalf("%s became %s", l.p.Status, next.Status)
	}
	l.p = next
}

func (l *later) begin() {
	l.n++
	a := Ask{
		ID: fmt.Sprintf("op_%d", l.n), RequestID: fmt.Sprintf("req_op_%d", l.n), Kind: rapid.SampledFrom([]OperationKind{OpCapture, OpCapture, OpRefund, OpVoid}).Draw(l.T, "kind"),
		Final: rapid.IntRange(0, 3).Draw(l.T, "final") == 0, Deadline: l.now.Add(time.Minute),
	}
	if a.Kind != OpVoid && rapid.Bool().Draw(l.T, "part") {
		a.Amount = money.Must(fmt.Sprintf("%d.%02d", rapid.IntRange(0, 20).Draw(l.T, "euros"), rapid.IntRange(0, 99).Draw(l.T, "cents")), "EUR")
	}
	next, _, err := l.p.Begin(l.now, a)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Unprocessable) {
		l.Fatalf("refused with %v", err)
	}
	l.became(next, err == nil)
}

// result answers some operation, perhaps not for the first time.
func (l *later) result() {
	if len(l.p.Operations) == 0 {
		return
	}
	o := rapid.SampledFrom(l.p.Operations).Draw(l.T, "operation")
	outcome := rapid.SampledFrom([]Outcome{OutcomeApproved, OutcomeApproved, OutcomeDeclined, OutcomeError}).Draw(l.T, "outcome")
	next, verdict, _ := l.p.Apply(l.now, Result{Bank: "SANDNL2A", RequestID: o.RequestID, Attempt: 1, Amount: o.Amount, Outcome: outcome})
	if first := o.Status == OpPending; first != (verdict == VerdictApplied) {
		l.Fatalf("the %s was %s, and the answer is %s", o.Kind, o.Status, verdict)
	}
	if verdict == VerdictApplied && outcome == OutcomeApproved {
		switch o.Kind {
		case OpCapture:
			l.captured = l.captured.Add(o.Amount)
		case OpRefund:
			l.refunded = l.refunded.Add(o.Amount)
		case OpVoid:
		}
	}
	l.became(next, verdict == VerdictApplied)
}

// dispute has the bank open a dispute over the amount that it believes is left,
// or decide one. A bank refunds no more than is left: it refuses a pending
// refund that does not fit any more.
func (l *later) dispute() {
	c := Claim{ID: fmt.Sprintf("dp_%d", l.n), Bank: "SANDNL2A", Attempt: 1, Dispute: fmt.Sprintf("dsp_%d", len(l.p.Disputes)), Status: DisputeNeedsResponse,
		Amount: l.p.Refundable(), RespondBy: l.now.Add(time.Hour)}
	if n := len(l.p.Disputes); n > 0 && rapid.Bool().Draw(l.T, "decide") {
		d := l.p.Disputes[rapid.IntRange(0, n-1).Draw(l.T, "dispute")]
		c.Dispute, c.Amount, c.Status = d.BankDispute, d.Amount, rapid.SampledFrom([]DisputeStatus{DisputeWon, DisputeLost}).Draw(l.T, "end")
		if c.Status == DisputeLost && !d.Status.Final() {
			l.charged = l.charged.Add(d.Amount)
		}
	}
	next, verdict, _ := l.p.Claim(l.now, c)
	l.became(next, verdict == VerdictApplied)
}

func (l *later) expire() {
	due := !l.p.DueAt.IsZero() && !l.now.Before(l.p.DueAt)
	next, changed := l.p.Expire(l.now)
	if due != changed {
		l.Fatalf("due %s at %s: changed %t", l.p.DueAt, l.now, changed)
	}
	l.became(next, changed)
}

func (l *later) holds(*rapid.T) {
	p := &l.p
	if !p.Captured().Equal(l.captured) || !p.Refunded().Equal(l.refunded) || !p.ChargedBack().Equal(l.charged) {
		l.Fatalf("captured %s, refunded %s, charged back %s; counted %s, %s, %s", p.Captured(), p.Refunded(), p.ChargedBack(), l.captured, l.refunded, l.charged)
	}
	if p.Captured().Decimal().GreaterThan(p.Amount.Decimal()) || p.Refunded().Add(p.ChargedBack()).Decimal().GreaterThan(p.Captured().Decimal()) {
		l.Fatalf("of %s, captured %s, refunded %s, charged back %s", p.Amount, p.Captured(), p.Refunded(), p.ChargedBack())
	}
	if p.Capturable().IsNegative() || p.Refundable().IsNegative() {
		l.Fatalf("capturable %s, refundable %s", p.Capturable(), p.Refundable())
	}
	_, open := p.pending()
	if wait := open || p.Status == Authorized; wait == p.DueAt.IsZero() {
		l.Fatalf("%s, under way %t, due at %s", p.Status, open, p.DueAt)
	}
	if taken := p.Status == Captured; p.Status.Final() && taken != p.Captured().IsPositive() {
		l.Fatalf("%s with %s captured", p.Status, p.Captured())
	}
}

// Under requests, answers, disputes and deadlines in any order: no more is
// captured than was authorized, no more refunded than was captured, every
// operation is decided once, and every deadline is found.
func TestOperations_KeepTheirPromisesUnderAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLater(t)
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) { l.begin() }, "begin more": func(*rapid.T) { l.begin() },
			"result": func(*rapid.T) { l.result() }, "another result": func(*rapid.T) { l.result() },
			"dispute": func(*rapid.T) { l.dispute() }, "expire": func(*rapid.T) { l.expire() },
			"time": func(t *rapid.T) {
				l.now = l.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 59 * time.Second, time.Minute, 26 * time.Hour}).Draw(t, "time"))
			},
			"": l.holds,
		})
	})
}
