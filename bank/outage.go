package bank

import "time"

// Outage is a time during which a bank is away. If Daily, it is a window of
// every day in UTC, which may extend past midnight; otherwise it begins some
// time after the bank's start. Requests wait until it is over.
type Outage struct {
	Daily bool
	From  time.Duration // time of day, or since the start
	Until time.Duration
}

// holds reports whether the outage is on, and when that changes next; false if
// it never does.
func (o Outage) holds(started, now time.Time) (on bool, next time.Time, changes bool) {
	if !o.Daily {
		from, until := started.Add(o.From), started.Add(o.Until)
		switch {
		case now.Before(from):
			return false, from, true
		case now.Before(until):
			return true, until, true
		}
		return false, time.Time{}, false
	}
	day := now.UTC().Truncate(24 * time.Hour)
	since := now.Sub(day)
	after := func(of time.Duration) time.Time {
		if of > since {
			return day.Add(of)
		}
		return day.Add(of + 24*time.Hour)
	}
	if o.From <= o.Until {
		on = since >= o.From && since < o.Until
	} else {
		on = since >= o.From || since < o.Until
	}
	if on {
		return true, after(o.Until), true
	}
	return false, after(o.From), true
}

// out reports whether any outage is on, and when to check again; zero for never.
func (t Temper) out(started, now time.Time) (on bool, next time.Time) {
	for _, o := range t.Outages {
		is, at, changes := o.holds(started, now)
		on = on || is
		if changes && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return on, next
}
