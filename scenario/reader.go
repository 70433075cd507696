package scenario

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"sandbank/fault"
)

// Bounds of what is read.
const (
	maxFile     = 1 << 20 // bytes
	maxSteps    = 2000    // of a scenario, with what is repeated
	maxCases    = 500     // of a matrix
	maxInAll    = 20_000  // steps of all combinations
	maxIncludes = 8       // one inside the other
)

// reader reads one scenario. It knows at each place which names stand for something.
type reader struct {
	load     func(name string) ([]byte, error)
	mistakes Mistakes
	params   map[string]spot // what parameters, matrix and repeat say
	names    map[string]bool // what earlier steps keep
	begun    map[string]Verb // which of them are faults and holds
	payments []string        // those of them that are payments, in order
	recorded map[string]bool // names of snapshots so far
	files    []string        // that are being read, the outermost first
	steps    int
}

func newReader(load func(string) ([]byte, error), params map[string]spot) *reader {
	return &reader{load: load, params: params, names: map[string]bool{}, begun: map[string]Verb{}, recorded: map[string]bool{}}
}

func (r *reader) complain(m Mistake) {
	if !slices.Contains(r.mistakes, m) {
		r.mistakes = append(r.mistakes, m)
	}
}

// slot is a place in a text where a value is put in: ${name} or ${name.member}.
var slot = regexp.MustCompile(`\$\{([^{}]*)\}`)

// meant is a value with the parameters put in. A text that is a slot and nothing else becomes what
// stands for it, whatever that is.
func (r *reader) meant(s spot) spot {
	n, is := s.node.(*ast.StringNode)
	if !is || !strings.Contains(n.Value, "${") {
		return s
	}
	if m := slot.FindStringSubmatch(n.Value); m != nil && m[0] == n.Value {
		if v, ok := r.parameter(m[1]); ok {
			return spot{r, v.file, v.node, s.key}
		}
		return s
	}
	filled := *n
	filled.Value = slot.ReplaceAllStringFunc(n.Value, func(text string) string {
		if v, ok := r.parameter(text[2 : len(text)-1]); ok {
			if value, plain := v.scalar(); plain {
				return value
			}
			s.wrong("%s is no text, and cannot stand inside of one", text)
		}
		return text
	})
	s.node = &filled
	return s
}

// parameter finds what a path such as "card.number" stands for.
func (r *reader) parameter(path string) (spot, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	v, ok := r.params[name]
	for ok && deeper {
		name, rest, deeper = strings.Cut(rest, ".")
		v, ok = v.member(name)
	}
	return v, ok
}

// checkNames complains of slots for which nothing will stand.
func (s spot) checkNames(text string) {
	for _, m := range slot.FindAllStringSubmatch(text, -1) {
		name, _, _ := strings.Cut(m[1], ".")
		if s.names[name] {
			continue
		}
		all := slices.Sorted(maps.Keys(s.names))
		all = append(all, slices.Sorted(maps.Keys(s.params))...)
		if near := fault.Nearest(name, all); near != "" {
			s.wrong("nothing is called %q before this step; did you mean %q?", name, near)
		} else {
			s.wrong("nothing is called %q before this step: parameters, the matrix and earlier steps with \"as\" give names", name)
		}
	}
	if strings.Count(text, "${") != len(slot.FindAllString(text, -1)) {
		s.wrong("has a ${ without its }")
	}
}

// payment reads the name of a payment that an earlier step made.
func (s spot) payment() string {
	text, _ := s.scalar()
	if !slices.Contains(s.payments, text) {
		if len(s.payments) == 0 {
			s.wrong("no step before this one creates a payment")
		} else {
			notOneOf(s, text, s.payments)
		}
	}
	return text
}

// newest is the payment that is meant where none is named.
func (s spot) newest() string {
	if len(s.payments) == 0 {
		s.wrong("no step before this one creates a payment")
		return ""
	}
	return s.payments[len(s.payments)-1]
}

// ends reads the name of a fault, or a hold, that an earlier step began.
func (s spot) ends(v Verb) string {
	text := s.text()
	if text == "" || s.begun[text] == v {
		return text
	}
	var known []string
	for name, verb := range s.begun {
		if verb == v {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	if near := fault.Nearest(text, known); near != "" {
		s.wrong("no %s is called %q before this step; did you mean %q?", v, text, near)
	} else {
		s.wrong("no %s is called %q before this step: give the step that begins it a name with \"as\"", v, text)
	}
	return text
}

// keep notes that a step keeps its answer under a name, which may be a payment's.
func (r *reader) keep(step Step) {
	name := step.As
	if name == "" || step.Do == nil {
		return
	}
	r.names[name] = true
	if v := step.Do.Verb(); v == VerbFault || v == VerbHold {
		r.begun[name] = v
	}
	if step.Creates() {
		r.payments = append(slices.DeleteFunc(r.payments, func(p string) bool { return p == name }), name)
	}
}

// with adds parameters for an inner scope, and returns the outer scope's parameters.
func (r *reader) with(more map[string]spot) (outside map[string]spot) {
	outside = r.params
	r.params = maps.Clone(outside)
	if r.params == nil {
		r.params = map[string]spot{}
	}
	maps.Copy(r.params, more)
	return outside
}
