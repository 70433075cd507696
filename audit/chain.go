package audit

import (
	"fmt"

	"sandbank/audit/chain"
)

// Sealed is a record with its place in the chain; number 0 means that it has
// none yet. Its JSON is a line of an export, from which anybody can compute the
// hashes again.
type Sealed struct {
	Number int64  `json:"number"`
	Hash   string `json:"hash"`
	Record Record `json:"record"`
}

// Link seals records after the last one, in the order given. The zero Sealed
// stands before the first.
func Link(last Sealed, records []Record) []Sealed {
	list := make([]Sealed, len(records))
	for i, r := range records {
		last = Sealed{Number: last.Number + 1, Hash: chain.Hash(last.Hash, last.Number+1, r), Record: r}
		list[i] = last
	}
	return list
}

// Broken is the error of a chain that does not hold.
type Broken struct {
	Number int64 // the first wrong or missing number
	Why    string
}

// Error implements error.
func (b *Broken) Error() string { return fmt.Sprintf("audit record %d: %s", b.Number, b.Why) }

// Verifier walks a chain from its first record, over the gaps of records that were let go. Records
// without a seal may come anywhere.
type Verifier struct {
	Gaps     chain.Gaps // to be set before the first step
	last     Sealed
	Unsealed int
}

// Last returns the record verified last.
func (v *Verifier) Last() Sealed { return v.last }

// Step checks that s continues the verified chain. After an error the verifier
// cannot continue.
func (v *Verifier) Step(s Sealed) error {
	if s.Number == 0 {
		v.Unsealed++
		return nil
	}
	if at := v.Gaps.After(chain.Link{Number: v.last.Number, Hash: v.last.Hash}); at.Number > v.last.Number {
		v.last = Sealed{Number: at.Number, Hash: at.Hash}
	}
	want := Link(v.last, []Record{s.Record})[0]
	switch {
	case s.Number > want.Number:
		return &Broken{want.Number, fmt.Sprintf("it is missing; the next one is %d", s.Number)}
	case s.Number < want.Number:
		return &Broken{s.Number, "it is there twice"}
	case s.Hash != want.Hash:
		return &Broken{s.Number, fmt.Sprintf("it or its seal was changed after it was sealed (%s)", s.Record.ID)}
	}
	v.last = s
	return nil
}
