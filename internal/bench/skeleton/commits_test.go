package skeleton

import (
	"errors"
	"slices"
	"testing"
)

// What comes while a commit is under way goes together with the next one, and hears of its own commit.
func TestCommits_TakeAlongWhatWaits(t *testing.T) {
	begun, goOn := make(chan []int), make(chan error)
	c := together(1, func(list []int) error {
		begun <- slices.Clone(list)
		return <-goOn
	})
	first := make(chan error, 1)
	go func() { first <- c.do(1) }()
	if got := <-begun; !slices.Equal(got, []int{1}) {
		t.Fatalf("the first commit has %v", got)
	}
	for n := range most + 1 {
		c.add(2 + n)
	}
	away := errors.New("away")
	goOn <- away
	if err := <-first; !errors.Is(err, away) {
		t.Errorf("the first value heard %v, want its commit's error", err)
	}
	if got := <-begun; len(got) != most || got[0] != 2 || got[most-1] != most+1 {
		t.Errorf("the second commit has %d values, want the %d that waited, in order", len(got), most)
	}
	goOn <- nil
	if got := <-begun; !slices.Equal(got, []int{most + 2}) {
		t.Errorf("the third commit has %v, want the one that had no room", got)
	}
	goOn <- nil
}
