package bank

import (
	"strings"
	"testing"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

func TestLoad_TheExample(t *testing.T) {
	list, err := Load("../examples/banks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Choose(nil, list...)
	if err != nil || len(list) != 3 || len(all) != 9 {
		t.Fatalf("%d banks in the file, %d in all: %v", len(list), len(all), err)
	}
	prompt, night, cents := list[0], list[1], list[2]
	if prompt.Name != "Prompt Bank" || prompt.Weight != 1 || prompt.MaxDelay != 800*time.Millisecond || prompt.Tail != (Tail{0.01, 20 * time.Second}) ||
		prompt.Disputes != (Disputes{0.02, 5 * time.Second, 2 * time.Second, 168 * time.Hour}) || prompt.RefundsRejected != 0.05 {
		t.Errorf("a changed bank: %+v", prompt)
	}
	if len(night.Outages) != 2 || night.Outages[0] != (Outage{true, 2 * time.Hour, 2*time.Hour + 15*time.Minute}) ||
		night.Outages[1] != (Outage{false, time.Hour, time.Hour + 2*time.Minute}) || *night.CutOff != 18*time.Hour || night.Silent != 0.01 {
		t.Errorf("a new bank: %+v", night)
	}
	if !cents.AmountRules || len(cents.Plants) != 5 || len(cents.Accounts) != 2 || cents.Accounts[1].Status != book.Blocked ||
		cents.Accounts[0].Daily.String() != "300" {
		t.Errorf("another: %+v", cents)
	}
}

func TestRead_SaysFileLineAndKey(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"empty":           {"", "banks.yaml:1: "},
		"not YAML":        {"banks:\n  - {", "banks.yaml:2: "},
		"nested deep":     {"banks: " + strings.Repeat("[", 5000), "banks.yaml:1: has more brackets"},
		"set in deep":     {"banks:\n" + strings.Repeat(" ", 99) + "- 1", "banks.yaml:2: is set in by"},
		"a list":          {"- 1", "banks.yaml:1: "},
		"unknown at root": {"bank: []", "banks.yaml:1: bank: is not a key; the keys here are banks"},
		"a cycle":         {"banks: &a [*a]", "banks.yaml:1: banks: must be a list"},
		"an alias":        {"banks:\n  - &b {identifier: SANDNL2A}\n  - *b", "banks.yaml:2: banks[0]: must have keys and values"},
		"a merge":         {"banks:\n  - <<: {identifier: SANDNL2A}", "banks.yaml:2: banks[0].<<: is not a key"},
		"banks no list":   {"banks: 7", "banks.yaml:1: banks: must be a list"},
		"unknown key":     {"banks:\n  - identifier: SANDNL2A\n    declins: 1", "banks.yaml:3: banks[0].declins: is not a key; the keys here are accounts,"},
		"twice":           {"banks:\n  - identifier: SANDNL2A\n    silent: 1\n    silent: 1", "banks.yaml:4: "},
		"bank twice":      {"banks:\n  - identifier: SANDNL2A\n  - identifier: SANDNL2A", "banks[1].identifier: SANDNL2A is there twice"},
		"no identifier":   {"banks:\n  - name: X", "banks[0].identifier: is required"},
		"no BIC":          {"banks:\n  - identifier: x", "banks.yaml:2: banks[0].identifier: \"x\" has not the form of a BIC"},
		"new without":     {"banks:\n  - identifier: NEWBNL2A", "banks[0].currencies: is required of a bank that is none of the seven"},
		"share over 1":    {"banks:\n  - identifier: SANDNL2A\n    declines: 1.1", "banks.yaml:3: banks[0].declines: must be a share"},
		"share in words":  {"banks:\n  - identifier: SANDNL2A\n    declines: many", "banks.yaml:3: banks[0].declines: must be a share"},
		"share negative":  {"banks:\n  - identifier: SANDNL2A\n    twice: -1", "banks.yaml:3: banks[0].twice: must be a share"},
		"share no number": {"banks:\n  - identifier: SANDNL2A\n    twice: .nan", "banks.yaml:3: banks[0].twice: must be a share"},
		"weight":          {"banks:\n  - identifier: SANDNL2A\n    weight: 1.5", "banks.yaml:3: banks[0].weight: must be a whole number"},
		"currency":        {"banks:\n  - identifier: SANDNL2A\n    currencies: [EUR, XXX]", "banks.yaml:3: banks[0].currencies[1]: \"XXX\" is no active"},
		"duration":        {"banks:\n  - identifier: SANDNL2A\n    delay: {min: 5}", "banks.yaml:3: banks[0].delay.min: must be a duration"},
		"min over max":    {"banks:\n  - identifier: SANDNL2A\n    delay: {min: 5s, max: 1s}", "banks[0].delay: min is more than max"},
		"flag":            {"banks:\n  - identifier: SANDNL2A\n    amount_rules: perhaps", "banks.yaml:3: banks[0].amount_rules: must be true or false"},
		"cut-off":         {"banks:\n  - identifier: SANDNL2A\n    cut_off: \"25:00\"", "banks.yaml:3: banks[0].cut_off: must be a time of day"},
		"outage":          {"banks:\n  - identifier: SANDNL2A\n    outages:\n      - {from: \"02:00\"}\n      - {after: 1h}", "banks.yaml:5: banks[0].outages[1]: must last"},
		"outage mixed":    {"banks:\n  - identifier: SANDNL2A\n    outages:\n      - {from: \"02:00\", for: 1h}", "banks.yaml:4: banks[0].outages[0].from: is not a key"},
		"plant":           {"banks:\n  - identifier: SANDNL2A\n    plants: [lost]", "banks.yaml:3: banks[0].plants[0]: \"lost\" is none of"},
		"account":         {"banks:\n  - identifier: SANDNL2A\n    accounts: [{id: a}]", "banks[0].accounts[0]: id, holder, brand"},
		"account sum":     {"banks:\n  - identifier: SANDNL2A\n    accounts:\n      - {id: a, holder: b, brand: c, last4: \"4242\", daily: 1e9}", "banks.yaml:4: banks[0].accounts[0].daily: must be an amount"},
		"account status":  {"banks:\n  - identifier: SANDNL2A\n    accounts:\n      - {id: a, holder: b, brand: c, last4: \"4242\", status: lost}", "\"lost\" is none of open, blocked and closed"},
	} {
		if list, err := Read("banks.yaml", []byte(c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v\nwant %q", name, list, err, c.want)
		}
	}
	_, err := Read("banks.yaml", []byte("banks:\n  - identifier: SANDNL2A\n    silent: 2\n    twice: 2\n"))
	if err == nil || !strings.Contains(err.Error(), "silent") || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two faults: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("banks:\n  - identifier: SANDNL2A\n    delay: {min: 1s, max: 2s}\n    outages: [{from: \"02:00\", until: \"03:00\"}]"))
	f.Add([]byte("banks: [{identifier: NEWBNL2A, name: x, behavior: y, currencies: [EUR], accounts: []}]"))
	f.Add([]byte("banks: &a [*a]\n<<: *a"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := Read("f", body)
		if err != nil {
			return
		}
		for _, b := range list {
			if !instrument.ValidBIC(b.Identifier) || b.Name == "" || len(b.Currencies) == 0 || b.Declines < 0 || b.Declines > 1 || b.MinDelay > b.MaxDelay {
				t.Fatalf("%q is read as %+v", body, b)
			}
		}
	})
}

// Control goes before temper, temper before number, number before amount, amount
// before account.
func TestDecide_TheWholePrecedence(t *testing.T) {
	poor := book.Account{ID: "poor", Holder: "Poor", Brand: "visa", Last4: "4242", Status: book.Blocked}
	base := temper(t, "SANDNL2A")
	base.Accounts, base.AmountRules = []book.Account{poor}, true
	one, none := 1.0, 0.0
	for name, c := range map[string]struct {
		change  func(*Temper)
		control wire.Temper
		card    string
		amount  string
		want    string
	}{
		"account last":            {func(*Temper) {}, wire.Temper{}, "4242424242424242", "10.00", reason.AccountBlocked},
		"amount over account":     {func(*Temper) {}, wire.Temper{}, "4242424242424242", "10.51", reason.InsufficientFunds},
		"number over amount":      {func(*Temper) {}, wire.Temper{}, "4000000000009987", "10.51", reason.LostCard},
		"temper over number":      {func(t *Temper) { t.Declines = 1 }, wire.Temper{}, "4000000000009987", "10.51", reason.DoNotHonor},
		"control over temper":     {func(t *Temper) { t.Declines = 1 }, wire.Temper{Declines: &none}, "4000000000009987", "10.00", reason.LostCard},
		"control over the amount": {func(*Temper) {}, wire.Temper{Declines: &one}, "4242424242424242", "10.51", reason.DoNotHonor},
		"no amount rules":         {func(t *Temper) { t.AmountRules = false; t.Accounts = nil }, wire.Temper{}, "4242424242424242", "10.51", "approved"},
	} {
		bank := base
		c.change(&bank)
		r := request("req_1", card(t, c.card, "A. Customer"))
		r.Amount = money.Must(c.amount, "EUR")
		d := Decide(1, bank.Under(c.control), r)
		rec := book.New(bank.rules()).Decide(noon, r, d.wish(r, true))
		got := string(rec.Outcome)
		if rec.Reason != nil {
			got = rec.Reason.Code
		}
		if got != c.want || rec.Rule == "" {
			t.Errorf("%s: %s because %q, want %s", name, got, rec.Rule, c.want)
		}
	}
}

func TestDecide_AmountsAreResponseCodes(t *testing.T) {
	bank := temper(t, "SANDNL2A")
	bank.AmountRules = true
	for amount, want := range map[money.Amount]string{
		money.Must("10.01", "EUR"): reason.ReferToIssuer, money.Must("10.05", "EUR"): reason.DoNotHonor, money.Must("0.12", "EUR"): reason.InvalidTxn,
		money.Must("10.14", "EUR"): reason.InvalidNumber, money.Must("10.41", "EUR"): reason.LostCard, money.Must("10.43", "EUR"): reason.StolenCard,
		money.Must("10.51", "EUR"): reason.InsufficientFunds, money.Must("10.54", "EUR"): reason.ExpiredCard, money.Must("10.57", "EUR"): reason.NotPermitted,
		money.Must("10.61", "EUR"): reason.OverLimit, money.Must("10.91", "EUR"): reason.IssuerUnavailable, money.Must("1051", "JPY"): reason.InsufficientFunds,
		money.Must("1.051", "BHD"): reason.InsufficientFunds, money.Must("10.50", "EUR"): "", money.Must("51.00", "EUR"): "",
	} {
		r := request("req_1", card(t, "4242424242424242", "A. Customer"))
		r.Amount = amount
		d := Decide(1, bank, r)
		got := ""
		if d.Reason != nil {
			got = d.Reason.Code
		}
		if got != want || (d.Outcome == payment.OutcomeError) != (want == reason.IssuerUnavailable) {
			t.Errorf("%s: %s %q, want %q", amount, d.Outcome, got, want)
		}
	}
}

func TestOutage_HoldsByTheClock(t *testing.T) {
	at := func(h, m int) time.Time { return time.Date(2026, 11, 22, h, m, 0, 0, time.UTC) }
	daily, night := Outage{true, 2 * time.Hour, 3 * time.Hour}, Outage{true, 23 * time.Hour, time.Hour}
	once := Outage{false, time.Hour, 2 * time.Hour}
	for name, c := range map[string]struct {
		o    Outage
		now  time.Time
		on   bool
		next time.Time
	}{
		"before": {daily, at(1, 0), false, at(2, 0)}, "in": {daily, at(2, 0), true, at(3, 0)}, "after": {daily, at(3, 0), false, at(26, 0)},
		"evening": {night, at(23, 30), true, at(25, 0)}, "past midnight": {night, at(0, 30), true, at(1, 0)}, "day": {night, at(12, 0), false, at(23, 0)},
		"not yet": {once, at(12, 30), false, at(13, 0)}, "once": {once, at(13, 0), true, at(14, 0)}, "over": {once, at(14, 0), false, time.Time{}},
	} {
		on, next, changes := c.o.holds(noon, c.now)
		if on != c.on || !next.Equal(c.next) || changes == c.next.IsZero() {
			t.Errorf("%s: %t until %s (%t)", name, on, next, changes)
		}
	}
}
