package bank

import (
	"net/url"
	"strings"
	"testing"

	"sandbank/clock"
	"sandbank/instrument"
	"sandbank/payment"
	"sandbank/wire"
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

func TestChallenge_AnswersAreOneMessagePerChoice(t *testing.T) {
	c, b, sealed := asked(t)
	q, _ := c.Read(sealed)
	seen := map[bool]wire.Result{}
	for _, approve := range []bool{true, false, true, false} {
		c.Answer(q, approve)
		got := (<-b.answers).results[0]
		if first, twice := seen[approve]; twice && first.ID != got.ID {
			t.Errorf("the same answer again is %s, was %s", got.ID, first.ID)
		}
		seen[approve] = got
	}
	yes, no := seen[true], seen[false]
	if yes.ID == no.ID || yes.Outcome != payment.OutcomeApproved || no.Outcome != payment.OutcomeDeclined || no.Reason == nil || no.Reason.Code != "challenge_failed" {
		t.Errorf("yes is %+v, no is %+v", yes, no)
	}
	asking := answer(1, q.Request, Decision{Outcome: payment.OutcomeChallenge}, noon)
	if asking.ID == yes.ID || asking.ID == no.ID {
		t.Error("the answer would count as a copy of the question")
	}
}

func TestWord_ABankWithoutAPageApproves(t *testing.T) {
	b := New(temper(t, "CHALES2A"), Config{Clock: clock.NewManual(noon), Seed: 1})
	r := request("req_1", card(t, "4242424242424242", "A. Customer"))
	got := b.word(r, Decide(1, b.Temper, r))
	if got.Outcome != payment.OutcomeApproved || !strings.Contains(got.Rule, "no page") || got.ChallengeURL != "" {
		t.Errorf("%+v", got)
	}
}
