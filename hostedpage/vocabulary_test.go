package hostedpage_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
)

// clerk is a bank that lets the number and the name decide, with a book of its
// own, beside a rig.
type clerk struct {
	*book.Book
	r *rig
}

func newClerk(r *rig) *clerk {
	return &clerk{book.New(book.Rules{
		Bank: "SANDNL2A", Accounts: book.Standard(), DisputeAfter: 5 * time.Second, DecideAfter: 2 * time.Second, RespondWithin: time.Hour,
	}), r}
}

// answers decides everything that was asked about a payment, and says it.
func (c *clerk) answers(id string, at time.Time) {
	c.r.T.Helper()
	temper := bank.Temper{Identifier: "SANDNL2A", Name: "Prompt Bank"}
	for _, q := range c.r.Requests(id) {
		if _, known := c.Answer(q.ID); known {
			continue
		}
		d := bank.Decide(1, temper, q)
		wish := book.Wish{Outcome: d.Outcome, Reason: d.Reason, Rule: d.Rule, Default: d.Default, Plan: d.Plan}
		if d.Silent {
			wish.Outcome = ""
		}
		c.Apply(c.Decide(at, q, wish))
		if d.Silent || q.Type == wire.Evidence {
			continue
		}
		a, _ := c.Answer(q.ID)
		said := Answer(q, a.Outcome)
		said.Reason, said.Rule = a.Reason, a.Rule
		if h := c.r.Say(said); h.Err != nil || h.Reject {
			c.r.T.Fatalf("%+v", h)
		}
	}
	for x, ok := c.Tick(at); ok; x, ok = c.Tick(at) {
		c.Apply(x)
	}
	for _, m := range c.ToSay() {
		if h := c.r.Results(c.r.T.Context(), [][]byte{wire.Encode(m)})[0]; h.Err != nil || h.Reject {
			c.r.T.Fatalf("%+v", h)
		}
	}
}

// typed pays on the page with a number and a holder's name.
func typed(r *rig, number, holder string) payment.Payment {
	r.T.Helper()
	p, path := r.open()
	b := &browser{r: r}
	form := card(b.get(path), number)
	form.Set("name", holder)
	sent := b.post(path, form)
	if sent.code != http.StatusSeeOther {
		return r.Now(p.ID) // refused by the form
	}
	r.back(b.post(path+"/confirm", confirming(b.get(sent.target))), path)
	return r.Now(p.ID)
}

// booked are the kinds of a payment's entries, in order.
func booked(r *rig, id string) string {
	var kinds []string
	for _, e := range r.Story(id).Entries {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// Every number and name that is published goes from the page to the ledger.
func TestVocabulary_FromThePageToTheLedger(t *testing.T) {
	for _, c := range []struct {
		number, holder string
		status         payment.Status // "created" is a decline that may be tried again
		reason         string
		booked         string
	}{
		{"4242424242424242", "A. Customer", payment.Captured, "", ledger.CaptureKind},
		{"5555555555554444", "A. Customer", payment.Captured, "", ledger.CaptureKind},
		{"378282246310005", "A. Customer", payment.Captured, "", ledger.CaptureKind},
		{"4000000000000002", "A. Customer", payment.Created, reason.DoNotHonor, ""},
		{"4000000000009995", "A. Customer", payment.Created, reason.InsufficientFunds, ""},
		{"4000000000009987", "A. Customer", payment.Created, reason.LostCard, ""},
		{"4000000000009979", "A. Customer", payment.Created, reason.StolenCard, ""},
		{"4000000000000069", "A. Customer", payment.Created, reason.ExpiredCard, ""},
		{"4000000000000127", "A. Customer", payment.Created, reason.IncorrectCVC, ""},
		{"4000000000000119", "A. Customer", payment.Failed, reason.ProcessingError, ""},
		{"4000002500003155", "A. Customer", payment.ActionRequired, "", ""},
		{"4242424242424241", "A. Customer", payment.Created, "", ""}, // the form refuses it
		{"4000000000000259", "A. Customer", payment.Captured, "", ledger.CaptureKind},
		{"4000000000002685", "A. Customer", payment.Captured, "", ledger.CaptureKind},
		{"4242424242424242", "APPROVED", payment.Captured, "", ledger.CaptureKind},
		{"4242424242424242", "DECLINED", payment.Created, reason.DoNotHonor, ""},
		{"4242424242424242", "ERROR", payment.Failed, reason.ProcessingError, ""},
		{"4242424242424242", "CARD_EXPIRED", payment.Created, reason.ExpiredCard, ""},
		{"4242424242424242", "ISSUER_UNAVAILABLE", payment.Failed, reason.IssuerUnavailable, ""},
		{"4242424242424242", "NOT_ENOUGH_BALANCE", payment.Created, reason.InsufficientFunds, ""},
		{"4242424242424242", "PENDING", payment.Processing, "", ""},
		{"4242424242424242", "SHOPPER_CANCELLED", payment.Created, reason.CustomerCanceled, ""},
		{"4000000000009995", "APPROVED", payment.Created, reason.InsufficientFunds, ""}, // the number goes first
	} {
		t.Run(c.number+" "+c.holder, func(t *testing.T) {
			r := newRig(t)
			p := typed(r, c.number, c.holder)
			newClerk(r).answers(p.ID, Start)
			got, code := r.Now(p.ID), ""
			if got.Reason != nil {
				code = got.Reason.Code
			}
			if got.Status != c.status || code != c.reason || booked(r, p.ID) != c.booked {
				t.Errorf("%s because of %q, booked %q; want %s, %q, %q", got.Status, code, booked(r, p.ID), c.status, c.reason, c.booked)
			}
			if a := got.Last(); a != nil && c.reason != "" && (a.Reason == nil || a.Reason.Rule == "") {
				t.Errorf("which rule fired is not said: %+v", a.Reason)
			}
		})
	}
}

// The cards of disputes are approved, disputed seconds later, and decided by the
// card and the evidence.
func TestVocabulary_DisputeCards(t *testing.T) {
	const lost, won = "4000000000000259", "4000000000002685"
	for name, c := range map[string]struct {
		number, evidence string // "" for none
		status           payment.DisputeStatus
	}{
		"lost without evidence":         {lost, "", payment.DisputeLost},
		"lost with losing evidence":     {lost, "losing_evidence", payment.DisputeLost},
		"won with winning evidence":     {lost, "here is my winning_evidence", payment.DisputeWon},
		"won without evidence":          {won, "", payment.DisputeWon},
		"won whatever the evidence":     {won, "losing_evidence", payment.DisputeWon},
		"won with the winning evidence": {won, "winning_evidence", payment.DisputeWon},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			p, at := typed(r, c.number, "A. Customer"), Start
			bank := newClerk(r)
			bank.answers(p.ID, at)
			at = at.Add(6 * time.Second)
			bank.answers(p.ID, at)
			got := r.Now(p.ID)
			if len(got.Disputes) != 1 || got.Disputes[0].Status != payment.DisputeNeedsResponse || !got.Disputes[0].Amount.Equal(p.Amount) {
				t.Fatalf("disputes are %+v", got.Disputes)
			}
			if c.evidence != "" {
				_, _, err := r.Respond(t.Context(), processor.Only(p.Merchant), got.Disputes[0].ID, c.evidence)
				r.OK(err)
				bank.answers(p.ID, at)
			}
			bank.answers(p.ID, at.Add(2*time.Hour))
			end := map[payment.DisputeStatus]string{payment.DisputeWon: ledger.DisputeWonKind, payment.DisputeLost: ledger.DisputeLostKind}[c.status]
			want := strings.Join([]string{ledger.CaptureKind, ledger.DisputeOpenedKind, end}, " ")
			if d := r.Now(p.ID).Disputes[0]; d.Status != c.status || booked(r, p.ID) != want {
				t.Errorf("%s, booked %q; want %s, %q", d.Status, booked(r, p.ID), c.status, want)
			}
			if told := r.Told(p.ID); !slices.Contains(told, "dispute.opened") || told[len(told)-1] != "dispute."+string(c.status) {
				t.Errorf("told was %v", told)
			}
		})
	}
}
