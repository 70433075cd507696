package trail

import "sandbank/audit"

// Repeated refusals are written one by one at first and then counted, in one
// record for each minute, so that an attacker who guesses does not fill the log.
const (
	loudAlike = 10
	// maxAlike is the number of sorts that are counted separately in a minute.
	// Beyond it, refusals are counted by action and code alone: somebody attacks
	// from many addresses.
	maxAlike = 1000
)

// sort is what equal refusals have in common. Objects are not compared.
type sort struct {
	action        audit.Action
	code, address string
	actor         audit.Actor
}

type tally struct {
	seen, quiet int
	latest      audit.Record
}

// alike counts refusals. It belongs to one goroutine.
type alike struct{ sorts map[sort]*tally }

func newAlike() alike { return alike{map[sort]*tally{}} }

// loud reports whether a record is to be written by itself. A record of an
// allowed action always is.
func (a alike) loud(r *audit.Record) bool {
	if r.Outcome == audit.Allowed {
		return true
	}
	key := sort{r.Action, r.Code, r.Address, r.Actor}
	t := a.sorts[key]
	if t == nil && len(a.sorts) >= maxAlike {
		key.address, key.actor = "", audit.Actor{}
		t = a.sorts[key]
	}
	if t == nil {
		t = &tally{}
		a.sorts[key] = t
	}
	if t.seen++; t.seen <= loudAlike {
		return true
	}
	t.quiet++
	t.latest = *r
	t.latest.Address, t.latest.Actor = key.address, key.actor
	if key.actor == (audit.Actor{}) {
		t.latest.Actor = audit.Actor{Kind: audit.Nobody}
	}
	return false
}

// sums ends a window and returns one record for each sort of which some were not
// written.
func (a alike) sums() (list []audit.Record) {
	for _, t := range a.sorts {
		if t.quiet > 0 {
			r := t.latest
			r.Object, r.Count = "", t.quiet
			list = append(list, r)
		}
	}
	clear(a.sorts)
	return list
}
