package scenario

import (
	"slices"

	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/sim"
)

// holds reads where payments are to be held, or which hold is to end. Without a payment it is about all of them:
// a hold may have to be there before the payment is.
func (s spot) holds() Action {
	h := Hold{}
	if end, is := s.member("end"); is {
		s.mapping(fields{"end": func(spot) {}})
		h.End = end.ends(VerbHold)
		return h
	}
	if action, is := s.member("action"); is {
		text, _ := action.scalar()
		spot{s.reader, action.file, action.node, s.key}.wrong("what is held is moved by a step of its own: move: {action: %s}", text)
		return h
	}
	before := len(s.mistakes)
	hops := func(v spot) {
		h.Wish.Hops = []string{}
		v.oneOrMore(func(v spot) { h.Wish.Hops = append(h.Wish.Hops, string(word(v, sim.Hops()))) })
	}
	if _, is := s.entries(); is {
		s.mapping(fields{
			"hops": hops, "payment": func(v spot) { h.Payment = v.payment() },
			"for":   func(v spot) { h.Wish.For = v.duration().String() },
			"times": func(v spot) { n := v.whole(1, sim.MaxHoldTimes); h.Wish.Times = &n },
		})
	} else if !s.isNothing() {
		hops(s)
	}
	if _, err := h.Wish.Check(); err != nil && len(s.mistakes) == before {
		for _, f := range fault.From(err).Fields {
			s.find(f.Pointer).wrong("%s", f.Detail)
		}
	}
	return h
}

// moveShape is what a move may have of its own; a hop and a kind say what is moved.
var moveShape = shape{"action": nil, "outcome": nil, "reason": nil, "twice": nil}

// move reads what becomes of something that is held: a word, or what is meant besides.
func (s spot) move() Action {
	m := Move{}
	if text, plain := s.scalar(); plain && text != "" {
		m.Wish.Action = string(word(s, sim.Moves()))
		m.Payment = s.newest()
		if m.Wish.Action == string(sim.AnswerIt) {
			s.wrong("is required with answer: move: {action: answer, outcome: approved}")
		}
		return m
	}
	if _, is := s.entries(); !is {
		s.wrong("must say what becomes of what is held, such as drop")
		return m
	}
	for _, action := range sim.Moves() {
		if hop, is := s.member(string(action)); is {
			text, _ := hop.scalar()
			hop.wrong("is no key: move: {action: %s, hop: %s}", action, text)
			return m
		}
	}
	known := shape{"hop": nil, "kind": nil}
	for name := range moveShape {
		known[name] = nil
	}
	if m.Payment = s.about(known); m.Payment == "" {
		return m
	}
	if hop, is := s.member("hop"); is {
		if m.Hop = word(hop, sim.Hops()); m.Hop != "" && m.Hop != sim.HopRequest && s.says("action") == string(sim.AnswerIt) {
			hop.wrong("only a request to a bank is answered: hop: request")
		}
	}
	if kind, is := s.member("kind"); is {
		m.Kind = word(kind, heldKinds())
	}
	s.without("payment").without("hop").without("kind").read(moveShape, &m.Wish, func(problem *fault.Error) {
		_, err := m.Wish.Check()
		if err == nil && m.Wish.Action == string(sim.AnswerIt) {
			_, err = m.Wish.Reply(m.part())
		}
		if err != nil {
			problem.Fields = fault.From(err).Fields
		}
	})
	return m
}

// says is the text of a member; "" where it is not there.
func (s spot) says(name string) string {
	v, _ := s.member(name)
	text, _ := v.scalar()
	return text
}

// part is the part of a bank's answers that is meant. Where nothing is said of it, it may be any, and an authorize has
// every outcome that others have.
func (m Move) part() sim.Part {
	if p := sim.Part(m.Kind); slices.Contains(sim.Parts(), p) {
		return p
	}
	return sim.Authorize
}

// heldKinds are the kinds of messages that can be held.
func heldKinds() []string {
	list := []string{wire.ResultType, wire.DisputeType}
	for _, t := range []wire.RequestType{wire.Authorize, wire.Capture, wire.Void, wire.Refund, wire.Reverse, wire.Evidence} {
		list = append(list, string(t))
	}
	return append(list, event.Types()...)
}

// goOn reads whose first thing goes on.
func (s spot) goOn() Action {
	if s.isNothing() {
		return GoOn{s.newest()}
	}
	return GoOn{s.payment()}
}
