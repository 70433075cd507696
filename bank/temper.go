// Package bank is a simulated bank: it takes requests over AMQP, decides by its
// temperament and the published test numbers, takes its time, and answers over
// AMQP. It keeps no state that matters: what it says depends on its seed and the
// request alone, so a request that comes again, even after the bank was killed,
// gets the same answer. A request is acknowledged once its answer is confirmed.
package bank

import (
	"fmt"
	"sort"
	"time"

	"sandbank/money"
)

// Temper is how a bank behaves.
type Temper struct {
	Identifier string           // BIC, of the form of ISO 9362; fictitious
	Name       string           // one can tell the temperament from it
	Behavior   string           // in words
	Currencies []money.Currency // what it deals in
	Weight     int              // share of payments that name no bank
	MinDelay   time.Duration    // before it answers
	MaxDelay   time.Duration
	Declines   float64 // share of requests it declines whatever the card
	Challenges bool    // asks the customer to confirm, whatever the card
	Silent     bool    // never answers
	Twice      float64 // share of answers it sends again, as another message
}

var common = []money.Currency{"EUR", "GBP", "USD", "JPY", "BHD", "CHF"}

// The seven banks. Their BICs have the right form and belong to nobody.
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
		Currencies: []money.Currency{"EUR", "USD"}, Challenges: true, MaxDelay: 300 * time.Millisecond,
	},
	{
		Identifier: "MUTEIE2A", Name: "Silent Bank", Behavior: "takes every request and never answers",
		Currencies: common, Silent: true,
	},
	{
		Identifier: "FLAKGB2A", Name: "Flaky Bank", Behavior: "answers late, out of order, half of it twice, and declines one in five",
		Currencies: []money.Currency{"GBP", "EUR", "USD"}, MaxDelay: 2 * time.Second, Declines: 0.2, Twice: 0.5,
	},
	{
		Identifier: "MISCBE2A", Name: "Miscount Bank", Behavior: "approves as the test card says, and is known to settle wrongly",
		Currencies: []money.Currency{"EUR"}, MaxDelay: 300 * time.Millisecond,
	},
}

// Seven lists the seven banks that come with Sandbank.
func Seven() []Temper { return append([]Temper(nil), seven...) }

// Choose picks banks of the seven by identifier; none named means all.
func Choose(identifiers []string) ([]Temper, error) {
	if len(identifiers) == 0 {
		return Seven(), nil
	}
	known := map[string]Temper{}
	var names []string
	for _, t := range seven {
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
