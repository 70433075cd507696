package trail

import "sandbank/audit"

// What is refused again and again is written singly at first and then counted,
// so that whoever guesses does not write the log full: the summary of a minute
// is one record.
const (
	loudAlike = 10
	// maxAlike is how many sorts are told apart in a minute. Beyond it only action
	// and code are: somebody comes from everywhere.
	maxAlike = 1000
)

// sort is what is alike. Objects are not told apart.
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

// loud reports whether a record is to be written as it is. What is allowed always is.
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

// sums ends a window: one record for each sort of which some were not written.
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
