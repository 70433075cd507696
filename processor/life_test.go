package processor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
)

func entries(r *Rig, id string) int { return len(r.Story(id).Entries) }

func TestPay_ApprovedIsCapturedAndBooked(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	if p.Status != payment.Processing || q.Type != wire.Authorize || !q.Amount.Equal(p.Amount) || q.Deadline == nil || *q.Deadline != Start.Add(Deadline) {
		t.Errorf("%+v, asked %+v", p, q)
	}
	if h := r.Say(Answer(q, payment.OutcomeApproved)); h.Err != nil || h.Reject {
		t.Errorf("the bank approved: want the result taken, got %+v", h)
	}
	if got := r.Now(p.ID); got.Status != payment.Captured || entries(r, p.ID) != 1 {
		t.Errorf("%+v with %d entries", got, entries(r, p.ID))
	}
	if told := r.Told(p.ID); !slices.Equal(told, []string{"payment.processing", "payment.captured"}) {
		t.Errorf("told %v", told)
	}
}

func TestPay_DeclinedMayTryAgain(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	for attempt := 1; attempt <= payment.DefaultAttempts; attempt++ {
		no := Answer(q, payment.OutcomeDeclined)
		why := reason.Because(reason.InsufficientFunds, "")
		no.Reason = &why
		r.Say(no)
		got := r.Now(p.ID)
		if attempt == payment.DefaultAttempts {
			if got.Status != payment.Declined || got.Reason.Code != reason.InsufficientFunds {
				t.Errorf("the last: %+v", got)
			}
			break
		}
		if got.Status != payment.Created || got.AttemptsLeft() != payment.DefaultAttempts-attempt || got.Last().Reason.Rule != "test" {
			t.Errorf("after decline %d: %+v", attempt, got)
		}
		_, q = r.Try(p.ID)
	}
	want := []string{"payment.processing", "attempt.declined", "payment.processing", "attempt.declined", "payment.processing", "payment.declined"}
	if told := r.Told(p.ID); !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	if _, err := r.Pay(t.Context(), p.ID, Visa, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("after the last decline: %v", err)
	}
	if entries(r, p.ID) != 0 {
		t.Error("something was booked")
	}
}

func TestPay_AnotherBank(t *testing.T) {
	r := New(t, nil)
	fixed := r.Made()
	if _, err := r.Pay(t.Context(), fixed.ID, Visa, "SLOWDE2A"); fault.Code(err) != "bank_fixed" {
		t.Errorf("the merchant's bank was changed: %v", err)
	}
	wish := Wish()
	wish.Bank = ""
	open, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	if _, err := r.Pay(t.Context(), open.ID, Visa, "NOPENL2A"); fault.Code(err) != "bank_unknown" {
		t.Errorf("an unknown bank: %v", err)
	}
	other := "SLOWDE2A"
	if open.Bank == other {
		other = "SANDNL2A"
	}
	p, err := r.Pay(t.Context(), open.ID, Visa, other)
	if err != nil || p.Bank != other || p.FirstBank != open.Bank || r.Requests(open.ID)[0].Bank != other {
		t.Errorf("paid at %s: want that bank asked, and %s kept as the first, got %+v, %v", other, open.Bank, p, err)
	}
}

func TestPay_UnknownPayment(t *testing.T) {
	r := New(t, nil)
	if _, err := r.Pay(t.Context(), "pay_01890a5d-ac96-774b-bcce-b302099a8057", Visa, ""); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestCancel_InEachStatus(t *testing.T) {
	challenged := func(r *Rig) (payment.Payment, wire.Request) {
		p, q := r.Paid()
		r.Say(Answer(q, payment.OutcomeChallenge))
		return p, q
	}
	answered := func(o payment.Outcome) func(*Rig) string {
		return func(r *Rig) string {
			p, q := r.Paid()
			r.Say(Answer(q, o))
			return p.ID
		}
	}
	for name, c := range map[string]struct {
		make     func(*Rig) string
		code     string // of the refusal
		reversed bool
	}{
		"created":         {func(r *Rig) string { return r.Made().ID }, "", false},
		"declined once":   {answered(payment.OutcomeDeclined), "", false},
		"processing":      {func(r *Rig) string { p, _ := r.Paid(); return p.ID }, "payment_in_progress", false},
		"action required": {func(r *Rig) string { p, _ := challenged(r); return p.ID }, "", true},
		"captured":        {answered(payment.OutcomeApproved), "payment_already_paid", false},
		"failed":          {answered(payment.OutcomeError), "payment_final", false},
		"abandoned": {func(r *Rig) string {
			p := r.Made()
			r.Elapse(15*time.Minute, p.ID, payment.Abandoned)
			return p.ID
		}, "payment_expired", false},
	} {
		r := New(t, nil)
		id := c.make(r)
		before := r.Now(id)
		told := len(r.Told(id))
		p, err := r.Cancel(t.Context(), id, payment.ByMerchant)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
			continue
		}
		if c.code != "" {
			if got := r.Now(id); got.Version != before.Version || len(r.Told(id)) != told || p.Version != before.Version {
				t.Errorf("%s: refused, and yet %+v", name, got)
			}
			continue
		}
		if p.Status != payment.Canceled || p.Reason.Code != reason.MerchantCanceled || len(r.Told(id)) != told+1 {
			t.Errorf("canceled a payment that is %s: want canceled by the merchant and told once, got %+v", name, p)
		}
		reversals := slices.DeleteFunc(r.Requests(id), func(q wire.Request) bool { return q.Type != wire.Reverse })
		if (len(reversals) == 1) != c.reversed {
			t.Errorf("%s: reversals %+v", name, reversals)
		}
		// Saying stop again is no error, and says nothing more.
		again, err := r.Cancel(t.Context(), id, payment.ByCustomer)
		if err != nil || again.Version != p.Version || len(r.Told(id)) != told+1 {
			t.Errorf("%s: again %+v, %v", name, again, err)
		}
	}
}

// A customer who never finishes causes nothing: no event, no webhook, no
// message, and no long poll is answered for it.
func TestAbandonment_IsSilent(t *testing.T) {
	r := New(t, nil)
	if _, err := r.AddEndpoint(t.Context(), "demo-shop", processor.NewEndpoint{URL: "http://shop.example/", Events: []string{"*"}}); err != nil {
		t.Fatal(err)
	}
	untouched, declined := r.Made(), func() string {
		p, q := r.Paid()
		r.Say(Answer(q, payment.OutcomeDeclined))
		return p.ID
	}()
	told, messages, deliveries := len(r.Told(declined)), len(r.Messages()), len(r.Deliveries())
	waiting := make(chan payment.Payment, 1)
	go func() {
		p, _ := r.Await(t.Context(), untouched.ID, untouched.Version, time.Hour)
		waiting <- p
	}()
	r.Computer.AwaitTimers(2) // the sweep's, and the long poll's
	for id, last := range map[string]int{untouched.ID: 0, declined: told} {
		p := r.Elapse(15*time.Minute, id, payment.Abandoned)
		if p.Reason == nil || p.Reason.Code != reason.CustomerWalkedAway || !p.DueAt.IsZero() {
			t.Errorf("waited 15 minutes: want abandoned because the customer walked away, with nothing due, got %+v", p)
		}
		if got := r.Told(id); len(got) != last {
			t.Errorf("told %v", got)
		}
		if s := r.Story(id); strings.Contains(strings.Join(r.Told(id), " "), "abandoned") || id == untouched.ID && len(s.Messages)+len(s.Deliveries)+len(s.Entries) != 0 {
			t.Errorf("the story of %s: %+v", id, s)
		}
	}
	if m, d := r.Messages(), r.Deliveries(); len(m) != messages || len(d) != deliveries {
		t.Errorf("sent %+v, webhooks %+v", m[messages:], d[deliveries:])
	}
	select {
	case p := <-waiting:
		t.Fatalf("whoever waited was told %s before the wait was over by the computer's clock", p.Status)
	default:
	}
	r.Computer.Advance(time.Hour)
	<-waiting
}

func TestPay_LateSubmitIsRefused(t *testing.T) {
	r := New(t, nil)
	p := r.Made()
	r.Elapse(15*time.Minute, p.ID, payment.Abandoned)
	got, err := r.Pay(t.Context(), p.ID, Visa, "")
	if fault.Code(err) != "payment_expired" || got.Status != payment.Abandoned {
		t.Errorf("paid an abandoned payment: want payment_expired, got %+v, %v", got, err)
	}
}

func TestBankTimeout_FailsAndReverses(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	if got := r.Elapse(Deadline, p.ID, payment.Failed); got.Reason.Code != reason.BankTimeout || got.Last().Status != payment.AttemptTimedOut {
		t.Errorf("waited for the bank's deadline: want failed with bank_timeout, got %+v", got)
	}
	asked := r.Requests(p.ID)
	if len(asked) != 2 || asked[1].Type != wire.Reverse || asked[1].Reverses != q.ID || asked[1].ID == q.ID || asked[1].Bank != q.Bank {
		t.Fatalf("asked %+v", asked)
	}
	// A late approval is recorded; it moves no money and asks for no second reversal.
	before := r.Now(p.ID)
	if h := r.Say(Answer(q, payment.OutcomeApproved)); h.Err != nil || h.Reject || h.Note == "" {
		t.Errorf("approved after the deadline: want it recorded with a note, got %+v", h)
	}
	if got := r.Now(p.ID); got.Status != payment.Failed || got.Version != before.Version || entries(r, p.ID) != 0 || len(r.Requests(p.ID)) != 2 {
		t.Errorf("%+v, asked %+v", got, r.Requests(p.ID))
	}
	story := r.Story(p.ID)
	if last := story.Messages[len(story.Messages)-1]; last.Verdict != payment.VerdictLate || last.Note == "" {
		t.Errorf("recorded as %+v", last)
	}
	if told := r.Told(p.ID); !slices.Equal(told, []string{"payment.processing", "payment.failed"}) {
		t.Errorf("told %v", told)
	}
}

func TestChallenge_RunsOutAsTheBanksTime(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	c := Answer(q, payment.OutcomeChallenge)
	c.ChallengeURL = "http://bank.example/confirm"
	r.Say(c)
	if got := r.Now(p.ID); got.Status != payment.ActionRequired || got.Last().ChallengeURL != c.ChallengeURL {
		t.Errorf("the bank challenged: want action_required with its page, got %+v", got)
	}
	r.Elapse(Deadline, p.ID, payment.Failed)
	if len(r.Requests(p.ID)) != 2 {
		t.Errorf("asked %+v", r.Requests(p.ID))
	}
}

func TestCancelThenApproval_MovesNoMoney(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	r.Say(Answer(q, payment.OutcomeChallenge))
	_, err := r.Cancel(t.Context(), p.ID, payment.ByCustomer)
	r.OK(err)
	if h := r.Say(Answer(q, payment.OutcomeApproved)); h.Reject || h.Err != nil {
		t.Errorf("approved after the customer canceled: want the result taken, got %+v", h)
	}
	if got := r.Now(p.ID); got.Status != payment.Canceled || entries(r, p.ID) != 0 || len(r.Requests(p.ID)) != 2 {
		t.Errorf("%+v, asked %+v", got, r.Requests(p.ID))
	}
}
