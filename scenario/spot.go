package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// spot is a value in a file, with its place, so that every mistake has one.
type spot struct {
	*reader
	file string
	node ast.Node
	key  string
}

// at is where the value stands. A mapping begins with its first key.
func (s spot) at() At { return placed(s.file, s.node) }

func placed(file string, n ast.Node) At {
	switch m := n.(type) {
	case *ast.MappingNode:
		if len(m.Values) > 0 && !m.IsFlowStyle {
			n = m.Values[0].Key
		}
	case *ast.MappingValueNode:
		n = m.Key
	}
	at := At{File: file, Line: 1, Column: 1}
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		at.Line, at.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
	}
	return at
}

func (s spot) wrong(format string, args ...any) {
	s.complain(Mistake{At: s.at(), Key: s.key, What: fmt.Sprintf(format, args...)})
}

// notOneOf complains of a word that is none of a list, and names the nearest.
func notOneOf[T ~string](s spot, word string, choices []T) {
	if near := meant(word, choices); near != "" {
		s.wrong("%q is not known here; did you mean %q?", word, near)
		return
	}
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = string(c)
	}
	s.wrong("%q is not known here; it is one of %s", word, strings.Join(names, ", "))
}

// entries are the keys and values of a mapping; false if the value is none.
func (s spot) entries() ([]*ast.MappingValueNode, bool) {
	switch n := s.node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// below is the value of a key.
func (s spot) below(e *ast.MappingValueNode) spot {
	return s.meant(spot{s.reader, s.file, e.Value, strings.TrimPrefix(s.key+"."+s.keyOf(e), ".")})
}

// keyOf is a key as text, with the parameters put in.
func (s spot) keyOf(e *ast.MappingValueNode) string {
	k, ok := e.Key.(*ast.StringNode)
	if !ok {
		return e.Key.GetToken().Value
	}
	if text, ok := s.meant(spot{s.reader, s.file, k, s.key}).scalar(); ok {
		return text
	}
	return k.Value
}

// member is the value of one key; false where it is not there.
func (s spot) member(name string) (spot, bool) {
	list, _ := s.entries()
	for _, e := range list {
		if s.keyOf(e) == name {
			return s.below(e), true
		}
	}
	return spot{}, false
}

// fields are what a mapping may have, each with what reads it.
type fields map[string]func(spot)

// mapping reads a mapping. Unknown and repeated keys are mistakes.
func (s spot) mapping(known fields) {
	list, ok := s.entries()
	if !ok {
		s.wrong("must have keys and values: %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return
	}
	seen := map[string]bool{}
	for _, e := range list {
		name := s.keyOf(e)
		read, is := known[name]
		here := spot{s.reader, s.file, e.Key, strings.TrimPrefix(s.key+"."+name, ".")}
		switch {
		case !is:
			notOneOf(here, name, slices.Sorted(maps.Keys(known)))
		case seen[name]:
			here.wrong("is there twice")
		default:
			read(s.below(e))
		}
		seen[name] = true
	}
}

// each reads the values of a list.
func (s spot) each(read func(spot)) {
	list, ok := s.node.(*ast.SequenceNode)
	if !ok {
		s.wrong("must be a list")
		return
	}
	for i, n := range list.Values {
		read(s.meant(spot{s.reader, s.file, n, fmt.Sprintf("%s[%d]", s.key, i)}))
	}
}

// oneOrMore reads a value, or each of a list.
func (s spot) oneOrMore(read func(spot)) {
	if _, is := s.node.(*ast.SequenceNode); is {
		s.each(read)
		return
	}
	read(s)
}

// isNothing reports whether nothing stands after the key.
func (s spot) isNothing() bool { _, is := s.node.(*ast.NullNode); return is || s.node == nil }

// scalar is the text of a value that is neither a mapping nor a list; false for those and for nothing.
func (s spot) scalar() (string, bool) {
	switch n := s.node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// longest bounds a text, in bytes.
const longest = 4000

// text reads a text, in which captured names may stand.
func (s spot) text() string {
	text, ok := s.scalar()
	if !ok || text == "" || len(text) > longest {
		s.wrong("must be a text of 1 to %d bytes", longest)
		return ""
	}
	s.checkNames(text)
	return strings.TrimSpace(text)
}

// word reads one of a list of words.
func word[T ~string](s spot, choices []T) T {
	text, ok := s.scalar()
	if !ok || text == "" {
		s.wrong("must be one of %v", choices)
		return ""
	}
	if !slices.Contains(choices, T(text)) {
		notOneOf(s, text, choices)
	}
	return T(text)
}

// whole reads a whole number.
func (s spot) whole(least, most int) int {
	text, _ := s.scalar()
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		s.wrong("must be a whole number from %d to %d", least, most)
		return least
	}
	return n
}

// yes reads true or false.
func (s spot) yes() bool {
	b, ok := s.node.(*ast.BoolNode)
	if !ok {
		s.wrong("must be true or false")
		return false
	}
	return b.Value
}

// longestSpan bounds durations.
const longestSpan = 5 * 366 * 24 * time.Hour

// duration reads a length of simulated time.
func (s spot) duration() time.Duration {
	text, _ := s.scalar()
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > longestSpan {
		s.wrong("must be a duration, such as 30s, 15m or 36h; a day is 24h")
		return time.Second
	}
	return d
}

// texts reads a mapping whose values are texts.
func (s spot) texts() map[string]string {
	list, ok := s.entries()
	if !ok {
		s.wrong("must have keys and values")
	}
	m := map[string]string{}
	for _, e := range list {
		m[s.keyOf(e)] = s.below(e).text()
	}
	return m
}
