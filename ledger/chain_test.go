package ledger

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/money"
)

func verify(seals []Seal, entries []Entry) error {
	var v Verifier
	for i, e := range entries {
		if err := v.Step(seals[i], e); err != nil {
			return err
		}
	}
	return nil
}

func TestChain_SeesEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawEntries(t, 2)
		// The chain is the same however the entries were gathered into batches.
		cut := rapid.IntRange(0, len(entries)).Draw(t, "cut")
		seals := Next(Seal{}, entries[:cut])
		last := Seal{}
		if cut > 0 {
			last = seals[cut-1]
		}
		seals = append(seals, Next(last, entries[cut:])...)
		if err := verify(seals, entries); err != nil {
			t.Fatalf("an untouched chain: %v", err)
		}
		at := rapid.IntRange(0, len(entries)-2).Draw(t, "at")
		how := rapid.SampledFrom(forgeries).Draw(t, "forgery")
		forged, seals := how.forge(clone(entries), append([]Seal(nil), seals...), at)
		if err := verify(seals, forged); err == nil {
			t.Fatalf("%s at %d of %d was not seen", how.name, at, len(entries))
		}
	})
}

// clone shares nothing with the original.
func clone(entries []Entry) []Entry {
	body, _ := json.Marshal(entries)
	var out []Entry
	if err := json.Unmarshal(body, &out); err != nil {
		panic(err)
	}
	return out
}

type forgery struct {
	name  string
	forge func([]Entry, []Seal, int) ([]Entry, []Seal)
}

// forgeries end before the last entry: only somebody who knows the length of a
// chain notices that its end was cut off.
var forgeries = []forgery{
	change("id", func(e *Entry) { e.ID += "x" }),
	change("key", func(e *Entry) { e.Key += "x" }),
	change("kind", func(e *Entry) { e.Kind = "refund" }),
	change("payment", func(e *Entry) { e.Payment += "x" }),
	change("description", func(e *Entry) { e.Description += " " }),
	change("time", func(e *Entry) { e.At = e.At.Add(time.Microsecond) }),
	change("account", func(e *Entry) { e.Postings[1].Account = "merchant:thief:payable" }),
	change("side", func(e *Entry) { e.Postings[0].Side = Credit }),
	change("amount", func(e *Entry) {
		unit := decimal.New(1, -e.Postings[0].Amount.Currency().Decimals())
		e.Postings[0].Amount = money.Of(e.Postings[0].Amount.Decimal().Add(unit), e.Postings[0].Amount.Currency())
	}),
	change("currency", func(e *Entry) { e.Postings[0].Amount = money.Of(e.Postings[0].Amount.Decimal(), "USD") }),
	change("posting removed", func(e *Entry) { e.Postings = e.Postings[1:] }),
	change("posting added", func(e *Entry) { e.Postings = append(e.Postings, e.Postings[0]) }),
	{"entry removed", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		return append(e[:i], e[i+1:]...), append(s[:i], s[i+1:]...)
	}},
	{"entries swapped", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		e[i], e[i+1] = e[i+1], e[i]
		return e, s
	}},
	{"entries and seals swapped", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		e[i], e[i+1], s[i], s[i+1] = e[i+1], e[i], s[i+1], s[i]
		return e, s
	}},
	{"entry inserted", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		e = append(e[:i+1], append([]Entry{e[i]}, e[i+1:]...)...)
		return e, append(s[:i+1], append([]Seal{s[i]}, s[i+1:]...)...)
	}},
	{"number changed", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) { s[i].Number++; return e, s }},
	{"hash changed", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		s[i].Hash = Genesis
		return e, s
	}},
	// The entry is changed and sealed again, with the right hash: the next one
	// no longer fits.
	{"resealed", func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		e[i].Description += "!"
		before := Seal{}
		if i > 0 {
			before = s[i-1]
		}
		s[i] = Next(before, e[i:i+1])[0]
		return e, s
	}},
}

func change(name string, f func(*Entry)) forgery {
	return forgery{name, func(e []Entry, s []Seal, i int) ([]Entry, []Seal) {
		f(&e[i])
		return e, s
	}}
}
