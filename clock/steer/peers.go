package steer

import (
	"context"
	"maps"
	"slices"
	"time"

	"sandbank/clock"
)

// seen is when a processor showed last that it is there.
type seen struct {
	beat int64
	at   time.Time // of the computer
}

const (
	lookIdle = 3 * time.Second        // how often the document is read in case a notice was lost
	lookLed  = 200 * time.Millisecond // the same while somebody advances time, or after a failure
	lookPart = 3 * time.Millisecond   // how often the parts are looked at that are not at rest
	lookRoll = 20 * time.Millisecond  // how often the roll is read by who waits for answers, in case a notice was lost
	beats    = time.Second            // how often a processor shows that it is there
	lost     = 5 * beats
)

// Heard is to be called when another processor has changed what is kept under a name, and with "" where such news may
// have been missed. Where nobody calls it, changes are found by looking now and then.
func (h *Hand) Heard(name string) {
	if name == clockDoc || name == "" {
		ring(h.news)
	}
	if name == peersDoc || name == "" {
		ring(h.said)
	}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// hears waits until a bell rings, for a while at most, and reports whether it did.
func hears(ctx context.Context, bell <-chan struct{}, most time.Duration) bool {
	timer := clock.Real{}.NewTimer(most)
	defer timer.Stop()
	select {
	case <-bell:
		return true
	case <-timer.C():
	case <-ctx.Done():
	}
	return false
}

// present are the other processors that are there.
func (h *Hand) present() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := clock.Real{}.Now()
	for name, s := range h.seen {
		if now.Sub(s.at) < lost {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Others is how many other processors go by the same clock. It reads the document anew, so that one counts that
// has just begun.
func (h *Hand) Others(ctx context.Context) (int, error) {
	list, err := h.Present(ctx)
	return len(list), err
}

// Name is the name of this processor among those on its database.
func (h *Hand) Name() string { return h.name }

// Present names the other processors that go by the same clock, as [Hand.Others] counts them.
func (h *Hand) Present(ctx context.Context) ([]string, error) {
	r, err := loadFrom[roll](ctx, h.Keeper, peersDoc)
	if err != nil {
		return nil, err
	}
	h.look(r)
	return h.present(), nil
}

// peersAt is who of the other processors has not answered yet, and what the others are at.
func (h *Hand) peersAt(ctx context.Context, others []string, ask string) (r clock.Rest) {
	hears(ctx, h.said, lookRoll)
	said, err := loadFrom[roll](ctx, h.Keeper, peersDoc)
	if err != nil {
		return clock.Rest{Part: "the store", Busy: "it does not say what other processors are at"}
	}
	h.look(said)
	there := h.present()
	for _, name := range others {
		p := said[name]
		if p.Ask != ask && slices.Contains(there, name) {
			return clock.Rest{Part: "another processor", Busy: "it has not said that it is"}
		}
		r.Next = sooner(r.Next, p.Next)
		r.Begun += p.Begun
		h.note(name, p.Happened)
	}
	return r
}

// note notes what another processor has done so far.
func (h *Hand) note(name string, done map[string]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, known := h.shares[name]
	if s.after = done; !known {
		s.before = done
	}
	h.shares[name] = s
}

// forget has the shares of the other processors counted anew.
func (h *Hand) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shares = map[string]share{}
}

// told is what the other processors did since then.
func (h *Hand) told() (list []share) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.shares))
}

// look notes which processors show that they are there.
func (h *Hand) look(said roll) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := clock.Real{}.Now()
	for name, p := range said {
		if s, known := h.seen[name]; name != h.name && (!known || s.beat != p.Beat) {
			h.seen[name] = seen{p.Beat, now}
		}
	}
	maps.DeleteFunc(h.seen, func(name string, _ seen) bool { _, there := said[name]; return !there })
}

// Run follows the clock that is kept, where other processors may steer it, and answers them, until
// ctx ends.
func (h *Hand) Run(ctx context.Context) {
	if !h.Shared {
		return
	}
	defer h.leave(ctx)
	var me peer
	var d document
	var arrived string       // the last question before which all had come that was sent here
	var read, beat time.Time // when the document is to be read and the next sign of life given, of the computer's
	for ctx.Err() == nil {
		if now := (clock.Real{}).Now(); !now.Before(read) { // at first at once: whoever resets has to see it
			var err error
			if d, err = h.follow(ctx); err != nil {
				d = document{}
			}
			if read = now.Add(lookIdle); err != nil || d.Ask != "" {
				read = now.Add(lookLed)
			}
		}
		asked := d.Ask != "" && d.Leader != h.name && me.Ask != d.Ask
		if asked {
			if arrived != d.Ask && h.arrive(ctx) == nil {
				arrived = d.Ask
			}
			if r := clock.Ask(h.Parts); r.Part == "" && arrived == d.Ask {
				me.Ask, me.Next, me.Begun, me.Happened = d.Ask, r.Next, r.Begun, h.happened()
				asked, beat = false, time.Time{}
			}
		}
		if now := (clock.Real{}).Now(); !now.Before(beat) {
			me.Beat++
			if beat = now.Add(beats); h.say(ctx, me) != nil {
				beat = now.Add(lookLed)
			}
		}
		pause := sooner(read, beat).Sub(clock.Real{}.Now())
		if asked {
			pause = lookPart
		}
		if hears(ctx, h.news, pause) {
			read = time.Time{}
		}
	}
}

// follow takes over what is kept of the clock, unless this hand leads.
func (h *Hand) follow(ctx context.Context) (document, error) {
	d, err := load(ctx, h.Keeper)
	if err != nil {
		return d, err
	}
	if d.Leader != h.name {
		h.Clock.Follow(d.State)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.relayed = d.Answers
	return d, nil
}

// say shows that this processor is there, and what it is at, and takes those off the roll that ended without a word.
func (h *Hand) say(ctx context.Context, me peer) error {
	said, err := changeIn(ctx, h.Keeper, peersDoc, func(r *roll) {
		if *r == nil {
			*r = roll{}
		}
		(*r)[h.name] = me
		maps.DeleteFunc(*r, func(name string, _ peer) bool { return h.gone(name) })
	})
	if err == nil {
		h.look(said)
	}
	return err
}

// leave takes this processor off the roll.
func (h *Hand) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = changeIn(ctx, h.Keeper, peersDoc, func(r *roll) { delete(*r, h.name) })
}

// gone reports whether another processor has not shown for long that it is there.
func (h *Hand) gone(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, known := h.seen[name]
	now := clock.Real{}.Now()
	return known && now.Sub(s.at) > 4*lost
}

// led reports whether another processor is advancing time.
func (h *Hand) led(ctx context.Context) (bool, error) {
	if !h.Shared {
		return false, nil
	}
	d, err := load(ctx, h.Keeper)
	return d.Leader != "" && d.Leader != h.name && slices.Contains(h.present(), d.Leader), err
}
