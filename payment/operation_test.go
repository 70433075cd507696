package payment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment/reason"
)

// eur is an amount in euros, the zero Amount for "".
func eur(value string) money.Amount {
	if value == "" {
		return money.Amount{}
	}
	return money.Must(value, "EUR")
}

// story is a payment of 20.00 with manual capture, one step after the other.
type story struct {
	t   *testing.T
	p   Payment
	now time.Time
}

func authorizedAt(t *testing.T, now time.Time, mode CaptureMode) *story {
	p := waiting(now, 3)
	p.Amount, p.CaptureMode = eur("20.00"), mode
	p, err := p.Pay(now, try(now))
	if err != nil {
		t.Fatal(err)
	}
	p, verdict, note := p.Apply(now, answer(p, OutcomeApproved))
	if verdict != VerdictApplied {
		t.Fatalf("the approval is %s: %s", verdict, note)
	}
	return &story{t, p, now}
}

// step is one word or more: "capture 5.00 as c1", "c1 approved".
func (s *story) step(text string) string {
	s.t.Helper()
	words := strings.Fields(text)
	before := s.p
	code := ""
	switch words[0] {
	case "capture", "final", "void", "refund":
		code = s.begin(words)
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = s.now.Add(d)
	case "expire":
		next, changed := s.p.Expire(s.now)
		if s.p = next; !changed {
			code = "nothing due"
		}
	case "disputed", "won", "lost":
		c := Claim{ID: "dp_1", Bank: "SANDNL2A", Dispute: "dsp", Attempt: 1, Status: DisputeStatus(words[0]), Amount: eur(words[1]), Fee: eur("15.00"), RespondBy: s.now.Add(time.Hour)}
		if words[0] == "disputed" {
			c.Status = DisputeNeedsResponse
		}
		next, verdict, _ := s.p.Claim(s.now, c)
		if s.p = next; verdict != VerdictApplied {
			code = string(verdict)
		}
	case "evidence":
		next, err := s.p.Respond(s.now, "dp_1", words[1], "req_e")
		s.p, code = next, fault.Code(err)
	default:
		code = s.answered(words)
	}
	if code != "" && s.p.Version != before.Version {
		s.t.Errorf("%s: %s, and the payment changed", text, code)
	}
	return code
}

func (s *story) begin(words []string) string {
	ask := Ask{ID: words[len(words)-1], RequestID: "req_" + words[len(words)-1], Kind: OperationKind(words[0]), Deadline: s.now.Add(time.Minute)}
	if words[0] == "final" {
		ask.Kind, ask.Final = OpCapture, true
	}
	if words[1] != "as" {
		ask.Amount = eur(words[1])
	}
	next, _, err := s.p.Begin(s.now, ask)
	s.p = next
	return fault.Code(err)
}

// answered is a bank's answer to an operation: "c1 approved".
func (s *story) answered(words []string) string {
	o, ok := s.p.Operation(words[0])
	if !ok {
		s.t.Fatalf("there is no operation %s", words[0])
	}
	r := Result{Bank: "SANDNL2A", RequestID: o.RequestID, Attempt: 1, Amount: o.Amount, Outcome: Outcome(words[1]), DecidedAt: s.now}
	switch words[1] {
	case "less":
		r.Outcome, r.Amount = OutcomeApproved, o.Amount.Sub(eur("0.01"))
	case "elsewhere":
		r.Outcome, r.Bank = OutcomeApproved, "SLOWDE2A"
	case "second":
		r.Outcome, r.Attempt = OutcomeApproved, 2
	}
	next, verdict, _ := s.p.Apply(s.now, r)
	if s.p = next; verdict != VerdictApplied {
		return string(verdict)
	}
	return ""
}

// stories are the steps of an authorization of 20.00, and the expected results.
var stories = map[string]struct {
	steps   []string // each "step" or "step: refusal"
	status  Status
	sums    string // captured, refunded, capturable, refundable
	told    string // of the last step
	waiting bool   // something is due
}{
	"everything at once": {[]string{"capture as c1", "c1 approved"}, Captured, "20.00 0.00 0.00 20.00", "capture.succeeded payment.captured", false},
	"under way":          {[]string{"capture 5.00 as c1"}, Authorized, "0.00 0.00 15.00 0.00", "", true},
	"a part":             {[]string{"capture 5.00 as c1", "c1 approved"}, Authorized, "5.00 0.00 15.00 5.00", "capture.succeeded", true},
	"in parts": {[]string{"capture 5.00 as c1", "c1 approved", "capture 15.00 as c2", "c2 approved"},
		Captured, "20.00 0.00 0.00 20.00", "capture.succeeded payment.captured", false},
	"a final part": {[]string{"final 5.00 as c1", "c1 approved"}, Captured, "5.00 0.00 0.00 5.00", "capture.succeeded payment.captured", false},
	"the final one is refused": {[]string{"capture 5.00 as c1", "c1 approved", "final 5.00 as c2", "c2 declined"},
		Authorized, "5.00 0.00 15.00 5.00", "capture.failed", true},
	"after a final one nothing": {[]string{"final 5.00 as c1", "capture 1.00 as c2: operation_in_progress", "void as v1: operation_in_progress"},
		Authorized, "0.00 0.00 15.00 0.00", "", true},
	"two parts at once, answered crosswise": {[]string{"capture 5.00 as c1", "capture 15.00 as c2", "c2 approved", "c1 approved"},
		Captured, "20.00 0.00 0.00 20.00", "capture.succeeded payment.captured", false},
	"a final one waits for the one before": {[]string{"capture 5.00 as c1", "final 5.00 as c2: operation_in_progress"}, Authorized, "0.00 0.00 15.00 0.00", "", true},
	"the last part is not final while another is under way": {[]string{"capture 5.00 as c1", "capture 15.00 as c2", "c2 approved", "c1 declined"},
		Authorized, "15.00 0.00 5.00 15.00", "capture.failed", true},
	"more than there is": {[]string{"capture 20.01 as c1: amount_exceeds", "capture 12.00 as c1", "capture 8.01 as c2: amount_exceeds"},
		Authorized, "0.00 0.00 8.00 0.00", "", true},
	"nothing left":   {[]string{"capture 12.00 as c1", "capture 8.00 as c2", "capture as c3: nothing_left"}, Authorized, "0.00 0.00 0.00 0.00", "", true},
	"a refused part": {[]string{"capture 12.00 as c1", "c1 declined"}, Authorized, "0.00 0.00 20.00 0.00", "capture.failed", true},
	"a void":         {[]string{"void as v1", "v1 approved"}, Voided, "0.00 0.00 0.00 0.00", "void.succeeded payment.voided", false},
	"a refused void": {[]string{"void as v1", "v1 error"}, Authorized, "0.00 0.00 20.00 0.00", "void.failed", true},
	"a void after a part": {[]string{"capture 5.00 as c1", "void as v1: operation_in_progress", "c1 approved", "void as v1", "capture as c2: operation_in_progress", "v1 approved"},
		Captured, "5.00 0.00 0.00 5.00", "void.succeeded payment.captured", false},
	"no capture after a void": {[]string{"void as v1", "v1 approved", "capture as c1: payment_not_authorized"}, Voided, "0.00 0.00 0.00 0.00", "", false},
	"it runs out":             {[]string{"wait 168h", "capture as c1: authorization_expired", "expire"}, Voided, "0.00 0.00 0.00 0.00", "payment.voided", false},
	"it runs out after a part": {[]string{"capture 5.00 as c1", "c1 approved", "wait 168h", "expire"},
		Captured, "5.00 0.00 0.00 5.00", "payment.captured", false},
	"not a moment before": {[]string{"wait 167h59m59s", "expire: nothing due"}, Authorized, "0.00 0.00 20.00 0.00", "", true},
	"it runs out while the bank works": {[]string{"wait 167h59m59s", "capture 5.00 as c1", "wait 1s", "expire: nothing due", "c1 approved", "expire"},
		Captured, "5.00 0.00 0.00 5.00", "payment.captured", false},
	"no answer, and then it runs out": {[]string{"wait 167h59m59s", "capture 5.00 as c1", "wait 1m", "expire"},
		Voided, "0.00 0.00 0.00 0.00", "capture.failed payment.voided", false},
	"no answer":             {[]string{"capture 5.00 as c1", "wait 1m", "expire"}, Authorized, "0.00 0.00 20.00 0.00", "capture.failed", true},
	"an answer too late":    {[]string{"capture 5.00 as c1", "wait 1m", "expire", "c1 approved: late"}, Authorized, "0.00 0.00 20.00 0.00", "", true},
	"the same answer again": {[]string{"capture 5.00 as c1", "c1 approved", "c1 approved: duplicate", "c1 declined: late"}, Authorized, "5.00 0.00 15.00 5.00", "", true},
	"answers to something else": {[]string{"capture 5.00 as c1", "c1 less: mismatch", "c1 elsewhere: mismatch", "c1 second: mismatch", "c1 challenge: mismatch"},
		Authorized, "0.00 0.00 15.00 0.00", "", true},
	"no refund before a capture":   {[]string{"refund 1.00 as r1: payment_not_captured"}, Authorized, "0.00 0.00 20.00 0.00", "", true},
	"a refund of an open one":      {[]string{"capture 5.00 as c1", "c1 approved", "refund 2.00 as r1", "r1 approved"}, Authorized, "5.00 2.00 15.00 3.00", "refund.succeeded", true},
	"a refund of all":              {[]string{"capture as c1", "c1 approved", "refund as r1", "r1 approved", "refund as r2: nothing_left"}, Captured, "20.00 20.00 0.00 0.00", "", false},
	"a refund of too much":         {[]string{"capture as c1", "c1 approved", "refund 20.01 as r1: amount_exceeds"}, Captured, "20.00 0.00 0.00 20.00", "", false},
	"refunds together":             {[]string{"capture as c1", "c1 approved", "refund 12.00 as r1", "refund 8.01 as r2: amount_exceeds", "refund 8.00 as r2", "r2 approved"}, Captured, "20.00 8.00 0.00 0.00", "refund.succeeded", true},
	"a refused refund":             {[]string{"capture as c1", "c1 approved", "refund 12.00 as r1", "r1 declined"}, Captured, "20.00 0.00 0.00 20.00", "refund.failed", false},
	"a refund without an answer":   {[]string{"capture as c1", "c1 approved", "refund 12.00 as r1", "wait 1m", "expire", "r1 approved: late"}, Captured, "20.00 0.00 0.00 20.00", "", false},
	"a dispute holds what is left": {[]string{"capture as c1", "c1 approved", "refund 5.00 as r1", "r1 approved", "disputed 15.00", "refund 1.00 as r2: nothing_left"}, Captured, "20.00 5.00 0.00 0.00", "", false},
	"a dispute of too much":        {[]string{"capture as c1", "c1 approved", "refund 5.00 as r1", "r1 approved", "disputed 15.01: mismatch"}, Captured, "20.00 5.00 0.00 15.00", "", false},
	"a dispute that overtakes a refund": {[]string{"capture as c1", "c1 approved", "refund 5.00 as r1", "disputed 20.00", "r1 declined"},
		Captured, "20.00 0.00 0.00 0.00", "refund.failed", false},
	"a dispute that is lost": {[]string{"capture as c1", "c1 approved", "disputed 20.00", "evidence x", "lost 20.00", "lost 20.00: duplicate", "won 20.00: late"},
		Captured, "20.00 0.00 0.00 0.00", "", false},
	"a dispute that is won":     {[]string{"capture as c1", "c1 approved", "disputed 20.00", "won 20.00", "evidence x: dispute_closed"}, Captured, "20.00 0.00 0.00 20.00", "", false},
	"evidence comes once":       {[]string{"capture as c1", "c1 approved", "disputed 20.00", "evidence x", "evidence y: dispute_closed", "disputed 20.00: duplicate"}, Captured, "20.00 0.00 0.00 0.00", "", false},
	"evidence comes too late":   {[]string{"capture as c1", "c1 approved", "disputed 20.00", "wait 1h", "evidence x: dispute_closed", "lost 20.00"}, Captured, "20.00 0.00 0.00 0.00", "dispute.lost", false},
	"another amount is decided": {[]string{"capture as c1", "c1 approved", "disputed 20.00", "lost 19.99: mismatch"}, Captured, "20.00 0.00 0.00 0.00", "", false},
	"a dispute from nowhere":    {[]string{"lost 20.00: mismatch", "disputed 1.00: mismatch"}, Authorized, "0.00 0.00 20.00 0.00", "", true},
}

func TestOperations_ComeToWhatTheyShould(t *testing.T) {
	for name, c := range stories {
		t.Run(name, func(t *testing.T) {
			s := authorizedAt(t, noon, CaptureManual)
			var before Payment
			for _, line := range c.steps {
				before = s.p
				text, want, _ := strings.Cut(line, ": ")
				if got := s.step(text); got != want {
					t.Fatalf("%q: got %q, want %q", text, got, want)
				}
			}
			p := s.p
			sums := []string{p.Captured().Value(), p.Refunded().Value(), p.Capturable().Value(), p.Refundable().Value()}
			if got := strings.Join(sums, " "); p.Status != c.status || got != c.sums {
				t.Errorf("%s with %s, want %s with %s", p.Status, got, c.status, c.sums)
			}
			if got := strings.Join(Happened(before, p), " "); c.told != "" && got != c.told {
				t.Errorf("told is %q, want %q", got, c.told)
			}
			if got := !p.DueAt.IsZero(); got != c.waiting {
				t.Errorf("due at %s", p.DueAt)
			}
		})
	}
}

// An operation or payment that ended by itself says why.
func TestOperations_SayWhyTheyEnded(t *testing.T) {
	s := authorizedAt(t, noon, CaptureManual)
	s.step("capture 5.00 as c1")
	s.step("wait 1m")
	s.step("expire")
	if o, _ := s.p.Operation("c1"); o.Status != OpFailed || o.Reason == nil || o.Reason.Code != reason.BankTimeout {
		t.Errorf("an unanswered capture: %+v", o)
	}
	s.step("wait 168h")
	s.step("expire")
	if s.p.Reason == nil || s.p.Reason.Code != reason.AuthorizationExpired {
		t.Errorf("an authorization that ran out: %+v", s.p.Reason)
	}
}

// An automatic capture is an operation too, which nobody asked for by itself.
func TestOperations_AutomaticCaptureIsImplied(t *testing.T) {
	s := authorizedAt(t, noon, CaptureAutomatic)
	if len(s.p.Operations) != 1 || !s.p.Implied(s.p.Operations[0]) || s.p.Operations[0].RequestID != "req_1" || !s.p.Captured().Equal(s.p.Amount) {
		t.Fatalf("approved an automatic payment: want one implied capture under the attempt's request, got %+v", s.p.Operations)
	}
	if told := Happened(in(Processing), s.p); !slices.Equal(told, []string{"payment.captured"}) {
		t.Errorf("told is %v", told)
	}
	if _, verdict, _ := s.p.Apply(noon, answer(s.p, OutcomeApproved)); verdict != VerdictDuplicate {
		t.Errorf("the approval again is %s", verdict)
	}
	if code := s.step("void as v1"); code != "payment_not_authorized" {
		t.Errorf("a void: %q", code)
	}
}

// A reversal is asked for once, and leaves everything else as it was.
func TestOperations_ReversedOnce(t *testing.T) {
	s := authorizedAt(t, noon, CaptureManual)
	s.step("capture 5.00 as c1")
	next, first := s.p.ReverseOperation("c1", "rev_1")
	_, second := next.ReverseOperation("c1", "rev_2")
	_, none := next.ReverseOperation("c9", "rev_3")
	if !first || second || none || next.Operations[0].ReversalID != "rev_1" || s.p.Operations[0].ReversalID != "" {
		t.Errorf("reversed c1 twice and c9: want the first alone to count, got %t, %t, %t: %+v", first, second, none, next.Operations)
	}
}

// A key finds the operation of its kind, as it was begun.
func TestOperations_FoundByKey(t *testing.T) {
	s := authorizedAt(t, noon, CaptureManual)
	p, begun, err := s.p.Begin(noon, Ask{ID: "c1", Kind: OpCapture, Amount: eur("5.00"), RequestID: "req_c1", Deadline: noon.Add(time.Minute), Origin: Origin{IdempotencyKey: "k"}})
	if err != nil {
		t.Fatal(err)
	}
	s.p = p
	s.step("c1 approved")
	if o, ok := s.p.ByKey(OpCapture, "k"); !ok || o.AsBegun() != begun {
		t.Errorf("%+v, begun as %+v", o.AsBegun(), begun)
	}
	for kind, key := range map[OperationKind]string{OpRefund: "k", OpCapture: ""} {
		if _, ok := s.p.ByKey(kind, key); ok {
			t.Errorf("a %s has the key %q", kind, key)
		}
	}
}

// A payment has a bounded number of operations, and can be voided at the bound.
func TestBegin_IsBounded(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	p := Payment{
		Status: Authorized, Amount: money.Must("100.00", "EUR"), CaptureMode: CaptureManual, AuthorizedUntil: now.Add(time.Hour),
		Attempts: []Attempt{{Number: 1, Status: AttemptApproved}},
	}
	ask := func(kind OperationKind) error {
		next, o, err := p.Begin(now, Ask{ID: fmt.Sprint(kind, len(p.Operations)), Kind: kind, Amount: money.Must("1.00", "EUR")})
		if err == nil {
			o.Status = OpFailed
			next.Operations[len(next.Operations)-1] = o
			p = next
		}
		return err
	}
	for range MaxOperations {
		if err := ask(OpCapture); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(OpCapture); fault.Code(err) != "too_many_operations" || !fault.Is(err, fault.Conflict) {
		t.Errorf("one more: %v", err)
	}
	for range MaxVoids {
		if err := ask(OpVoid); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(OpVoid); fault.Code(err) != "too_many_operations" {
		t.Errorf("one more void: %v", err)
	}
}
