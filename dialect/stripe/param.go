package stripe

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sandbank/dialect/bracket"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
)

// Bounds on a form, so that a small one makes no large tree.
const (
	maxFields = 1000
	maxDepth  = 8
)

// params is a form with brackets as a tree: a[b][0]=c. What a handler reads is
// marked, so that the rest can be told.
type params struct {
	name  string // of the whole path, as an error names it: line_items[0][price]
	value string
	given bool
	read  bool
	loose bool     // an element of a list that came without its number
	names []string // of the children, in the order of the form
	of    map[string]*params
	wrong *error // the first complaint of the whole tree
}

// parse reads a form.
func parse(encoded string) (*params, error) {
	root := &params{wrong: new(error)}
	pairs := slices.DeleteFunc(strings.Split(encoded, "&"), func(pair string) bool { return pair == "" })
	if len(pairs) > maxFields {
		return nil, invalid("parameters_too_many", "", "A request can have %d parameters at most.", maxFields)
	}
	// Elements with numbers come first, so that those without take numbers that are free.
	slices.SortStableFunc(pairs, func(x, y string) int { return cmp.Compare(unnumbered(x), unnumbered(y)) })
	for _, pair := range pairs {
		name, path, value, err := bracket.Pair(pair, maxDepth)
		switch {
		case errors.Is(err, bracket.ErrEncoding):
			return nil, invalid("form_invalid", "", "The form cannot be read: %s is not percent-encoded as it should be.", form.Shown(pair))
		case err != nil:
			return nil, invalid("parameter_unknown", name, "Received unknown parameter: %s", form.Shown(name))
		}
		at := root
		for i, step := range path {
			if step == "" && i+1 < len(path) { // list[][a]=1&list[][b]=2 is one element
				if last := at.last(); last != nil && last.loose && last.of[path[i+1]] == nil {
					at = last
					continue
				}
			}
			at = at.child(step)
		}
		at.value, at.given = value, true
	}
	return root, nil
}

// unnumbered is 1 where the name of a pair has an element without a number, list[], and 0 else.
func unnumbered(pair string) int {
	name, _, _ := strings.Cut(pair, "=")
	if name, err := url.QueryUnescape(name); err == nil && strings.Contains(name, "[]") {
		return 1
	}
	return 0
}

// child is a child by name, made where there is none; "" is the next of a list.
func (p *params) child(name string) *params {
	loose := name == ""
	for n := len(p.names); name == "" || loose && p.of[name] != nil; n++ {
		name = strconv.Itoa(n)
	}
	if c := p.of[name]; c != nil {
		return c
	}
	if p.of == nil {
		p.of = map[string]*params{}
	}
	full := name
	if p.name != "" {
		full = p.name + "[" + name + "]"
	}
	c := &params{name: full, wrong: p.wrong, loose: loose}
	p.of[name] = c
	p.names = append(p.names, name)
	return c
}

// last is the newest child; nil for none.
func (p *params) last() *params {
	if len(p.names) == 0 {
		return nil
	}
	return p.of[p.names[len(p.names)-1]]
}

// at is a child, read; an empty one where it was not given.
func (p *params) at(name string) *params {
	if c := p.of[name]; c != nil {
		c.read = true
		return c
	}
	full := name
	if p.name != "" {
		full = p.name + "[" + name + "]"
	}
	return &params{name: full, wrong: p.wrong}
}

// has reports whether a child was given, with a value or children of its own.
func (p *params) has(name string) bool { c := p.of[name]; return c != nil }

// complain keeps the first complaint.
func (p *params) complain(err error) {
	if *p.wrong == nil {
		*p.wrong = err
	}
}

// err is the first complaint about the form; nil for none.
func (p *params) err() error { return *p.wrong }

// text is a child's text; "" where it was not given.
func (p *params) text(name string) string {
	c := p.at(name)
	if len(c.of) > 0 {
		p.complain(invalid("parameter_invalid_string", c.name, "Invalid string: %s must be a string", c.name))
	}
	return c.value
}

// required is the text of a child that has to be given.
func (p *params) required(name string) string {
	s := p.text(name)
	if s == "" {
		p.complain(missing(p.at(name).name))
	}
	return s
}

// choice is the text of a child, one of a few; the first where it was not given.
func (p *params) choice(name string, choices ...string) string {
	s := p.text(name)
	if s == "" {
		return choices[0]
	}
	if !slices.Contains(choices, s) {
		p.complain(invalid("parameter_invalid_choice", p.at(name).name, "Invalid %s: must be one of %s", p.at(name).name, strings.Join(slices.DeleteFunc(slices.Clone(choices), func(c string) bool { return c == "" }), ", ")))
	}
	return s
}

// integer is a child's whole number; false where it was not given.
func (p *params) integer(name string) (n int64, given bool) {
	s := p.text(name)
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.complain(invalid("parameter_invalid_integer", p.at(name).name, "Invalid integer: %s", form.Shown(s)))
	}
	return n, true
}

// yes is a child's boolean; otherwise where it was not given.
func (p *params) yes(name string, otherwise bool) bool {
	switch s := p.text(name); s {
	case "":
		return otherwise
	case "true", "1":
		return true
	case "false", "0":
		return false
	default:
		p.complain(invalid("parameter_invalid_boolean", p.at(name).name, "Invalid boolean: %s", form.Shown(s)))
		return otherwise
	}
}

// list are the children of a list, read.
func (p *params) list(name string) (list []*params) {
	c := p.at(name)
	for _, n := range c.names {
		c.of[n].read = true
		list = append(list, c.of[n])
	}
	return list
}

// texts are the texts of a list.
func (p *params) texts(name string) (list []string) {
	for _, c := range p.list(name) {
		list = append(list, c.value)
	}
	return list
}

// words are the texts of a map, such as metadata; nil where it was not given. An
// empty value takes an entry away, and an empty map all of them.
func (p *params) words(name string, before map[string]string) map[string]string {
	c := p.at(name)
	if !p.has(name) {
		return before
	}
	after := map[string]string{}
	if !c.given { // else it was given as "", for none
		for k, v := range before {
			after[k] = v
		}
	}
	for _, k := range c.names {
		c.of[k].read = true
		if after[k] = c.of[k].value; after[k] == "" {
			delete(after, k)
		}
	}
	return after
}

// unread lists what was given and not read, by its whole name.
func (p *params) unread() (list []string) {
	for _, n := range p.names {
		c := p.of[n]
		if !c.read || c.given && len(c.of) == 0 && !c.read {
			list = append(list, c.name)
			continue
		}
		list = append(list, c.unread()...)
	}
	return list
}

// json is a child with all its children as JSON has it, read: texts alone.
func (p *params) json() any {
	p.read = true
	if len(p.of) == 0 {
		return p.value
	}
	m := map[string]any{}
	for _, n := range p.names {
		m[n] = p.of[n].json()
	}
	return m
}

// invalid is a complaint about a parameter; "" for the request as a whole.
func invalid(code, param, format string, args ...any) *fault.Error {
	f := fault.New(fault.Invalid, code, format, args...)
	if instrument.NamesCard(param) { // which is repeated nowhere
		param = "…"
	}
	if param != "" {
		_ = f.At(param, "%s", f.Message)
	}
	return f
}

func missing(param string) error {
	return invalid("parameter_missing", param, "Missing required param: %s.", param)
}
