package steer

import (
	"context"
	"maps"
	"slices"
	"time"

	"sandbank/clock"
	"sandbank/clock/atrest"
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

// Others is how many other processors go by the same clock.
func (h *Hand) Others() int { return len(h.present()) }

// peersAt is who of the other processors has not answered yet, and what the others are at.
func (h *Hand) peersAt(ctx context.Context, others []string, ask string) (r atrest.Rest) {
	_ = clock.Pause(ctx, pollBusy)
	d, err := load(ctx, h.Keeper)
	if err != nil {
		return atrest.Rest{Part: "the store", Busy: "it does not say what other processors are at"}
	}
	h.look(d)
	there := h.present()
	for _, name := range others {
		p := d.Peers[name]
		if p.Ask != ask && slices.Contains(there, name) {
			return atrest.Rest{Part: "another processor", Busy: "it has not said that it is"}
		}
		r.Next = sooner(r.Next, p.Next)
		r.Begun += p.Begun
	}
	return r
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
	for pause := pollIdle; clock.Pause(ctx, pause) == nil; {
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
			if r := atrest.Ask(h.Parts); me.Ask != d.Ask && r.Part == "" {
				me.Ask, me.Next, me.Begun, due = d.Ask, r.Next, r.Begun, true
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
