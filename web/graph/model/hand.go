package model

import (
	"maps"
	"slices"
	"time"

	"sandbank/clock/steer"
	"sandbank/sim"
)

// Simulation is what is to happen on purpose to a payment, as an input.
type Simulation struct {
	Customer []sim.WishedAct
	Bank     *sim.WishedBank
	Travel   string
	Channels *Channels
}

// Channels is how each channel delivers, as an input; nil as usual.
type Channels struct {
	Webhook, Stream, AMQP *sim.WishedDelivery
}

// Wish is the input as every transport hands it to its check.
func (s Simulation) Wish() sim.Wish {
	w := sim.Wish{Customer: s.Customer, Bank: s.Bank, Travel: s.Travel}
	if s.Channels == nil {
		return w
	}
	w.Channels = map[string]sim.WishedDelivery{}
	for name, d := range map[sim.Channel]*sim.WishedDelivery{
		sim.Webhook: s.Channels.Webhook, sim.Stream: s.Channels.Stream, sim.AMQP: s.Channels.AMQP,
	} {
		if d != nil {
			w.Channels[string(name)] = *d
		}
	}
	return w
}

// Clock is simulated time.
type Clock struct {
	Now          time.Time
	Mode         string
	Rate         float64
	Version      int64
	NextDueAt    *time.Time
	ComputerTime time.Time
}

// NewClock shows simulated time.
func NewClock(v steer.View) Clock {
	return Clock{Now: v.Now, Mode: string(v.Mode), Rate: v.Rate, Version: v.Version, NextDueAt: v.Next, ComputerTime: v.Real}
}

// ClockReport is where an advance arrived.
type ClockReport struct {
	Clock    Clock
	Moments  int
	Happened []Happened // by kind
}

// Happened is how often one kind of thing happened.
type Happened struct {
	Kind  string
	Times int
}

// NewClockReport shows where an advance arrived.
func NewClockReport(r steer.Report) *ClockReport {
	shown := &ClockReport{Clock: NewClock(r.View), Moments: r.Moments, Happened: []Happened{}}
	for _, kind := range slices.Sorted(maps.Keys(r.Happened)) {
		shown.Happened = append(shown.Happened, Happened{Kind: kind, Times: r.Happened[kind]})
	}
	return shown
}

// Fault is something that goes wrong on purpose.
type Fault struct {
	ID, Kind, Bank, Endpoint, Delay, For string
	Times                                *int
	Share                                *float64
	Seed                                 *int64
	BeganAt, EndsAt                      time.Time
	Struck                               int
	ActsAt                               *string
}

// NewFault shows a fault; bounds that it does not have are null.
func NewFault(f sim.Fault) *Fault {
	shown := &Fault{
		ID: f.ID, Kind: string(f.Kind), Bank: f.Bank, Endpoint: f.Endpoint, Delay: string(f.Delay), For: string(f.For),
		BeganAt: f.BeganAt, EndsAt: f.EndsAt, Struck: f.Struck,
	}
	if f.Times > 0 {
		shown.Times = &f.Times
	}
	if f.ActsAt != "" {
		at := string(f.ActsAt)
		shown.ActsAt = &at
	}
	if f.Share > 0 {
		seed := int64(f.Seed) //nolint:gosec // a seed was checked to be one
		shown.Share, shown.Seed = &f.Share, &seed
	}
	return shown
}
