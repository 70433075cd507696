package scenario

import (
	"slices"
	"strings"

	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/sim"
	"sandbank/web/contract"
)

// aboutPayment are the keys of an expectation that need a payment.
var aboutPayment = []string{"status", "within", "why", "reason", "has", "events", "arrived", "silence", "deliveries", "held"}

// expect reads what has to be so.
func (s spot) expect() Action {
	e := Expect{}
	list, ok := s.entries()
	if !ok || len(list) == 0 {
		s.wrong("must expect something, such as status: captured")
		return e
	}
	s.mapping(fields{
		"payment": func(v spot) { e.Payment = v.payment() }, "within": func(v spot) { e.Within = v.duration() },
		"status": func(v spot) {
			v.oneOrMore(func(v spot) { e.Status = append(e.Status, string(word(v, payment.Statuses()))) })
		},
		"why":     func(v spot) { e.Why = v.why() },
		"reason":  func(v spot) { e.Reason = word(v, reasonCodes()) },
		"has":     func(v spot) { e.Has = v.texts() },
		"events":  func(v spot) { v.oneOrMore(func(v spot) { e.Events = append(e.Events, v.events()) }) },
		"arrived": func(v spot) { v.oneOrMore(func(v spot) { e.Arrived = append(e.Arrived, word(v, event.Types())) }) },
		"silence": func(v spot) { e.Silence = v.silence() },
		"deliveries": func(v spot) {
			v.oneOrMore(func(v spot) { e.Deliveries = append(e.Deliveries, v.deliveries()) })
		},
		"refused":  func(v spot) { n := v.whole(0, 1000); e.Refused = &n },
		"balances": func(v spot) { e.Balances = v.balances() },
		"breaks":   func(v spot) { e.Breaks = v.breaks() },
		"held":     func(v spot) { e.Held = v.heldBack() },
		"answer":   func(v spot) { e.Answer = v.answer() },
		"page":     func(v spot) { e.Page = v.page() },
		"snapshot": func(v spot) { e.Snapshot = v.snapshot() },
	})
	s.complete(&e)
	return e
}

// complete finds the payment that is meant, and what makes no sense.
func (s spot) complete(e *Expect) {
	list, _ := s.entries()
	needs, alone := "", 0
	for _, one := range list {
		if name := s.keyOf(one); slices.Contains(aboutPayment, name) {
			needs = name
		}
		if name := s.keyOf(one); name != "payment" && name != "within" {
			alone++
		}
	}
	if e.Payment == "" && (needs != "" || e.Page != nil && e.Page.Path == "") {
		e.Payment = s.newest()
	}
	if e.Silence != nil && e.Within > 0 {
		s.wrong("silence holds now or not at all: advance first, and leave out within")
	}
	if e.Snapshot != nil && e.Within > 0 {
		s.wrong("a snapshot is of now: advance first, and leave out within")
	}
	if alone == 0 {
		s.wrong("must expect something, such as status: captured")
	}
}

func reasonCodes() []string {
	var list []string
	for _, r := range reason.All() {
		list = append(list, r.Code)
	}
	return list
}

func (s spot) why() *Why {
	w := &Why{}
	if _, plain := s.scalar(); plain {
		w.Source = string(word(s, reason.Sources()))
		return w
	}
	s.mapping(fields{
		"source": func(v spot) { w.Source = string(word(v, reason.Sources())) }, "rule": func(v spot) { w.Rule = v.text() },
	})
	return w
}

// usualChannels are where an event is looked for if nothing is said.
func usualChannels() []Channel { return []Channel{Webhook, Polling} }

func (s spot) events() Events {
	e := Events{On: usualChannels(), Times: 1}
	if _, plain := s.scalar(); plain {
		e.Type = word(s, event.Types())
		return e
	}
	s.mapping(fields{
		"type": func(v spot) { e.Type = word(v, event.Types()) }, "times": func(v spot) { e.Times = v.whole(0, 1000) },
		"on": func(v spot) {
			if text, _ := v.scalar(); text == "all" {
				e.On = Channels()
				return
			}
			e.On = nil
			v.oneOrMore(func(v spot) { e.On = append(e.On, word(v, Channels())) })
		},
	})
	if e.Type == "" {
		s.wrong("needs the type of an event, such as payment.captured")
	}
	return e
}

func (s spot) silence() *Silence {
	if _, is := s.entries(); is {
		q := &Silence{}
		s.mapping(fields{"after": func(v spot) { q.After = word(v, event.Types()) }})
		return q
	}
	if !s.yes() {
		s.wrong("is true, or is left out")
	}
	return &Silence{}
}

func (s spot) deliveries() Deliveries {
	d := Deliveries{}
	s.mapping(fields{
		"type": func(v spot) { d.Type = word(v, event.Types()) }, "tries": func(v spot) { d.Tries = v.whole(1, 100) },
		"status": func(v spot) { d.Status = word(v, []string{"pending", "delivered", "exhausted"}) },
	})
	if d.Type == "" || d.Status == "" && d.Tries == 0 {
		s.wrong("needs a type, and status or tries")
	}
	return d
}

func (s spot) balances() map[string]string {
	m := map[string]string{}
	list, ok := s.entries()
	if !ok || len(list) == 0 {
		s.wrong("must have accounts and their amounts, such as fees: -0.59 EUR")
	}
	for _, e := range list {
		v := s.below(e)
		text := v.text()
		value, currency, _ := strings.Cut(strings.TrimPrefix(text, "-"), " ")
		if _, err := money.ParseSum(value, money.Currency(currency)); err != nil && !strings.Contains(text, "${") && strings.Trim(value, "0.") != "" {
			v.wrong("must be an amount and its currency, such as -19.41 EUR")
		}
		m[s.keyOf(e)] = text
	}
	return m
}

func (s spot) breaks() map[string]int { return counted(s, wire.BreakKinds()) }

func (s spot) heldBack() map[string]int { return counted(s, sim.Hops()) }

// counted reads how many there are of each kind, or none.
func counted[T ~string](s spot, kinds []T) map[string]int {
	m := map[string]int{}
	if text, plain := s.scalar(); plain && text == "none" {
		return m
	}
	known := fields{}
	for _, kind := range kinds {
		known[string(kind)] = func(v spot) { m[string(kind)] = v.whole(0, 1000) }
	}
	s.mapping(known)
	return m
}

func (s spot) answer() *Answer {
	a := &Answer{}
	if text, plain := s.scalar(); plain && text != "" && text[0] >= '0' && text[0] <= '9' {
		a.Status = s.whole(100, 599)
		return a
	} else if plain {
		a.Problem = word(s, problemCodes())
		return a
	}
	s.mapping(fields{
		"status": func(v spot) { a.Status = v.whole(100, 599) }, "problem": func(v spot) { a.Problem = word(v, problemCodes()) },
		"headers": func(v spot) { a.Headers = v.texts() }, "has": func(v spot) { a.Has = v.texts() },
	})
	return a
}

func problemCodes() []string {
	var list []string
	for _, p := range contract.Problems() {
		list = append(list, p.Code)
	}
	return list
}

func (s spot) snapshot() *Snapshot {
	n := &Snapshot{}
	if _, plain := s.scalar(); plain {
		n.Of = word(s, Snapshots())
	} else {
		s.mapping(fields{"of": func(v spot) { n.Of = word(v, Snapshots()) }, "name": func(v spot) { n.Name = v.text() }})
	}
	if n.Of == "" {
		s.wrong("needs what is recorded, such as transcript")
	}
	if n.Name == "" {
		n.Name = string(n.Of)
	}
	if !validName(strings.ReplaceAll(n.Name, "-", "_")) {
		s.wrong("%q is no name: names have letters, digits, _ and -, and begin with a letter", n.Name)
	} else if s.recorded[n.Name] {
		s.wrong("another snapshot is called %q: give this one a name", n.Name)
	}
	s.recorded[n.Name] = true
	return n
}

func (s spot) page() *Page {
	p := &Page{}
	s.mapping(fields{
		"path":  func(v spot) { p.Path = v.text() },
		"shows": func(v spot) { v.oneOrMore(func(v spot) { p.Shows = append(p.Shows, v.text()) }) },
		"hides": func(v spot) { v.oneOrMore(func(v spot) { p.Hides = append(p.Hides, v.text()) }) },
	})
	if len(p.Shows)+len(p.Hides) == 0 {
		s.wrong("needs a text that the page shows or hides")
	}
	return p
}
