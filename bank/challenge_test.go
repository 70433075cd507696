package bank

import (
	"net/url"
	"strings"
	"testing"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// asked is a challenge with its sealed question.
func asked(t *testing.T) (*Challenges, *Bank, string) {
	t.Helper()
	c := NewChallenges("http://bank.example/confirm")
	b := New(temper(t, "SANDNL2A"), Config{Clock: clock.NewManual(noon), Seed: 1, Challenges: c})
	c.join(b)
	u, err := url.Parse(c.URL(1, request("req_1", card(t, "4000002500003155", "A. Customer"))))
	if err != nil {
		t.Fatal(err)
	}
	return c, b, u.Query().Get("q")
}

func TestChallenge_QuestionRoundTrip(t *testing.T) {
	c, _, sealed := asked(t)
	q, ok := c.Read(sealed)
	if !ok || q.Request.ID != "req_1" || q.Bank.Identifier != "SANDNL2A" || q.Request.Instrument.Last4 != "3155" {
		t.Errorf("read as %+v, %t", q, ok)
	}
}

func TestChallenge_RefusesWhatItDidNotSeal(t *testing.T) {
	c, _, sealed := asked(t)
	forged := NewChallenges("http://bank.example/").URL(2, request("req_1", instrument.Instrument{}))
	_, forged, _ = strings.Cut(forged, "?q=")
	for name, bad := range map[string]string{
		"empty": "", "short": "AAAA", "cut": sealed[:len(sealed)-4], "not base64": "!!!", "another seed": forged,
		"zeros": strings.Repeat("A", 200), "first byte": "B" + sealed[1:], "body": sealed[:60] + "Z" + sealed[61:],
	} {
		if bad == sealed {
			t.Fatalf("%s: nothing was changed", name)
		}
		if q, ok := c.Read(bad); ok {
			t.Errorf("%s: read as %+v", name, q)
		}
	}
	if _, ok := NewChallenges("http://bank.example/").Read(sealed); ok {
		t.Error("a page without the bank reads its question")
	}
}

// The bank asks, and the customer's first choice is its answer.
func TestChallenge_TheFirstChoiceCounts(t *testing.T) {
	for name, c := range map[string]struct {
		choose func(*Challenges, Question) bool
		want   payment.Outcome
	}{
		"approve": {func(c *Challenges, q Question) bool { return c.Answer(q, Approve) }, payment.OutcomeApproved},
		"decline": {func(c *Challenges, q Question) bool { return c.Answer(q, Decline) }, payment.OutcomeDeclined},
		"code":    {func(c *Challenges, q Question) bool { right, _ := c.Enter(q, q.Code()); return right }, payment.OutcomeApproved},
		"wrong codes": {func(c *Challenges, q Question) bool {
			for want := MaxTries - 1; want >= 0; want-- {
				if right, left := c.Enter(q, "000000x"); right || left != want {
					return false
				}
			}
			return true
		}, payment.OutcomeDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			page, b, sealed := asked(t)
			q, _ := page.Read(sealed)
			asking := b.decided(q.Request)
			if asking.Outcome != payment.OutcomeChallenge || asking.ChallengeURL == "" {
				t.Fatalf("the bank asks with %+v", asking)
			}
			if !c.choose(page, q) {
				t.Fatal("the choice was not taken")
			}
			if page.Answer(q, Approve) || page.Answer(q, Decline) {
				t.Error("a second choice counts")
			}
			told := b.book.ToSay()
			if len(told) != 1 {
				t.Fatalf("the bank tells %+v", told)
			}
			got := told[0].(wire.Result)
			if got.Outcome != c.want || got.ID == asking.ID || got.RequestID != asking.RequestID {
				t.Errorf("the bank tells %+v", got)
			}
			if (got.Reason != nil && got.Reason.Code == "challenge_failed") != (c.want == payment.OutcomeDeclined) {
				t.Errorf("because of %+v", got.Reason)
			}
		})
	}
}

// decided has the bank decide on a request, without a broker.
func (b *Bank) decided(r wire.Request) wire.Result {
	replies, _ := b.decide([]job{{request: r, decision: Decide(b.Seed, b.Temper, r)}})
	return replies[0].results[0]
}

func TestDecide_ABankWithoutAPageApproves(t *testing.T) {
	b := New(temper(t, "CHALES2A"), Config{Clock: clock.NewManual(noon), Seed: 1})
	got := b.decided(request("req_1", card(t, "4242424242424242", "A. Customer")))
	if got.Outcome != payment.OutcomeApproved || !strings.Contains(got.Rule, "no page") || got.ChallengeURL != "" {
		t.Errorf("a bank without a page was asked to challenge: want it approved with a rule that says so, got %+v", got)
	}
}
