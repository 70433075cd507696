package ledger

import (
	"fmt"

	"sandbank/audit/chain"
)

// Genesis is the hash before the first entry.
const Genesis = chain.Genesis

// Seal gives an entry its place in the chain.
type Seal struct {
	Number  int64  // from 1, without gaps
	EntryID string // the entry that it seals
	Hash    string // hex SHA-256 over the previous hash, the number and the entry
}

// Next seals entries after prev, in the order given. The zero Seal stands
// before the first.
func Next(prev Seal, entries []Entry) []Seal {
	seals := make([]Seal, len(entries))
	for i, e := range entries {
		prev = Seal{Number: prev.Number + 1, EntryID: e.ID, Hash: hashOf(prev, e)}
		seals[i] = prev
	}
	return seals
}

// hashOf covers every field of the entry.
func hashOf(prev Seal, e Entry) string {
	e.At = e.At.UTC()
	return chain.Hash(prev.Hash, prev.Number+1, e)
}

// Verifier walks a chain from its first entry, over the gaps of entries that were let go.
type Verifier struct {
	Gaps chain.Gaps // to be set before the first step
	last Seal
}

// Last returns the seal verified last.
func (v *Verifier) Last() Seal { return v.last }

// Step checks that s seals e and continues the verified chain.
func (v *Verifier) Step(s Seal, e Entry) error {
	if at := v.Gaps.After(chain.Link{Number: v.last.Number, Hash: v.last.Hash}); at.Number > v.last.Number {
		v.last = Seal{Number: at.Number, Hash: at.Hash}
	}
	want := Next(v.last, []Entry{e})[0]
	switch {
	case s.Number != want.Number:
		return fmt.Errorf("ledger: entry number %d follows %d", s.Number, v.last.Number)
	case s != want:
		return fmt.Errorf("ledger: entry %d (%s) was changed after it was sealed: hash %s, expected %s", s.Number, e.ID, s.Hash, want.Hash)
	}
	v.last = s
	return nil
}
