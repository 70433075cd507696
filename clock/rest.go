package clock

import (
	"sync/atomic"
	"time"
)

// This file says when a system is at rest. Simulated time is advanced from one due moment to the next, and may
// go on only when everything has happened that follows from the moment before. Each part that works on its own
// counts the work that it took in hand, and says what it is still busy with.

// Count counts pieces of work from the moment somebody hands them over until they are done. It is
// safe for concurrent use, and its zero value counts nothing yet.
type Count struct{ begun, ended atomic.Int64 }

// Begin counts n pieces that are handed over. It is to be called before the hand-over, so that no
// piece is ever on its way uncounted.
func (c *Count) Begin(n int) { c.begun.Add(int64(n)) }

// End counts n pieces that are done, once everything that follows from them was handed over, too.
func (c *Count) End(n int) { c.ended.Add(int64(n)) }

// Begun is how many pieces were ever handed over.
func (c *Count) Begun() int64 { return c.begun.Load() }

// Open is how many pieces are not done.
func (c *Count) Open() int64 {
	ended := c.ended.Load() // first: what ends in between has begun before
	return c.begun.Load() - ended
}

// Part is one part of a system.
type Part struct {
	Name string
	Look func() Look
}

// Look is what a part is at, at the present simulated time.
type Look struct {
	Busy  string    // with what; "" for nothing
	Next  time.Time // when it will have something to do; zero for never, or not known here
	Begun int64     // how often it took something in hand so far
}

// Rest is what a system of parts is at.
type Rest struct {
	Part, Busy string    // a part that is busy, and with what; "" for none
	Next       time.Time // when the first of them will have something to do; zero for never
	Begun      int64     // how often they took something in hand so far
}

// Ask asks parts one after the other. Something may be on its way from a part that was not asked yet
// to one that was: the parts are asked twice, and at rest only if none took anything in hand in
// between.
func Ask(parts []Part) Rest {
	r, before := ask(parts)
	if r.Part != "" {
		return r
	}
	r, after := ask(parts)
	if r.Part == "" && before != after {
		return Rest{Part: "the system", Busy: "something went from part to part"}
	}
	return r
}

func ask(parts []Part) (r Rest, begun int64) {
	for _, p := range parts {
		l := p.Look()
		if l.Busy != "" {
			return Rest{Part: p.Name, Busy: l.Busy}, 0
		}
		if !l.Next.IsZero() && (r.Next.IsZero() || l.Next.Before(r.Next)) {
			r.Next = l.Next
		}
		begun += l.Begun
	}
	r.Begun = begun
	return r, begun
}
