package model

import (
	"time"

	"sandbank/sim"
)

// Hold is payments that are stopped on purpose.
type Hold struct {
	ID                             string
	Hops                           []string
	Merchant, Payment, For, Within string
	Times, Taken, Held             int
	BeganAt, EndsAt, GivesUpAt     time.Time
}

// NewHold shows a hold.
func NewHold(h sim.Hold) *Hold {
	shown := &Hold{
		ID: h.ID, Merchant: h.Merchant, Payment: h.Payment, For: string(h.For), Within: string(h.Within), Times: h.Times, Taken: h.Taken, Held: h.Held,
		BeganAt: h.BeganAt, EndsAt: h.EndsAt, GivesUpAt: h.GivesUpAt,
	}
	for _, hop := range h.Hops {
		shown.Hops = append(shown.Hops, string(hop))
	}
	return shown
}

// Held is something that is held, or was.
type Held struct {
	ID, Hold, Hop, Status, Payment, Merchant, Bank, Kind, Says, CopyOf string
	Place                                                              int64
	Since                                                              time.Time
	EndedAt                                                            *time.Time
}

// NewHeld shows something that is held.
func NewHeld(h sim.Held) *Held {
	shown := &Held{
		ID: h.ID, Hold: h.Hold, Hop: string(h.Hop), Status: string(h.Status), Payment: h.Payment, Merchant: h.Merchant, Bank: h.Bank, Kind: h.Kind, Says: h.Says,
		CopyOf: h.CopyOf, Place: h.Place, Since: h.Since,
	}
	if !h.EndedAt.IsZero() {
		shown.EndedAt = &h.EndedAt
	}
	return shown
}
