package node

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/sim"
)

// What follows an authorization is asked for at a second of its own, so that every payment is there.
const (
	asked    = 1
	answerBy = deadline + asked // until when the bank may answer that
	ending   = 2                // seconds from a dispute's opening to its end
)

// later is one outcome of a capture or a refund, or of a dispute, at one time, told in one way.
type later struct {
	part    sim.Part           // "" of a dispute
	outcome sim.Outcome        // of a capture or a refund
	claim   sim.DisputeOutcome // of a dispute
	after   sim.When
	travel  sim.Travel
	course

	holds string // the header of the answer to the capture or the refund
}

func (c *later) name() string {
	kind := string(c.part)
	if kind == "" {
		kind = "dispute"
	}
	parts := []string{kind, string(c.outcome), string(c.claim), string(c.after), string(c.travel), string(c.channel), string(c.way)}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), "/")
}

// laters are made of the model's own words, as the cells are.
func laters() (list []*later) {
	add := func(c later, travels []sim.Travel) {
		for _, t := range travels {
			one := c
			one.travel = t
			list = append(list, &one)
		}
		for _, w := range ways() {
			one := c
			one.course = w
			list = append(list, &one)
		}
	}
	for _, part := range []sim.Part{sim.Capture, sim.Refund} {
		for _, o := range sim.Outcomes(part) {
			for _, after := range []sim.When{"0s", "3s", "24h", sim.AfterDeadline, sim.Never} {
				if o != sim.Silent || after == sim.Never { // else nothing is said, and so not at a time
					add(later{part: part, outcome: o, after: after}, sim.Travels(part))
				}
			}
		}
	}
	for _, o := range sim.DisputeOutcomes() {
		for _, after := range []sim.When{"0s", "3s", "24h", sim.Never} {
			add(later{claim: o, after: after}, slices.DeleteFunc(sim.DisputeTravels(), func(t sim.Travel) bool {
				return o == sim.DisputeSilent && t == sim.OutOfOrder // there is no end that could come first
			}))
		}
	}
	return list
}

func (c *later) body() string {
	bank := map[string]any{"outcome": sim.Approved, "after": "0s"}
	capture := payment.CaptureAutomatic
	if c.part == sim.Capture {
		capture = payment.CaptureManual
	}
	wish := map[string]any{"outcome": c.outcome, "after": c.after}
	if c.travel != "" {
		wish["travel"] = c.travel
	}
	switch {
	case c.part == "":
		wish["outcome"], wish["reason"] = c.claim, "product_not_received"
		if c.claim != sim.DisputeSilent {
			wish["ends_after"] = fmt.Sprintf("%ds", ending)
		}
		bank["dispute"] = wish
	case c.outcome == sim.Silent:
		delete(wish, "after")
	case c.outcome == sim.Declined:
		wish["reason"] = reason.LostCard
	}
	if c.part != "" {
		bank[string(c.part)] = wish
	}
	return c.order(capture, map[string]any{"customer": []any{map[string]any{"action": "pay"}}, "bank": bank})
}

// decided is when the bank answers, or opens the dispute; false for never.
func (c *later) decided() (at int, ok bool) {
	if c.after == sim.Never {
		return 0, false
	}
	if c.after == sim.AfterDeadline {
		return answerBy + 1, true
	}
	d, _ := c.after.Duration()
	if at = int(d / time.Second); c.part != "" {
		at += asked
	}
	return at, c.outcome != sim.Silent
}

// counts reports whether the bank's answer decides.
func (c *later) counts() bool {
	at, said := c.decided()
	return said && at < answerBy && c.outcome != sim.WrongAmount
}

func (c *later) wrong(p *payment.Payment, second int) string {
	if c.part == "" {
		return c.wrongDispute(p, second)
	}
	want := payment.Captured
	taken := c.part == sim.Capture && second >= asked && slices.Contains(c.statuses(second), payment.OpSucceeded)
	if c.part == sim.Capture && !taken {
		want = payment.Authorized
	}
	if second < asked {
		return differs(p.Status, want)
	}
	o, ok := operationOf(p, c.part)
	if !ok || !slices.Contains(c.statuses(second), o.Status) {
		return fmt.Sprintf("has %+v, not one that is %v", o, c.statuses(second))
	}
	if o.Status != payment.OpSucceeded && c.part == sim.Capture {
		want = payment.Authorized
	}
	return differs(p.Status, want)
}

func differs(got, want payment.Status) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("is %s, not %s", got, want)
}

// statuses are those that the capture or refund may have at a second.
func (c *later) statuses(now int) []payment.OperationStatus {
	at, _ := c.decided()
	switch {
	case !c.counts() && now < answerBy, c.counts() && now < at:
		return []payment.OperationStatus{payment.OpPending}
	case !c.counts():
		return []payment.OperationStatus{payment.OpFailed}
	}
	end := payment.OpFailed
	if c.outcome == sim.Approved {
		end = payment.OpSucceeded
	}
	if c.travel == sim.OutOfOrder && now < at+3 {
		return []payment.OperationStatus{payment.OpPending, end}
	}
	return []payment.OperationStatus{end}
}

func operationOf(p *payment.Payment, part sim.Part) (payment.Operation, bool) {
	i := slices.IndexFunc(p.Operations, func(o payment.Operation) bool {
		return !p.Implied(o) && string(o.Kind) == string(part)
	})
	if i < 0 {
		return payment.Operation{}, false
	}
	return p.Operations[i], true
}

func (c *later) wrongDispute(p *payment.Payment, second int) string {
	got := payment.DisputeStatus("")
	if len(p.Disputes) > 0 {
		got = p.Disputes[0].Status
	}
	if want := c.claims(second); !slices.Contains(want, got) || len(p.Disputes) > 1 {
		return fmt.Sprintf("has the disputes %+v, not one that is %q", p.Disputes, want)
	}
	return differs(p.Status, payment.Captured)
}

// claims are the statuses that the dispute may have at a second; "" before there is one.
func (c *later) claims(now int) []payment.DisputeStatus {
	at, said := c.decided()
	const none = payment.DisputeStatus("")
	end := payment.DisputeLost
	if c.claim == sim.DisputeWon {
		end = payment.DisputeWon
	}
	first := payment.DisputeNeedsResponse
	if c.travel == sim.OutOfOrder {
		first = none
	}
	switch { // a bank's decisions have instants of their own, some microseconds late
	case !said || now < at:
		return []payment.DisputeStatus{none}
	case now == at:
		return []payment.DisputeStatus{none, first}
	case c.claim == sim.DisputeSilent || now < at+ending:
		return []payment.DisputeStatus{first}
	case now == at+ending:
		return []payment.DisputeStatus{first, end}
	}
	return []payment.DisputeStatus{end}
}

// TestMatrix_CapturesRefundsAndDisputes takes whatever can follow an authorization through two days, as
// the other cells: each has its outcome at its time, and is told as it asked to be.
func TestMatrix_CapturesRefundsAndDisputes(t *testing.T) {
	list := laters()
	if len(list) < 500 {
		t.Fatalf("there are %d cells", len(list))
	}
	list = shareOf(t, list)
	s := newStage(t)
	s.lead = time.Millisecond
	atOnce(list, func(client *http.Client, c *later) { s.create(client, c, c.body()) })
	all := scenes(list)
	s.till(0, all)
	s.clock.Advance(s.start().Add(asked * time.Second).Sub(s.clock.Now()))
	atOnce(list, func(client *http.Client, c *later) {
		path := map[sim.Part]string{sim.Capture: "/capture", sim.Refund: "/refunds"}[c.part]
		if path != "" {
			var made payment.OperationResource
			if c.holds = s.ask(client, c, "/v1/payments/"+c.id+path, "{}", &made); made.Status != payment.OpPending {
				t.Errorf("%s: made %+v", c.name(), made)
			}
		}
	})
	for _, second := range []int{asked, 2, 3, 4, 5, 7, 11, 14, 18, answerBy - 1, answerBy, answerBy + 1, answerBy + 6, answerBy + 12, day, day + 1, day + 2, day + 4, day + 8, day + 12, day + 20} {
		s.till(second, all)
	}
	s.settled(all)
	for _, c := range list {
		t.Run(c.name(), func(t *testing.T) { s.judgeLater(t, c) })
	}
}

func (s *stage) judgeLater(t *testing.T, c *later) {
	p, err := s.node.Store().Payment(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	story, err := s.node.Store().Timeline(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	c.judgeCause(t, p)
	c.judgeBooks(t, p, story)
	c.judgeMessages(t, story)
	c.judgeHolds(t)
	for _, channel := range sim.Channels() {
		c.judgeChannel(t, channel, story, s.of(channel, c.id))
	}
}

// judgeCause: the payment says by which rule it came so.
func (c *later) judgeCause(t *testing.T, p payment.Payment) {
	if c.part == "" {
		if len(p.Disputes) == 1 && (!strings.HasPrefix(p.Disputes[0].Rule, "simulate.bank.dispute") || p.Disputes[0].Reason != "product_not_received") {
			t.Errorf("the dispute says %+v", p.Disputes[0])
		}
		return
	}
	o, _ := operationOf(&p, c.part)
	code := ""
	switch {
	case !c.counts():
		code = reason.BankTimeout
	case c.outcome == sim.Declined:
		code = reason.LostCard
	case c.outcome == sim.Failed:
		code = reason.ProcessingError
	}
	switch {
	case code == "":
		if o.Reason != nil {
			t.Errorf("it succeeded because of %+v", o.Reason)
		}
	case o.Reason == nil || o.Reason.Code != code || !strings.HasPrefix(o.Reason.Rule, "simulate.bank asks for "):
		t.Errorf("it failed because of %+v, not of %s on purpose", o.Reason, code)
	}
	if undone := o.ReversalID != ""; undone != !c.counts() {
		t.Errorf("the bank is asked to undo what it may have done: %t", undone)
	}
}

// judgeBooks: what was approved in time is booked, once, and nothing else is.
func (c *later) judgeBooks(t *testing.T, p payment.Payment, story processor.Timeline) {
	want := []string{ledger.CaptureKind}
	done := c.counts() && c.outcome == sim.Approved
	_, opened := c.decided()
	switch {
	case c.part == sim.Capture && !done:
		want = nil
	case c.part == sim.Refund && done:
		want = append(want, ledger.RefundReservedKind, ledger.RefundKind)
	case c.part == sim.Refund:
		want = append(want, ledger.RefundReservedKind, ledger.RefundReleasedKind)
	case c.part == "" && opened:
		want = append(want, ledger.DisputeOpenedKind)
		switch c.claim {
		case sim.DisputeLost:
			want = append(want, ledger.DisputeLostKind)
		case sim.DisputeWon:
			want = append(want, ledger.DisputeWonKind)
		case sim.DisputeSilent:
		}
	}
	got := []string(nil)
	for _, e := range story.Entries {
		got = append(got, e.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("booked %v, not %v", got, want)
	}
	if back := p.Refunded().IsPositive(); back != (c.part == sim.Refund && done) {
		t.Errorf("refunded %s", p.Refunded())
	}
}

// judgeMessages counts the bank's messages after its approval.
func (c *later) judgeMessages(t *testing.T, story processor.Timeline) {
	got, want := map[payment.Verdict]int{}, map[payment.Verdict]int{}
	for _, m := range story.Messages {
		if m.Direction == processor.In {
			got[m.Verdict]++
		}
	}
	want[payment.VerdictApplied] = 1 // the authorization
	at, said := c.decided()
	answers := 1
	if c.part == "" && c.claim != sim.DisputeSilent {
		answers = 2
	}
	first, copied := payment.VerdictApplied, payment.VerdictDuplicate
	switch {
	case c.part == "":
	case c.outcome == sim.WrongAmount:
		first, copied = payment.VerdictMismatch, payment.VerdictMismatch
	case at >= answerBy && c.outcome == sim.Approved:
		first, copied = payment.VerdictLate, payment.VerdictLate
	case at >= answerBy: // it failed already
		first = payment.VerdictDuplicate
	}
	if said {
		want[first] += answers
		if c.travel == sim.Twice {
			want[copied] += answers
		}
	}
	for _, v := range []payment.Verdict{payment.VerdictApplied, payment.VerdictDuplicate, payment.VerdictLate, payment.VerdictMismatch} {
		if got[v] != want[v] {
			t.Errorf("the bank said %v, and was to say %v", got, want)
			return
		}
	}
}

// judgeHolds: the answers to the creation and to what followed waited, or gave up.
func (c *later) judgeHolds(t *testing.T) {
	created, followed := "", ""
	if c.way == sim.BeforeAnswer {
		created = "until-told"
	}
	if c.travel == sim.BeforeAccepted {
		followed = "given-up"
		if at, _ := c.decided(); c.counts() && at == asked {
			followed = "until-told"
		}
	}
	if c.held != created || c.holds != followed {
		t.Errorf("the answers say %q and %q, not %q and %q", c.held, c.holds, created, followed)
	}
}
