// Package bank is a simulated bank. It takes requests over AMQP, decides by its
// temperament, the published test numbers and its book, waits for its response
// time, and answers over AMQP. A decision is in its journal before its answer is
// published, and a request is acknowledged once its answer is confirmed: so a
// repeated request gets the same answer, even after the bank was killed.
// Disputes and settlements, which a bank sends without being asked, wait in the
// journal until the broker has confirmed them.
package bank

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/money"
)

// Temper is a bank's behavior. Shares are from 0 to 1.
type Temper struct {
	Identifier string           // BIC in the form of ISO 9362; fictitious
	Name       string           // suggests the temperament
	Behavior   string           // the temperament in words
	Currencies []money.Currency // that the bank deals in
	Weight     int              // share of the payments that name no bank

	MinDelay time.Duration // before an answer
	MaxDelay time.Duration
	Tail     Tail // of the delays

	Declines        float64 // share of authorizations declined, with any card
	Challenges      float64 // share of authorizations whose customer must confirm, with any card
	Silent          float64 // share of requests without an answer
	Twice           float64 // share of answers sent a second time, as another message
	Reorders        float64 // share of answers held back behind later ones
	WrongAmount     float64 // share of answers with a wrong amount
	RefundsRejected float64 // share of refunds sent back

	AmountRules bool           // whether the last two digits of an amount are a response code
	Outages     []Outage       // times at which the bank is away
	CutOff      *time.Duration // time of day, UTC; nil for 23:00
	Disputes    Disputes
	Plants      []wire.BreakKind // breaks in each of its settlements
	Accounts    []book.Account   // nil for the standard ones
}

// Tail makes some answers come much later than the others.
type Tail struct {
	Share float64
	Delay time.Duration
}

// Disputes says how the bank's customers dispute, and how it decides.
type Disputes struct {
	Share         float64       // of approvals, besides the dispute cards
	After         time.Duration // time from the capture; 0 for the default
	DecidesAfter  time.Duration // time from the evidence; 0 for the default
	RespondWithin time.Duration // time to send evidence; 0 for the default
}

// The defaults of a bank.
const (
	DefaultCutOff        = 23 * time.Hour
	DefaultDisputeAfter  = 5 * time.Second
	DefaultDecidesAfter  = 2 * time.Second
	DefaultRespondWithin = 7 * 24 * time.Hour
)

func (t Temper) rules() book.Rules {
	accounts := t.Accounts
	if accounts == nil {
		accounts = book.Standard()
	}
	return book.Rules{
		Bank: t.Identifier, Accounts: accounts, Currencies: t.Currencies,
		DisputeAfter: cmp.Or(t.Disputes.After, DefaultDisputeAfter), DecideAfter: cmp.Or(t.Disputes.DecidesAfter, DefaultDecidesAfter),
		RespondWithin: cmp.Or(t.Disputes.RespondWithin, DefaultRespondWithin),
	}
}

// nextCutOff returns the first cut-off after an instant.
func (t Temper) nextCutOff(after time.Time) time.Time {
	of := DefaultCutOff
	if t.CutOff != nil {
		of = *t.CutOff
	}
	at := after.UTC().Truncate(24 * time.Hour).Add(of)
	if !at.After(after) {
		at = at.Add(24 * time.Hour)
	}
	return at
}

// forWire returns the present values of the settings that can be changed while
// the bank runs.
func (t Temper) forWire() wire.Temper {
	low, high := t.MinDelay.Milliseconds(), t.MaxDelay.Milliseconds()
	return wire.Temper{
		MinDelayMS: &low, MaxDelayMS: &high, Declines: &t.Declines, Challenges: &t.Challenges, Silent: &t.Silent, Twice: &t.Twice,
		Reorders: &t.Reorders, WrongAmount: &t.WrongAmount,
	}
}

// Under returns the temper with the changes of a control message.
func (t Temper) Under(c wire.Temper) Temper {
	set := func(to *float64, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	set(&t.Declines, c.Declines)
	set(&t.Challenges, c.Challenges)
	set(&t.Silent, c.Silent)
	set(&t.Twice, c.Twice)
	set(&t.Reorders, c.Reorders)
	set(&t.WrongAmount, c.WrongAmount)
	if c.MinDelayMS != nil {
		t.MinDelay = time.Duration(*c.MinDelayMS) * time.Millisecond
		t.MaxDelay = max(t.MinDelay, t.MaxDelay)
	}
	if c.MaxDelayMS != nil {
		t.MaxDelay = time.Duration(*c.MaxDelayMS) * time.Millisecond
		t.MinDelay = min(t.MinDelay, t.MaxDelay)
	}
	return t
}

var common = []money.Currency{"EUR", "GBP", "USD", "JPY", "BHD", "CHF"}

// The seven banks. Their BICs have the right form and are not assigned.
var seven = []Temper{
	{
		Identifier: "SANDNL2A", Name: "Prompt Bank", Behavior: "answers at once, and lets the test card decide",
		Currencies: common, Weight: 1,
	},
	{
		Identifier: "SLOWDE2A", Name: "Unhurried Bank", Behavior: "lets the test card decide, after 3 to 8 seconds",
		Currencies: []money.Currency{"EUR", "CHF"}, MinDelay: 3 * time.Second, MaxDelay: 8 * time.Second,
	},
	{
		Identifier: "NAYSFR2A", Name: "Naysayer Bank", Behavior: "declines everything",
		Currencies: []money.Currency{"EUR", "USD"}, Declines: 1, MaxDelay: 300 * time.Millisecond,
	},
	{
		Identifier: "CHALES2A", Name: "Doublecheck Bank", Behavior: "sends every customer to its own page to confirm",
		Currencies: []money.Currency{"EUR", "USD"}, Challenges: 1, MaxDelay: 300 * time.Millisecond,
	},
	{
		Identifier: "MUTEIE2A", Name: "Silent Bank", Behavior: "takes every request and never answers",
		Currencies: common, Silent: 1,
	},
	{
		Identifier: "FLAKGB2A", Name: "Flaky Bank", Behavior: "answers late, out of order, half of it twice, and declines one in five",
		Currencies: []money.Currency{"GBP", "EUR", "USD"}, MaxDelay: 2 * time.Second, Declines: 0.2, Twice: 0.5, Reorders: 0.2,
	},
	{
		Identifier: "MISCBE2A", Name: "Miscount Bank", Behavior: "approves as the test card says, and is known to settle wrongly",
		Currencies: []money.Currency{"EUR"}, MaxDelay: 300 * time.Millisecond, Plants: wire.BreakKinds(),
	},
}

// Seven lists the seven banks that come with Sandbank.
func Seven() []Temper { return append([]Temper(nil), seven...) }

// Choose picks banks by identifier from the seven, with a file's changes, and
// from the file's own banks. No identifier means all of them.
func Choose(identifiers []string, file ...Temper) ([]Temper, error) {
	all := Seven()
	for _, t := range file {
		if i := slices.IndexFunc(all, func(u Temper) bool { return u.Identifier == t.Identifier }); i >= 0 {
			all[i] = t
		} else {
			all = append(all, t)
		}
	}
	if len(identifiers) == 0 {
		return all, nil
	}
	known := map[string]Temper{}
	var names []string
	for _, t := range all {
		known[t.Identifier] = t
		names = append(names, t.Identifier)
	}
	sort.Strings(names)
	var list []Temper
	for _, id := range identifiers {
		t, ok := known[id]
		if !ok {
			return nil, fmt.Errorf("bank: there is no bank %q; choose among %v", id, names)
		}
		list = append(list, t)
	}
	return list, nil
}
