package wire

import (
	"fmt"
	"time"

	"sandbank/payment/instrument"
)

// Clock tells a bank what time it is in the simulation, and how time passes. A bank goes by the one
// of the highest version that it was told.
type Clock struct {
	Version int64     `json:"version"` // 0 before the clock was ever steered
	Now     time.Time `json:"now"`
	Rate    float64   `json:"rate"` // seconds of simulated time in one of the computer's; 0 is time that stands still
	// Ask asks for a [Rest] of this name, once everything has happened that is due by then and that
	// the bank was asked for before; "" for none.
	Ask string `json:"ask,omitempty"`
}

// fastest is the highest rate of a clock.
const fastest = 100_000

func (c Clock) check() error {
	switch {
	case c.Version < 0 || c.Now.IsZero():
		return fmt.Errorf("control.clock: version and now are required")
	case !(c.Rate >= 0 && c.Rate <= fastest):
		return fmt.Errorf("control.clock.rate: must be 0 to %d", fastest)
	case c.Ask != "" && !plain(c.Ask):
		return fmt.Errorf("control.clock.ask: must have at most %d printable ASCII characters", maxID)
	}
	return nil
}

// RestType is the type of [Rest].
const RestType = "rest"

// Rest is a bank's word that it has nothing to do until its next due moment. It comes after
// everything that the bank said before.
type Rest struct {
	Type      string     `json:"type"` // "rest"
	ID        string     `json:"id"`
	Bank      string     `json:"bank"` // BIC
	Ask       string     `json:"ask"`  // that it answers
	NextDueAt *time.Time `json:"next_due_at,omitempty"`
	SentAt    time.Time  `json:"sent_at"`
}

// ReadRest reads and checks a bank's word that it is at rest.
func ReadRest(body []byte) (Rest, error) {
	var r Rest
	if err := read(body, &r, MaxBody); err != nil {
		return r, err
	}
	switch {
	case r.Type != RestType:
		return r, fmt.Errorf("type: %q is not %q", r.Type, RestType)
	case !plain(r.ID) || !plain(r.Ask) || !instrument.ValidBIC(r.Bank):
		return r, fmt.Errorf("id, ask and bank (a BIC) are required")
	}
	return r, nil
}
