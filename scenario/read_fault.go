package scenario

import (
	"sandbank/fault"
	"sandbank/sim"
)

// faultShape is what a fault may have.
var faultShape = shape{"kind": nil, "bank": nil, "endpoint": nil, "delay": nil, "for": nil, "times": nil, "share": nil, "seed": nil}

// fault reads what is to fail, or what is to be whole again.
func (s spot) fault() Action {
	f := Fault{}
	if end, is := s.member("end"); is {
		s.mapping(fields{"end": func(spot) {}})
		f.End = end.ends(VerbFault)
		return f
	}
	if _, is := s.entries(); !is {
		s.wrong("needs a kind of fault, such as fault: {kind: broker_cut}, or the end of one")
		return f
	}
	var w sim.FaultWish
	f.Body, _ = s.read(faultShape, &w, func(problem *fault.Error) {
		if _, err := w.Check(); err != nil {
			problem.Fields = fault.From(err).Fields
		}
	}).(map[string]any)
	return f
}
