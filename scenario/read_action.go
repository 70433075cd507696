package scenario

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment/instrument"
)

// action reads what a verb says.
func (s spot) action(v Verb) Action {
	switch v {
	case VerbCreate:
		return s.create()
	case VerbCustomer:
		return s.customer()
	case VerbBank:
		return s.bank()
	case VerbAdvance:
		return s.advance()
	case VerbFault:
		return s.fault()
	case VerbHold:
		return s.holds()
	case VerbMove:
		return s.move()
	case VerbStep:
		return s.goOn()
	case VerbSettle:
		return s.settle()
	case VerbPayOut:
		if text, _ := s.scalar(); !s.isNothing() && text != "all" {
			s.wrong("pays everybody what is due: nothing stands here")
		}
		return PayOut{}
	case VerbDispute:
		return s.dispute()
	case VerbCapture, VerbVoid, VerbRefund, VerbCancel:
		return s.operation(v)
	case VerbCall:
		return s.call()
	case VerbReceive:
		return s.receive()
	case VerbExpect:
		return s.expect()
	case VerbParallel:
		return s.parallel()
	case VerbRepeat, VerbInclude: // became steps before
	}
	return nil
}

// amount reads an amount such as "19.99 EUR".
func (s spot) amount() string {
	text := s.text()
	if strings.Contains(text, "${") || text == "" {
		return text
	}
	value, currency, _ := strings.Cut(text, " ")
	if _, err := money.Parse(value, money.Currency(currency), ""); err != nil {
		if !money.Currency(currency).Known() {
			s.wrong("must be an amount and its currency, such as 19.99 EUR")
		} else {
			s.wrong("%s is no amount of %s", value, currency)
		}
	}
	return text
}

// bic reads a bank's identifier.
func (s spot) bic() string {
	text := s.text()
	if !strings.Contains(text, "${") && !instrument.ValidBIC(text) {
		s.wrong("%q has not the form of a bank identifier, such as SANDNL2A", text)
	}
	return text
}

func (s spot) create() Action {
	c := Create{}
	if _, plain := s.scalar(); plain || s.isNothing() {
		s.wrong("needs an amount, such as create: {amount: 19.99 EUR}")
		return c
	}
	s.mapping(fields{
		"amount": func(v spot) { c.Amount = v.amount() }, "reference": func(v spot) { c.Reference = v.text() },
		"return_url": func(v spot) { c.ReturnURL = v.text() }, "bank": func(v spot) { c.Bank = v.bic() },
		"description": func(v spot) { c.Description = v.text() },
		"capture":     func(v spot) { c.Capture = word(v, []string{"automatic", "manual"}) },
		"attempts":    func(v spot) { c.Attempts = v.whole(1, 10) }, "expires_in": func(v spot) { c.ExpiresIn = v.duration() },
		"metadata": func(v spot) { c.Metadata = v.texts() }, "simulate": func(v spot) { c.Simulate = v.simulate() },
		"key": func(v spot) { c.Key = v.text() },
	})
	if c.Amount == "" && len(s.mistakes) == 0 {
		s.wrong("needs an amount, such as 19.99 EUR")
	}
	return c
}

func (s spot) advance() Action {
	a := Advance{}
	if text, plain := s.scalar(); plain {
		if a.Next = text == "next"; !a.Next {
			a.By = s.duration()
		}
		return a
	}
	n := 0
	s.mapping(fields{
		"by": func(v spot) { a.By = v.duration(); n++ }, "to": func(v spot) { a.To = v.text(); n++ },
		"next": func(v spot) { a.Next = v.yes(); n++ },
	})
	if n != 1 {
		s.wrong("needs one of by, to and next")
	}
	return a
}

func (s spot) settle() Action {
	a := Settle{}
	s.oneOrMore(func(v spot) { a.Banks = append(a.Banks, v.bic()) })
	return a
}

func (s spot) dispute() Action {
	d := Dispute{}
	if s.isNothing() {
		d.Payment = s.newest()
		return d
	}
	if _, plain := s.scalar(); plain {
		d.Payment = s.payment()
		return d
	}
	n := 0
	s.mapping(fields{
		"payment": func(v spot) { d.Payment = v.payment() }, "reason": func(v spot) { d.Reason = v.text(); n++ },
		"evidence": func(v spot) { d.Evidence = v.text(); n++ }, "decide": func(v spot) { d.Decide = word(v, []string{"won", "lost"}); n++ },
	})
	if d.Payment == "" {
		d.Payment = s.newest()
	}
	if n > 1 {
		s.wrong("says one of reason (the customer disputes), evidence (the merchant answers) and decide (the bank does)")
	}
	return d
}

func (s spot) operation(kind Verb) Action {
	o := Operation{Kind: kind}
	if _, plain := s.scalar(); plain {
		o.Payment = s.payment()
		return o
	}
	if !s.isNothing() {
		known := fields{"payment": func(v spot) { o.Payment = v.payment() }, "key": func(v spot) { o.Key = v.text() }}
		if kind == VerbCapture || kind == VerbRefund {
			known["amount"] = func(v spot) { o.Amount = v.amount() }
		}
		if kind == VerbCapture {
			known["final"] = func(v spot) { o.Final = v.yes() }
		}
		s.mapping(known)
	}
	if o.Payment == "" {
		o.Payment = s.newest()
	}
	return o
}

// callers are those who may ask for a route.
var callers = []string{"merchant", "operator", "nobody"}

func (s spot) call() Action {
	c := Call{By: "merchant"}
	if _, plain := s.scalar(); plain {
		s.route(&c)
		return c
	}
	s.mapping(fields{
		"route": func(v spot) { v.route(&c) }, "by": func(v spot) { c.By = word(v, callers) },
		"dialect": func(v spot) { c.Dialect = word(v, Dialects()) }, "key": func(v spot) { c.Key = v.text() },
		"headers": func(v spot) { c.Headers = v.texts() }, "body": func(v spot) { c.Body = v.tree() },
	})
	if c.Path == "" && len(s.mistakes) == 0 {
		s.wrong("needs a route, such as GET /v1/payments")
	}
	return c
}

// route reads a method and a path.
func (s spot) route(c *Call) {
	var ok bool
	c.Method, c.Path, ok = strings.Cut(s.text(), " ")
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodHead}
	if !ok || !slices.Contains(methods, c.Method) || !strings.HasPrefix(c.Path, "/") || strings.Contains(c.Path, " ") {
		s.wrong("must be a method and a path, such as GET /v1/payments")
	}
}

func (s spot) receive() Action {
	a := Receive{}
	if _, plain := s.scalar(); plain {
		a.Status = s.whole(200, 599)
		return a
	}
	s.mapping(fields{
		"status": func(v spot) { a.Status = v.whole(200, 599) }, "times": func(v spot) { a.Times = v.whole(1, 1000) },
		"headers": func(v spot) { a.Headers = v.texts() },
	})
	if a.Status == 0 && len(s.mistakes) == 0 {
		s.wrong("needs a status, such as 500")
	}
	return a
}

func (s spot) parallel() Action {
	p := Parallel{}
	s.each(func(v spot) {
		if _, is := v.entries(); is {
			p.Branches = append(p.Branches, v.step())
			return
		}
		p.Branches = append(p.Branches, v.steps())
	})
	if len(p.Branches) < 2 && len(s.mistakes) == 0 {
		s.wrong("needs at least two things to do at once")
	}
	return p
}

// bankTemper is the parts of a bank's temper that may be changed while it runs.
var bankTemper = shape{"min_delay_ms": nil, "max_delay_ms": nil, "declines": nil, "challenges": nil, "silent": nil, "twice": nil, "reorders": nil, "wrong_amount": nil, "fail_refunds": nil}

func (s spot) bank() Action {
	b := Bank{}
	if id, is := s.member("identifier"); is {
		b.Identifier = id.bic()
		n := 0
		s.mapping(fields{
			"identifier": func(spot) {}, "do": func(v spot) { b.Do = word(v, []string{"online", "offline"}); n++ },
			"temper": func(v spot) { v.hold(bankTemper); b.Temper, _ = v.tree().(map[string]any); n++ },
			"plant": func(v spot) {
				v.oneOrMore(func(v spot) { b.Plant = append(b.Plant, string(word(v, wire.BreakKinds()))) })
				n++
			},
		})
		if n != 1 {
			s.wrong("needs one of do, temper and plant")
		}
		return b
	}
	b.Payment, b.Answer = s.answerOf()
	return b
}
