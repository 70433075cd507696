package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// A timing is how long one test of the highest rank took, from its start to its end. Tests beside
// it count with it, so the list shows where to look, not the cost of each.
type timing struct {
	pkg, test string
	seconds   float64
}

const (
	longestShown = 10
	longestFrom  = 5.0 // seconds; a quick run has no list
)

// showLongest lists the tests that took longest, the longest first.
func showLongest(out io.Writer, all []timing) {
	all = slices.DeleteFunc(slices.Clone(all), func(t timing) bool { return t.seconds < longestFrom })
	slices.SortFunc(all, func(a, b timing) int { return cmp.Compare(b.seconds, a.seconds) })
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(out, "longest:")
	for _, t := range all[:min(len(all), longestShown)] {
		fmt.Fprintf(out, "      %6.1fs  %s %s\n", t.seconds, t.pkg, t.test)
	}
}
