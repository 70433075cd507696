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
	pollIdle = 200 * time.Millisecond // how often the document is read
	pollBusy = 3 * time.Millisecond   // the same while somebody asks
	beats    = time.Second            // how often a processor shows that it is there
	lost     = 5 * beats
)

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
	d, err := load(ctx, h.Keeper)
	if err != nil {
		return nil, err
	}
	h.look(d)
	return h.present(), nil
}

// peersAt is who of the other processors has not answered yet, and what the others are at.
func (h *Hand) peersAt(ctx context.Context, others []string, ask string) (r clock.Rest) {
	_ = clock.Pause(ctx, pollBusy)
	d, err := load(ctx, h.Keeper)
	if err != nil {
		return clock.Rest{Part: "the store", Busy: "it does not say what other processors are at"}
	}
	h.look(d)
	there := h.present()
	for _, name := range others {
		p := d.Peers[name]
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
func (h *Hand) look(d document) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := clock.Real{}.Now()
	for name, p := range d.Peers {
		if s, known := h.seen[name]; name != h.name && (!known || s.beat != p.Beat) {
			h.seen[name] = seen{p.Beat, now}
		}
	}
	maps.DeleteFunc(h.seen, func(name string, _ seen) bool { _, there := d.Peers[name]; return !there })
}

// Run follows the clock that is kept, where other processors may steer it, and answers them, until
// ctx ends.
func (h *Hand) Run(ctx context.Context) {
	if !h.Shared {
		return
	}
	var me peer
	beat := time.Time{}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = change(ending, h.Keeper, func(d *document) { delete(d.Peers, h.name) })
	}()
	for pause := time.Duration(0); clock.Pause(ctx, pause) == nil; { // at first at once: whoever resets has to see it
		d, err := load(ctx, h.Keeper)
		if pause = pollIdle; err != nil {
			continue
		}
		h.look(d)
		if d.Leader != h.name {
			h.Clock.Follow(d.State)
		}
		now := clock.Real{}.Now()
		due := now.Sub(beat) >= beats
		if d.Ask != "" && d.Leader != h.name {
			pause = pollBusy
			if r := clock.Ask(h.Parts); me.Ask != d.Ask && r.Part == "" {
				me.Ask, me.Next, me.Begun, me.Happened, due = d.Ask, r.Next, r.Begun, h.happened(), true
			}
		}
		if !due {
			continue
		}
		me.Beat++
		if change(ctx, h.Keeper, func(d *document) {
			if d.Peers == nil {
				d.Peers = map[string]peer{}
			}
			d.Peers[h.name] = me
			for name := range d.Peers { // whoever ended without a word
				if h.gone(name) {
					delete(d.Peers, name)
				}
			}
		}) == nil {
			beat = now
		}
	}
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
