package sim

import (
	"time"

	"sandbank/fault"
	"sandbank/payment/instrument"
)

// FaultWish is a fault as somebody writes it.
type FaultWish struct {
	Kind     string   `json:"kind"`
	Bank     string   `json:"bank,omitempty"`
	Endpoint string   `json:"endpoint,omitempty"`
	Delay    string   `json:"delay,omitempty"`
	For      string   `json:"for,omitempty"`
	Times    *int     `json:"times,omitempty"`
	Share    *float64 `json:"share,omitempty"`
	Seed     *int64   `json:"seed,omitempty"`
}

// Check makes a fault of a wish, which has no id and no time yet. It complains field by field.
func (w FaultWish) Check() (Fault, error) {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	f := Fault{Kind: oneOf(problem, "/kind", FaultKind(w.Kind), FaultKinds(), false), Bank: w.Bank, Endpoint: w.Endpoint}
	f.For, f.Delay = when(problem, "/for", w.For), when(problem, "/delay", w.Delay)
	if len(problem.Fields) > 0 {
		return f, problem
	}
	w.checkPlace(problem, &f)
	w.checkBounds(problem, &f)
	w.checkLuck(problem, &f)
	if len(problem.Fields) > 0 {
		return f, problem
	}
	return f, nil
}

// checkPlace checks where the fault is.
func (w FaultWish) checkPlace(problem *fault.Error, f *Fault) {
	switch {
	case f.Kind.OfBank() && w.Bank == "":
		problem.At("/bank", "is required with %s", f.Kind)
	case !f.Kind.OfBank() && w.Bank != "":
		problem.At("/bank", "has no meaning with %s", f.Kind)
	case w.Bank != "" && !instrument.ValidBIC(w.Bank):
		problem.At("/bank", "must be a bank identifier of the form of a BIC, such as SANDNL2A")
	}
	switch {
	case w.Endpoint == "":
	case !f.Kind.OfReceiver():
		problem.At("/endpoint", "has no meaning with %s", f.Kind)
	case !printable(w.Endpoint) || instrument.NamesCard(w.Endpoint):
		problem.At("/endpoint", "must be the id of a webhook endpoint")
	}
}

// checkBounds checks how long the fault lasts, and how slow a slow one is.
func (w FaultWish) checkBounds(problem *fault.Error, f *Fault) {
	length, given := f.For.Duration()
	switch {
	case !given:
		f.For = written(DefaultFaultFor)
	case length <= 0 || length > MaxFaultFor:
		problem.At("/for", "must be more than nothing and at most %s", written(MaxFaultFor))
	}
	if w.Times != nil {
		f.Times = *w.Times
		if !f.Kind.Strikes() {
			problem.At("/times", "has no meaning with %s, which has a beginning and an end alone", f.Kind)
		} else if f.Times < 1 || f.Times > MaxFaultTimes {
			problem.At("/times", "must be 1 to %d", MaxFaultTimes)
		}
	}
	delay, given := f.Delay.Duration()
	longest := MaxSlowness
	if f.Kind == BankSlow {
		longest = MaxFaultFor
	}
	switch {
	case given && !f.Kind.Slow():
		problem.At("/delay", "has no meaning with %s", f.Kind)
	case given && (delay <= 0 || delay > longest):
		problem.At("/delay", "must be more than nothing and at most %s", written(longest))
	case !given && f.Kind.Slow():
		f.Delay = written(DefaultSlowness)
	}
}

// checkLuck checks what share the fault strikes, and the seed of that.
func (w FaultWish) checkLuck(problem *fault.Error, f *Fault) {
	if w.Share != nil {
		f.Share = *w.Share
		if !f.Kind.Strikes() {
			problem.At("/share", "has no meaning with %s, which is there as a whole", f.Kind)
		} else if !(f.Share > 0 && f.Share <= 1) {
			problem.At("/share", "must be more than 0 and at most 1")
		}
	}
	if w.Seed != nil {
		if *w.Seed < 0 {
			problem.At("/seed", "must not be negative")
		} else if f.Share == 0 {
			problem.At("/seed", `has a meaning only with "share"`)
		}
		f.Seed = uint64(*w.Seed)
	}
}

// Begun is the fault as it begins, under its id.
func (f Fault) Begun(id string, at time.Time) Fault {
	length, _ := f.For.Duration()
	f.ID, f.BeganAt, f.EndsAt = id, at, at.Add(length)
	return f
}
