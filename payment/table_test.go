package payment

import (
	"reflect"
	"testing"
	"time"

	"sandbank/fault"
	"sandbank/payment/instrument"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// in is a payment in each status, with an attempt where the status needs one.
func in(s Status) Payment {
	p := waiting(noon, 3)
	if s == Created || s == Abandoned {
		p.Status = s
	} else {
		p, _ = p.Pay(noon, try(noon))
		p.Status = s
	}
	if s == Authorized {
		p.CaptureMode, p.AuthorizedUntil = CaptureManual, noon.Add(15*time.Minute)
		p.DueAt = p.AuthorizedUntil
	}
	if s.Final() {
		p.DueAt = time.Time{}
	}
	return p
}

func try(now time.Time) Try {
	return Try{Instrument: instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242"}, Bank: "SANDNL2A", RequestID: "req_1", Deadline: now.Add(time.Minute)}
}

func answer(p Payment, o Outcome) Result {
	return Result{Bank: "SANDNL2A", RequestID: "req_1", Attempt: 1, Amount: p.Amount, Outcome: o}
}

// operations are everything that can happen to a payment, each with the code
// of its refusal, or the verdict.
var operations = map[string]func(Payment) (Payment, string){
	"pay":       func(p Payment) (Payment, string) { n, err := p.Pay(noon, try(noon)); return n, fault.Code(err) },
	"pay late":  func(p Payment) (Payment, string) { n, err := p.Pay(p.ExpiresAt, try(noon)); return n, fault.Code(err) },
	"cancel":    func(p Payment) (Payment, string) { n, err := p.Cancel(noon, ByMerchant); return n, fault.Code(err) },
	"expire":    expireAt(15 * time.Minute),
	"not yet":   expireAt(0),
	"approved":  applied(OutcomeApproved),
	"declined":  applied(OutcomeDeclined),
	"error":     applied(OutcomeError),
	"challenge": applied(OutcomeChallenge),
}

func expireAt(d time.Duration) func(Payment) (Payment, string) {
	return func(p Payment) (Payment, string) {
		n, changed := p.Expire(noon.Add(d))
		if !changed {
			return n, "nothing due"
		}
		return n, ""
	}
}

func applied(o Outcome) func(Payment) (Payment, string) {
	return func(p Payment) (Payment, string) {
		n, verdict, _ := p.Apply(noon, answer(p, o))
		if verdict == VerdictApplied {
			return n, ""
		}
		return n, string(verdict)
	}
}

func TestPayment_EveryStatusMeetsEveryOperation(t *testing.T) {
	// Each cell is the next status, or in parentheses the refusal.
	const (
		paid  = "(payment_already_paid)"
		busy  = "(payment_in_progress)"
		final = "(payment_final)"
		gone  = "(payment_expired)"
		idle  = "(nothing due)"
		late  = "(late)"
		wrong = "(mismatch)" // there is no attempt to answer
	)
	columns := []string{"pay", "pay late", "cancel", "expire", "not yet", "approved", "declined", "error", "challenge"}
	table := map[Status][]string{
		Created:        {"processing", gone, "canceled", "abandoned", idle, wrong, wrong, wrong, wrong},
		Processing:     {busy, busy, busy, "failed", idle, "captured", "created", "failed", "action_required"},
		ActionRequired: {busy, busy, "canceled", "failed", idle, "captured", "created", "failed", late},
		Authorized:     {paid, paid, paid, "voided", idle, late, late, late, late},
		Captured:       {paid, paid, paid, idle, idle, late, late, late, late},
		Declined:       {final, final, final, idle, idle, late, late, late, late},
		Failed:         {final, final, final, idle, idle, late, late, late, late},
		Canceled:       {final, final, final, idle, idle, late, late, late, late},
		Voided:         {final, final, final, idle, idle, late, late, late, late},
		Abandoned:      {gone, gone, gone, idle, idle, wrong, wrong, wrong, wrong},
	}
	if len(table) != len(Statuses()) || len(columns) != len(operations) {
		t.Fatal("the table does not cover every status and operation")
	}
	for status, row := range table {
		for i, operation := range columns {
			before := in(status)
			next, refusal := operations[operation](before)
			got := string(next.Status)
			if refusal != "" {
				got = "(" + refusal + ")"
			}
			if got != row[i] {
				t.Errorf("%s, %s: got %s, want %s", status, operation, got, row[i])
			}
			if refusal != "" && !reflect.DeepEqual(next, before) {
				t.Errorf("%s, %s: refused, and yet changed to %+v", status, operation, next)
			}
			if refusal == "" && next.Version != before.Version+1 {
				t.Errorf("%s, %s: version %d after %d", status, operation, next.Version, before.Version)
			}
		}
	}
}

func TestPayment_RepeatedAnswerIsADuplicate(t *testing.T) {
	for _, o := range []Outcome{OutcomeApproved, OutcomeDeclined, OutcomeError, OutcomeChallenge} {
		p := in(Processing)
		r := answer(p, o)
		once, _, _ := p.Apply(noon, r)
		again, verdict, note := once.Apply(noon.Add(time.Second), r)
		if verdict != VerdictDuplicate || note == "" || !reflect.DeepEqual(again, once) {
			t.Errorf("%s again: %s, %q", o, verdict, note)
		}
	}
}

func TestPayment_LateAnswerOfAnOldAttemptDecidesNothing(t *testing.T) {
	p := in(Processing)
	first := answer(p, OutcomeDeclined)
	p, _, _ = p.Apply(noon, first)
	second := try(noon)
	second.RequestID = "req_2"
	p, err := p.Pay(noon, second)
	if err != nil {
		t.Fatal(err)
	}
	first.Outcome = OutcomeApproved
	next, verdict, _ := p.Apply(noon, first)
	if verdict != VerdictLate || !reflect.DeepEqual(next, p) {
		t.Errorf("the old attempt's approval: %s, now %s", verdict, next.Status)
	}
}

// A decline after the customer's time is up is the last word, tries left or not.
func TestPayment_DeclineAfterExpiryIsFinal(t *testing.T) {
	p, _ := waiting(noon, 3).Pay(noon.Add(14*time.Minute), Try{Bank: "SANDNL2A", RequestID: "req_1", Deadline: noon.Add(20 * time.Minute)})
	for at, want := range map[time.Duration]Status{
		15*time.Minute - time.Microsecond: Created, 15 * time.Minute: Declined, 16 * time.Minute: Declined,
	} {
		if next, _, _ := p.Apply(noon.Add(at), answer(p, OutcomeDeclined)); next.Status != want {
			t.Errorf("declined after %s: %s, want %s", at, next.Status, want)
		}
	}
}

func TestPay_TheSameTryIsMadeOnce(t *testing.T) {
	first := try(noon)
	first.Number = 1
	p, err := waiting(noon, 3).Pay(noon, first)
	if err != nil {
		t.Fatal(err)
	}
	p, _, _ = p.Apply(noon, answer(p, OutcomeDeclined))
	if next, err := p.Pay(noon, first); fault.Code(err) != "attempt_made" || !reflect.DeepEqual(next, p) {
		t.Errorf("the first try again: %v", err)
	}
	first.Number = 2
	if _, err := p.Pay(noon, first); err != nil {
		t.Errorf("the second: %v", err)
	}
}

// Two tries from one value share nothing, even where the slice has room.
func TestPayment_BranchesShareNothing(t *testing.T) {
	p := waiting(noon, 5)
	p.Attempts = make([]Attempt, 0, 8)
	one, _ := p.Pay(noon, Try{Bank: "SANDNL2A", RequestID: "one"})
	two, _ := p.Pay(noon, Try{Bank: "SLOWDE2A", RequestID: "two"})
	if one.Attempts[0].RequestID != "one" || two.Attempts[0].RequestID != "two" {
		t.Errorf("the second try overwrote the first: %+v, %+v", one.Attempts, two.Attempts)
	}
}

func TestStatus_FinalAndNotified(t *testing.T) {
	for _, s := range Statuses() {
		final := s == Captured || s == Declined || s == Failed || s == Canceled || s == Voided || s == Abandoned
		if s.Final() != final || s.Notified() != (s != Created && s != Abandoned) || !s.Valid() {
			t.Errorf("%s: final %t, notified %t", s, s.Final(), s.Notified())
		}
	}
	for _, s := range []Status{"", "CAPTURED", "paid"} {
		if s.Valid() || s.Final() {
			t.Errorf("%q passes for a status", s)
		}
	}
}

type plainAddress struct{}

func (plainAddress) Payment(id string) string   { return "https://api.example/v1/payments/" + id }
func (plainAddress) Checkout(id string) string  { return "https://api.example/pay/" + id }
func (plainAddress) BankName(bic string) string { return "Bank " + bic }

func TestResource_AsCreatedEqualsTheFirstAnswer(t *testing.T) {
	made := waiting(noon, 3)
	first := made.Resource(plainAddress{})
	p, _ := made.Pay(noon.Add(time.Second), Try{Bank: "SLOWDE2A", RequestID: "req_1", Deadline: noon.Add(time.Minute)})
	p, _, _ = p.Apply(noon.Add(2*time.Second), Result{Bank: "SLOWDE2A", RequestID: "req_1", Attempt: 1, Amount: p.Amount, Outcome: OutcomeDeclined})
	p, _ = p.Cancel(noon.Add(3*time.Second), ByCustomer)
	if got := p.AsCreated().Resource(plainAddress{}); !reflect.DeepEqual(got, first) {
		t.Errorf("the first answer again is\n%+v, was\n%+v", got, first)
	}
}

func TestResource_LinksOfferOnlyWhatIsPossible(t *testing.T) {
	for _, s := range Statuses() {
		links := in(s).Resource(plainAddress{}).Links
		if (links.Checkout == "") != s.Final() || (links.Cancel != "") != (s == Created || s == ActionRequired) {
			t.Errorf("%s: links %+v", s, links)
		}
	}
}
