package feed

import (
	"slices"
	"strconv"
	"strings"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
)

// Filter selects the events that a listener gets. Its zero value selects all.
type Filter struct {
	Payment string   // one payment's events only
	Types   []string // events of these types only
}

// IsOpen reports whether the filter selects every event.
func (f Filter) IsOpen() bool { return f.Payment == "" && len(f.Types) == 0 }

// Takes reports whether the filter selects an event.
func (f Filter) Takes(e *event.Event) bool {
	return (f.Payment == "" || e.Payment == f.Payment) && (len(f.Types) == 0 || slices.Contains(f.Types, e.Type))
}

// of returns the items that pass. The list is shared, so it is never changed;
// most often nothing passes, and nothing is allocated.
func (f Filter) of(list []Item) (passed []Item) {
	if f.IsOpen() {
		return list
	}
	for i := range list {
		if f.Takes(&list[i].Event) {
			passed = append(passed, list[i])
		}
	}
	return passed
}

// SplitTypes reads a list such as "payment.captured,payment.declined".
func SplitTypes(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// ReadPlace reads the position at which a listener wants to begin: after an
// event, by its id or its sequence number; "" for the next event.
func ReadPlace(problem *fault.Error, at, place string) From {
	if place == "" {
		return From{Now: true}
	}
	if chance.ValidID("evt", place) {
		return From{Event: place}
	}
	n, err := strconv.ParseInt(place, 10, 64)
	if err != nil || n < 0 || place[0] == '+' || place[0] == '-' {
		problem.At(at, "must be the id or the sequence of an event; 0 begins with the first there is")
		return From{}
	}
	return From{After: n}
}
