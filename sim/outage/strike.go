package outage

import (
	"context"
	"errors"
	"fmt"

	"sandbank/clock"
	"sandbank/sim"
)

// Meeting is what may meet a fault: of one of these kinds, at a place.
type Meeting struct {
	Kinds    []sim.FaultKind
	Bank     string // "" for none
	Endpoint string // "" for none
}

func (m Meeting) meets(f sim.Fault) bool {
	for _, k := range m.Kinds {
		if f.Kind == k && (f.Bank == "" || f.Bank == m.Bank) && (f.Endpoint == "" || f.Endpoint == m.Endpoint) {
			return true
		}
	}
	return false
}

// Strike is the strongest fault that strikes now, and counts the strike; false for none.
func (b *Board) Strike(m Meeting) (sim.Fault, bool) {
	f, _, struck := b.strike(m)
	return f, struck
}

// strike is [Board.Strike], with what is closed when the strike is to be let go: the fault has ended,
// but not because it was spent by this strike or one after it.
func (b *Board) strike(m Meeting) (f sim.Fault, undone <-chan struct{}, struck bool) {
	if b == nil || b.count.Load() == 0 {
		return f, nil, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	for i, f := range b.force {
		if !m.meets(f) || !f.InForce(now) || f.Share > 0 && b.luck[f.ID].Float64() >= f.Share {
			continue
		}
		return b.hit(i), b.life[f.ID], true
	}
	return f, nil, false
}

// hit counts a strike of a fault on the board. The caller holds the lock.
func (b *Board) hit(i int) sim.Fault {
	b.force[i].Struck++
	if f := b.force[i]; f.Times > 0 && f.Struck >= f.Times { // it ends now, whenever it is undone
		b.force[i].EndsAt = earlier(f.EndsAt, b.clock.Now())
		b.wake()
	}
	return b.force[i]
}

// Pause waits as a slow fault has it, by the computer's clock, or until ctx or the fault ends.
func (b *Board) Pause(ctx context.Context, m Meeting) error {
	f, undone, slow := b.strike(m)
	if !slow {
		return nil
	}
	over := clock.Real{}.NewTimer(f.Slowness())
	defer over.Stop()
	select {
	case <-over.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-undone:
		return nil
	}
}

// Await waits until no fault of a kind is in force, or until ctx ends.
func (b *Board) Await(ctx context.Context, kind sim.FaultKind) error {
	for {
		if b == nil || b.count.Load() == 0 {
			return nil
		}
		b.mu.Lock()
		change, there := b.change, false
		for _, f := range b.force {
			there = there || f.Kind == kind
		}
		b.mu.Unlock()
		if !there {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ErrOnPurpose is the cause of every error that a fault brings about.
var ErrOnPurpose = errors.New("on purpose")

// Error is what somebody is told who met a fault.
func Error(f sim.Fault) error {
	return fmt.Errorf("%s (fault %s, %w)", f.Kind.Says(), f.ID, ErrOnPurpose)
}
