package chain_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sandbank/audit/chain"
)

// Whatever is let go in whatever steps, the gaps are the runs of what is gone, and a walk over what
// is left meets every number once.
func TestGaps_AreTheRunsOfWhatIsGone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const length = 30
		gone := map[int64]bool{}
		var gaps []chain.Gap
		for range rapid.IntRange(0, 6).Draw(rt, "steps") {
			var step []chain.Link
			for _, n := range rapid.SliceOfDistinct(rapid.Int64Range(1, length), rapid.ID).Draw(rt, "links") {
				if !gone[n] {
					gone[n] = true
					step = append(step, chain.Link{Number: n, Hash: fmt.Sprint("h", n)})
				}
			}
			gaps = chain.Join(append(gaps, chain.Runs(step)...))
		}
		for i, g := range gaps {
			if g.Hash != fmt.Sprint("h", g.Last) || gone[g.First-1] || gone[g.Last+1] {
				rt.Fatalf("of %v gone, gap %d is %+v", gone, i, g)
			}
		}
		left, at := chain.Gaps(slices.Clone(gaps)), chain.Link{}
		for n := int64(1); n <= length; n++ {
			if gone[n] {
				continue
			}
			if at = left.After(at); at.Number != n-1 || at.Number > 0 && gone[n-1] && at.Hash != fmt.Sprint("h", n-1) {
				rt.Fatalf("before link %d of %v the walk is at %+v", n, gaps, at)
			}
			at = chain.Link{Number: n, Hash: fmt.Sprint("h", n)}
		}
	})
}
