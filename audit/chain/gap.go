package chain

import (
	"cmp"
	"slices"
)

// Gap is a run of links that were let go. The chain goes on after it from the hash of its last
// link, so that everything that is still there can be verified.
type Gap struct {
	First, Last int64  // numbers, both included
	Hash        string // of the link with the number Last
}

// Link is the place of a record in a chain.
type Link struct {
	Number int64
	Hash   string
}

// Runs makes gaps of links that are let go, in ascending order.
func Runs(gone []Link) []Gap {
	gaps := make([]Gap, len(gone))
	for i, l := range gone {
		gaps[i] = Gap{First: l.Number, Last: l.Number, Hash: l.Hash}
	}
	return Join(gaps)
}

// Join joins gaps that touch one another, in ascending order.
func Join(gaps []Gap) []Gap {
	gaps = slices.Clone(gaps)
	slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.First, b.First) })
	var list []Gap
	for _, g := range gaps {
		if n := len(list); n > 0 && list[n-1].Last+1 == g.First {
			list[n-1].Last, list[n-1].Hash = g.Last, g.Hash
			continue
		}
		list = append(list, g)
	}
	return list
}

// Gaps are the gaps of one chain, in ascending order, for whoever walks it once from its beginning.
type Gaps []Gap

// After returns the place from which a walk goes on that has come to a number: its own, or that of
// the last link of a gap which begins right behind it.
func (g *Gaps) After(at Link) Link {
	for len(*g) > 0 && (*g)[0].First <= at.Number+1 {
		if gap := (*g)[0]; gap.First == at.Number+1 {
			at = Link{gap.Last, gap.Hash}
		}
		*g = (*g)[1:]
	}
	return at
}
