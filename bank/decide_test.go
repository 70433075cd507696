package bank

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func request(id string, i instrument.Instrument) wire.Request {
	return wire.Request{
		Type: wire.Authorize, ID: id, Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Merchant: "demo-shop",
		Amount: money.Must("19.99", "EUR"), Instrument: &i, CreatedAt: noon,
	}
}

func card(t *testing.T, number, holder string) instrument.Instrument {
	t.Helper()
	csc := "123"
	if number[0] == '3' && len(number) == 15 {
		csc = "1234"
	}
	i, err := instrument.FromCard(instrument.CardForm{Name: holder, Number: number, Expiry: "12/30", SecurityCode: csc}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// said is a decision as an answer.
func said(seed uint64, r wire.Request, d Decision) wire.Result {
	return word(seed, r.Bank, book.Answer{
		Request: r.ID, Payment: r.Payment, Attempt: r.Attempt, Amount: r.Amount, Outcome: d.Outcome, Reason: d.Reason, Rule: d.Rule, At: noon,
	})
}

// temper is the bank of the seven with this identifier.
func temper(t *testing.T, bic string) Temper {
	t.Helper()
	list, err := Choose([]string{bic})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// expected is the decision that a published number's behavior asks for.
func expected(n instrument.TestNumber) (o payment.Outcome, code string) {
	switch n.Behavior {
	case instrument.Decline:
		return payment.OutcomeDeclined, n.Reason
	case instrument.Error:
		return payment.OutcomeError, n.Reason
	case instrument.Challenge:
		return payment.OutcomeChallenge, ""
	case instrument.Neutral, instrument.Approve, instrument.DisputeLost, instrument.DisputeWon, instrument.Silent:
	}
	return payment.OutcomeApproved, ""
}

func TestDecide_EveryPublishedNumberDoesWhatItsTableSays(t *testing.T) {
	prompt := temper(t, "SANDNL2A")
	check := func(n instrument.TestNumber, i instrument.Instrument) {
		d := Decide(1, prompt, request("req_1", i))
		want, code := expected(n)
		if d.Outcome != want || d.Silent || d.Rule == "" {
			t.Errorf("%s: %+v, want %s", n.Number, d, want)
		}
		if (code == "") != (d.Reason == nil) || d.Reason != nil && (d.Reason.Code != code || d.Reason.Rule == "" || d.Reason.Message == "") {
			t.Errorf("%s: reason %+v, want %q", n.Number, d.Reason, code)
		}
		if !strings.Contains(d.Rule, n.Number[len(n.Number)-4:]) {
			t.Errorf("%s: the rule %q does not name it", n.Number, d.Rule)
		}
	}
	for _, n := range instrument.Cards() {
		check(n, card(t, n.Number, "A. Customer"))
	}
	for _, n := range instrument.Accounts() {
		i, err := instrument.FromAccount("A. Customer", n.Number)
		if err != nil {
			t.Fatal(err)
		}
		check(n, i)
	}
}

// The table itself, so that a change of a published number is noticed.
func TestDecide_PublishedCards(t *testing.T) {
	for number, want := range map[string]string{
		"4242424242424242": "approved", "5555555555554444": "approved", "378282246310005": "approved",
		"4000000000000002": reason.DoNotHonor, "4000000000009995": reason.InsufficientFunds, "4000000000009987": reason.LostCard,
		"4000000000009979": reason.StolenCard, "4000000000000069": reason.ExpiredCard, "4000000000000127": reason.IncorrectCVC,
		"4000000000000119": reason.ProcessingError, "4000002500003155": "challenge", "4000000000000259": "approved", "4000000000002685": "approved",
		"5500000000000004": "approved", "4111111111111111": "approved", "4000111111111115": reason.DoNotHonor, "4000002760003184": "challenge",
	} {
		d := Decide(1, temper(t, "SANDNL2A"), request("req_1", card(t, number, "A. Customer")))
		got := string(d.Outcome)
		if d.Reason != nil {
			got = d.Reason.Code
		}
		if got != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
}

func TestDecide_HolderNames(t *testing.T) {
	prompt := temper(t, "SANDNL2A")
	for holder, want := range map[string]string{
		"APPROVED": "approved", "DECLINED": reason.DoNotHonor, "ERROR": reason.ProcessingError, "CARD_EXPIRED": reason.ExpiredCard,
		"ISSUER_UNAVAILABLE": reason.IssuerUnavailable, "NOT_ENOUGH_BALANCE": reason.InsufficientFunds,
		"SHOPPER_CANCELLED": reason.CustomerCanceled, " DECLINED ": reason.DoNotHonor, "declined": "approved", "A. Customer": "approved",
	} {
		d := Decide(1, prompt, request("req_1", card(t, "4242424242424242", holder)))
		got := string(d.Outcome)
		if d.Reason != nil {
			got = d.Reason.Code
		}
		if got != want {
			t.Errorf("%q: %s, want %s", holder, got, want)
		}
	}
	if d := Decide(1, prompt, request("req_1", card(t, "4242424242424242", "PENDING"))); !d.Silent {
		t.Errorf("PENDING is answered with %+v", d)
	}
}

// The bank's temper goes before the number, the number before the holder's name.
func TestDecide_Precedence(t *testing.T) {
	good, bad := card(t, "4242424242424242", "APPROVED"), card(t, "4000000000009987", "APPROVED")
	for name, c := range map[string]struct {
		bic  string
		with instrument.Instrument
		want string
	}{
		"number over name":              {"SANDNL2A", bad, reason.LostCard},
		"name over default":             {"SANDNL2A", card(t, "4242424242424242", "DECLINED"), reason.DoNotHonor},
		"bank over good card":           {"NAYSFR2A", good, reason.DoNotHonor},
		"bank over another bad card":    {"NAYSFR2A", bad, reason.DoNotHonor},
		"challenging bank over bad one": {"CHALES2A", bad, "challenge"},
		"silent bank over good card":    {"MUTEIE2A", good, "silent"},
		"silent bank over bad card":     {"MUTEIE2A", bad, "silent"},
	} {
		d := Decide(1, temper(t, c.bic), request("req_1", c.with))
		got := string(d.Outcome)
		switch {
		case d.Silent:
			got = "silent"
		case d.Reason != nil:
			got = d.Reason.Code
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDecide_UnknownBehaviorIsDeclinedInWords(t *testing.T) {
	d := Decide(1, temper(t, "SANDNL2A"), request("req_1", instrument.Instrument{Behavior: "from the future"}))
	if d.Outcome != payment.OutcomeDeclined || !strings.Contains(d.Rule, "from the future") {
		t.Errorf("decided an unknown behavior: want it declined in a rule that names it, got %+v", d)
	}
}

func TestDecide_DependsOnSeedAndRequestAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bank := rapid.SampledFrom(Seven()).Draw(t, "bank")
		seed := rapid.Uint64().Draw(t, "seed")
		r := request(rapid.StringMatching(`req_[a-z0-9]{1,20}`).Draw(t, "id"), instrument.Instrument{Behavior: instrument.Neutral, Last4: "4242", Rule: "r"})
		r.Bank = bank.Identifier
		first := Decide(seed, bank, r)
		Decide(seed, bank, request("req_between", *r.Instrument))
		again := r
		again.CreatedAt = r.CreatedAt.Add(time.Hour) // delivered again, much later
		if second := Decide(seed, bank, again); !reflect.DeepEqual(first, second) {
			t.Fatalf("first %+v, then %+v", first, second)
		}
		if first.Delay < bank.MinDelay || first.Delay > bank.MaxDelay {
			t.Fatalf("%s takes %s, not %s to %s", bank.Identifier, first.Delay, bank.MinDelay, bank.MaxDelay)
		}
		one, two := said(seed, r, first), said(seed, r, first)
		if !reflect.DeepEqual(one, two) {
			t.Fatalf("one decision is worded as %+v and %+v", one, two)
		}
		if first.Outcome == payment.OutcomeChallenge {
			one.ChallengeURL = "http://bank.example/" // the bank adds its page's address when it words the answer
		}
		if got, err := wire.ReadResult(wire.Encode(one)); first.Outcome != "" && (err != nil || got.RequestID != r.ID || got.Bank != r.Bank) {
			t.Fatalf("the answer reads as %+v, %v", got, err)
		}
		if (one.AuthorizationCode != "") != (first.Outcome == payment.OutcomeApproved) {
			t.Fatalf("%s with the code %q", first.Outcome, one.AuthorizationCode)
		}
	})
}

// The flaky bank does what its words promise: about one in five declined, about
// half said twice.
func TestDecide_FlakyBankKeepsItsShares(t *testing.T) {
	flaky := temper(t, "FLAKGB2A")
	const n = 2000
	declined, twice := 0, 0
	for i := range n {
		d := Decide(7, flaky, request("req_"+strings.Repeat("x", i%50)+time.Duration(i).String(), instrument.Instrument{Behavior: instrument.Neutral}))
		if d.Outcome == payment.OutcomeDeclined {
			declined++
		}
		if d.Twice {
			twice++
		}
	}
	if declined < n*15/100 || declined > n*25/100 || twice < n*45/100 || twice > n*55/100 {
		t.Errorf("of %d: %d declined, %d said twice", n, declined, twice)
	}
}

func TestSeven_AreWellFormed(t *testing.T) {
	weights := 0
	for _, b := range Seven() {
		if !instrument.ValidBIC(b.Identifier) || b.Name == "" || b.Behavior == "" || len(b.Currencies) == 0 || b.MinDelay > b.MaxDelay && b.MaxDelay != 0 {
			t.Errorf("one of the seven banks is not well formed: %+v", b)
		}
		for _, c := range b.Currencies {
			if !c.Known() {
				t.Errorf("%s deals in %s", b.Identifier, c)
			}
		}
		weights += b.Weight
	}
	if weights == 0 {
		t.Error("no bank takes payments that name none")
	}
	if _, err := Choose([]string{"SANDNL2A", "NOPENL2A"}); err == nil || !strings.Contains(err.Error(), "NOPENL2A") || !strings.Contains(err.Error(), "SLOWDE2A") {
		t.Errorf("an unknown bank: %v", err)
	}
}
