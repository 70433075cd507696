package outage

import (
	"context"
	"maps"
	"slices"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/sim"
)

// Peers are the processors on one database.
type Peers interface {
	// Name is the name of this processor.
	Name() string
	// Present names the others that are there now.
	Present(ctx context.Context) ([]string, error)
}

const (
	poll    = 200 * time.Millisecond // how often the document is read while there are faults, of the computer's time
	idle    = 3 * time.Second        // the same while there are none, in case a notice was lost
	soon    = 5 * time.Millisecond   // the same while somebody waits for the others
	heed    = 2 * time.Second        // how long somebody waits for the others, at most
	claims  = 2 * time.Second        // how long it may take to count a strike for all
	ownerOf = 5 * time.Second        // how long a fault outlasts a processor that is not seen any more
)

// shared is what a board knows of other processors. Its fields are guarded by the board's lock.
type shared struct {
	shelf Shelf
	peers Peers

	news      chan struct{}        // holds one when the document has changed
	version   int64                // of the document, as far as it was heeded
	foreign   map[string]bool      // the faults on the board that began at another processor
	elsewhere []sim.Fault          // those that act at another processor alone
	unsent    map[string]int       // strikes that the document does not count yet
	orphans   map[string]time.Time // since when a fault's processor is not seen, of the computer's time
}

// Share has the board share its faults with the boards of other processors. It is to be called before Run.
func (b *Board) Share(shelf Shelf, peers Peers) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared = &shared{shelf: shelf, peers: peers, news: make(chan struct{}, 1), foreign: map[string]bool{}, unsent: map[string]int{}, orphans: map[string]time.Time{}}
}

// publish tells the other processors of a fault that is about to begin here.
func (b *Board) publish(ctx context.Context, f sim.Fault) error {
	s := b.shared
	if s == nil {
		return nil
	}
	d, err := s.change(ctx, func(d *document) (bool, error) {
		for _, other := range d.Faults {
			if err := collides(f, other.Fault); err != nil {
				return false, err
			}
		}
		d.Faults = append(d.Faults, posted{f, s.peers.Name()})
		return true, nil
	})
	if err == nil {
		b.heeded(d.Version)
	}
	return err
}

// withdraw tells the other processors that a fault has ended.
func (b *Board) withdraw(ctx context.Context, id string) error {
	s := b.shared
	if s == nil {
		return nil
	}
	d, err := s.change(ctx, func(d *document) (bool, error) {
		n := len(d.Faults)
		d.Faults = slices.DeleteFunc(d.Faults, func(p posted) bool { return p.ID == id })
		return len(d.Faults) < n, nil
	})
	if err == nil {
		b.heeded(d.Version)
	}
	return err
}

func (b *Board) heeded(version int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared.version = max(b.shared.version, version)
}

// awaitOthers waits until the other processors act by the present version, or for a moment.
func (b *Board) awaitOthers(ctx context.Context) {
	s := b.shared
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, heed)
	defer cancel()
	b.mu.Lock()
	version := s.version
	b.mu.Unlock()
	for ctx.Err() == nil {
		others, err := s.peers.Present(ctx)
		d, failed := s.load(ctx)
		if err == nil && failed == nil && !slices.ContainsFunc(others, func(name string) bool { return d.Seen[name] < version }) {
			return
		}
		_ = clock.Pause(ctx, soon)
	}
}

// claim counts a strike of a fault for all processors, and reports how often it struck by then; false where it
// has struck as often as it was to.
func (b *Board) claim(id string) (struck int, mine bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), claims)
	defer cancel()
	_, err = b.shared.change(ctx, func(d *document) (bool, error) {
		if p := d.find(id); p != nil {
			if mine = p.Struck < p.Times; mine {
				p.Struck++
			}
			struck = p.Struck
		}
		return false, nil
	})
	return struck, mine && err == nil, err
}

// Heard is to be called when another processor has changed what is kept under a name, and with "" where such news may
// have been missed. Where nobody calls it, changes are found by looking now and then.
func (b *Board) Heard(name string) {
	if b.shared == nil || name != keptAs && name != "" {
		return
	}
	select {
	case b.shared.news <- struct{}{}:
	default:
	}
}

// follow takes over what other processors begin and end, until ctx ends. While there are faults it looks by itself: it
// tells of strikes, and sees whether the processors are still there that faults began at.
func (b *Board) follow(ctx context.Context) {
	for ctx.Err() == nil {
		d, err := b.shared.load(ctx)
		if err == nil {
			b.heed(ctx, d)
		}
		pause := idle
		if err != nil || len(d.Faults) > 0 || b.count.Load() > 0 {
			pause = poll
		}
		timer := clock.Real{}.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-b.shared.news:
		case <-timer.C():
		}
		timer.Stop()
	}
}

// heed makes the board what the document says, and says in it what is known here alone.
func (b *Board) heed(ctx context.Context, d document) {
	s, name := b.shared, b.shared.peers.Name()
	b.mu.Lock()
	if d.Version < s.version { // it was read before the last change
		b.mu.Unlock()
		return
	}
	s.version = d.Version
	var begun, ended []sim.Fault
	s.elsewhere = nil
	for _, p := range d.Faults {
		i := slices.IndexFunc(b.force, func(f sim.Fault) bool { return f.ID == p.ID })
		switch {
		case i >= 0:
			b.counted(i, p.Struck)
		case p.Owner == name || slices.ContainsFunc(b.past, func(f sim.Fault) bool { return f.ID == p.ID }) || !p.InForce(b.clock.Now()):
		case p.Kind.Everywhere():
			begun = append(begun, p.Fault)
		default:
			s.elsewhere = append(s.elsewhere, p.Fault)
		}
	}
	for _, f := range b.force {
		if d.find(f.ID) == nil && !f.Kind.OfDatabase() {
			ended = append(ended, f)
		}
	}
	b.count.Store(int64(len(b.force) + len(s.elsewhere)))
	unsent := s.unsent
	s.unsent = map[string]int{}
	b.mu.Unlock()
	for _, f := range begun {
		b.adopt(ctx, f)
	}
	for _, f := range ended {
		b.drop(ctx, f)
	}
	if len(unsent) > 0 || d.Seen[name] < d.Version || len(d.Faults) > 0 && b.orphaned(ctx, d) {
		b.say(ctx, d.Version, unsent)
	}
}

// counted takes over how often a fault has struck everywhere. The caller holds the lock.
func (b *Board) counted(i, struck int) {
	f := &b.force[i]
	if f.Struck = struck + b.shared.unsent[f.ID]; f.Times > 0 && f.Struck >= f.Times {
		f.EndsAt = earlier(f.EndsAt, b.clock.Now())
		b.wake()
	}
}

// adopt has a fault act here that began at another processor.
func (b *Board) adopt(ctx context.Context, f sim.Fault) {
	if f.Kind != sim.BankOffline { // whose processor has told the bank
		if err := b.actor.Begin(ctx, f); err != nil {
			b.log.Warn("a fault of another processor does not begin here", "fault", f.ID, "kind", f.Kind, "error", err)
			return
		}
	}
	b.mu.Lock()
	b.shared.foreign[f.ID] = true
	b.put(f)
	b.mu.Unlock()
	b.log.Warn("a fault begins, on purpose, as somebody asked another processor", "fault", f.ID, "kind", f.Kind, "says", f.Says(), "until", f.EndsAt, "times", f.Times)
	b.strikeAtOnce(f)
	b.mu.Lock()
	b.changed()
	b.mu.Unlock()
	b.wake()
}

// drop ends a fault here that somebody ended at another processor.
func (b *Board) drop(ctx context.Context, f sim.Fault) {
	b.mu.Lock()
	foreign := b.shared.foreign[f.ID]
	taken := b.remove(f.ID)
	b.mu.Unlock()
	if taken {
		b.bye(ctx, farewell{Fault: f, why: Elsewhere, foreign: foreign})
	}
}

// orphaned reports whether the processor of a fault has not been there for long.
func (b *Board) orphaned(ctx context.Context, d document) bool {
	s := b.shared
	there, err := s.peers.Present(ctx)
	if err != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now, late := clock.Real{}.Now(), false
	maps.DeleteFunc(s.orphans, func(id string, _ time.Time) bool { return d.find(id) == nil })
	for _, p := range d.Faults {
		since, known := s.orphans[p.ID]
		switch {
		case p.Owner == s.peers.Name() || slices.Contains(there, p.Owner):
			delete(s.orphans, p.ID)
		case !known:
			s.orphans[p.ID] = now
		case now.Sub(since) >= ownerOf:
			late = true
		}
	}
	return late
}

// say writes down which version this processor acts by, its strikes, and which faults have nobody left to end them.
func (b *Board) say(ctx context.Context, version int64, unsent map[string]int) {
	s := b.shared
	b.mu.Lock()
	now, gone := clock.Real{}.Now(), map[string]bool{}
	for id, since := range s.orphans {
		gone[id] = now.Sub(since) >= ownerOf
	}
	b.mu.Unlock()
	var left []sim.Fault
	_, err := s.change(ctx, func(d *document) (bool, error) {
		left = nil
		for id, n := range unsent {
			if p := d.find(id); p != nil {
				p.Struck += n
			}
		}
		if d.Seen == nil {
			d.Seen = map[string]int64{}
		}
		d.Seen[s.peers.Name()] = version
		d.Faults = slices.DeleteFunc(d.Faults, func(p posted) bool {
			if gone[p.ID] {
				left = append(left, p.Fault)
			}
			return gone[p.ID]
		})
		return len(left) > 0, nil
	})
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		for id, n := range unsent {
			s.unsent[id] += n
		}
		return
	}
	for _, f := range left { // by this change, so that one processor alone undoes it
		b.mu.Lock()
		delete(s.orphans, f.ID)
		b.remove(f.ID)
		b.mu.Unlock()
		b.bye(ctx, farewell{Fault: f, why: Orphaned})
	}
}

// endElsewhere ends a fault that acts at another processor alone.
func (b *Board) endElsewhere(ctx context.Context, f sim.Fault) error {
	if f.Kind.OfDatabase() { // its processor could not read that
		return fault.New(fault.Conflict, "fault_out_of_reach", "The fault %s acts at another processor, which does not read the database meanwhile.", f.ID).
			Hinting("End it where it was begun, or wait until its bound is over.")
	}
	if err := b.withdraw(ctx, f.ID); err != nil {
		return err
	}
	b.awaitOthers(ctx)
	return nil
}
