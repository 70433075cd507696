package scenario

import (
	"encoding/json"
	"maps"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml/ast"

	"sandbank/fault"
	"sandbank/sim"
)

// The shapes of what is simulated on purpose.
var (
	actShape   = shape{"action": nil, "after": nil, "card": nil, "iban": nil, "holder": nil, "bank": nil}
	laterShape = shape{"outcome": nil, "reason": nil, "after": nil, "times": nil, "travel": nil, "challenge": {"ends": nil, "after": nil}}
	bankShape  = shape{
		"outcome": nil, "reason": nil, "after": nil, "times": nil, "challenge": {"ends": nil, "after": nil},
		"capture": laterShape, "refund": laterShape, "dispute": {"outcome": nil, "reason": nil, "after": nil, "ends_after": nil, "travel": nil},
	}
	wayShape  = shape{"how": nil, "after": nil}
	planShape = shape{"customer": actShape, "bank": bankShape, "travel": nil, "channels": {"webhook": wayShape, "stream": wayShape, "amqp": wayShape}}
)

// read has a value read into a type of package sim, and checked there. Complaints become mistakes
// where the value stands that they are about.
func (s spot) read(to shape, into any, check func(*fault.Error)) any {
	before := len(s.mistakes)
	s.hold(to)
	tree := s.asText(s.tree(), to)
	if len(s.mistakes) > before {
		return nil
	}
	body, err := json.Marshal(tree)
	if err == nil {
		err = jsonv2.Unmarshal(body, into, jsonv2.RejectUnknownMembers(true))
	}
	if wrong, ok := err.(*jsonv2.SemanticError); ok {
		s.find(string(wrong.JSONPointer)).wrong("must be a %s", wrong.GoType)
		return nil
	} else if err != nil {
		s.wrong("cannot be read: %v", err)
		return nil
	}
	problem := fault.New(fault.Invalid, "request_invalid", "")
	check(problem)
	for _, f := range problem.Fields {
		s.find(f.Pointer).wrong("%s", f.Detail)
	}
	return tree
}

// numbers are the members that are numbers in JSON as well.
var numbers = map[string]bool{"times": true, "share": true, "seed": true}

// asText makes texts of the numbers of cards and the like, which YAML takes for numbers.
func (s spot) asText(tree any, of shape) any {
	switch v := tree.(type) {
	case []any:
		for i := range v {
			v[i] = s.asText(v[i], of)
		}
	case map[string]any:
		for name, inner := range v {
			if n, is := inner.(json.Number); is && !numbers[name] {
				v[name] = n.String()
			} else {
				v[name] = s.asText(inner, of[name])
			}
		}
	}
	return tree
}

func (s spot) simulate() any {
	var w sim.Wish
	return s.read(planShape, &w, func(problem *fault.Error) { w.Check(problem, "") })
}

// customer reads what a customer does: a word, or an act.
func (s spot) customer() Action {
	c := Customer{}
	if _, plain := s.scalar(); plain {
		c.Act.Action = string(word(s, sim.Actions()))
		c.Payment = s.newest()
		return c
	}
	if _, is := s.entries(); !is {
		s.wrong("must say what the customer does, such as pay")
		return c
	}
	if c.Payment = s.about(actShape); c.Payment != "" {
		s.without("payment").read(actShape, &c.Act, func(problem *fault.Error) { c.Act.Check(problem, "") })
	}
	return c
}

// about reads which payment a mapping is about, and holds it to a shape; "" after a mistake.
func (s spot) about(of shape) string {
	known := maps.Clone(of)
	known["payment"] = nil
	before := len(s.mistakes)
	s.hold(known)
	payment := ""
	if p, is := s.member("payment"); is {
		payment = p.payment()
	} else {
		payment = s.newest()
	}
	if len(s.mistakes) > before {
		return ""
	}
	return payment
}

// without is a mapping without one key.
func (s spot) without(name string) spot {
	list, _ := s.entries()
	kept := slices.DeleteFunc(slices.Clone(list), func(e *ast.MappingValueNode) bool { return s.keyOf(e) == name })
	s.node = ast.Mapping(s.node.GetToken(), true, kept...)
	return s
}

// answerOf reads what a bank does with one payment.
func (s spot) answerOf() (payment string, answer map[string]any) {
	if _, is := s.entries(); !is {
		s.wrong("must say what the bank does with a payment (outcome, …), or which bank is meant (identifier)")
		return "", nil
	}
	known := maps.Clone(bankShape)
	known["identifier"], known["do"], known["temper"], known["plant"] = nil, nil, nil, nil // for the nearest word
	if payment = s.about(known); payment == "" {
		return "", nil
	}
	var w sim.WishedBank
	answer, _ = s.without("payment").read(bankShape, &w, func(problem *fault.Error) { w.Check(problem, "") }).(map[string]any)
	if len(answer) == 0 && len(s.mistakes) == 0 {
		s.wrong("says nothing about what the bank does: give an outcome, or an identifier for the bank itself")
	}
	return payment, answer
}
