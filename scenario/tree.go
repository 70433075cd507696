package scenario

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// tree is a value as JSON has it: map, list, text, number, truth or nil.
func (s spot) tree() any {
	if list, ok := s.entries(); ok {
		m := map[string]any{}
		for _, e := range list {
			m[s.keyOf(e)] = s.below(e).tree()
		}
		return m
	}
	switch n := s.node.(type) {
	case *ast.SequenceNode:
		list := []any{}
		s.each(func(s spot) { list = append(list, s.tree()) })
		return list
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		text := n.GetToken().Value
		if !json.Valid([]byte(text)) {
			s.wrong("is not a number that JSON has; put it in quotes for a text")
		}
		return json.Number(text)
	case *ast.NullNode, nil:
		return nil
	}
	text, ok := s.scalar()
	if !ok {
		s.wrong("must be plain: anchors, aliases and tags are not read; parameters say a thing once")
	}
	s.checkNames(text)
	return strings.TrimRight(text, "\n")
}

// shape is which keys a tree may have; nil for whatever.
type shape map[string]shape

// hold complains of keys that a shape does not have.
func (s spot) hold(to shape) {
	if _, is := s.node.(*ast.SequenceNode); is {
		s.each(func(s spot) { s.hold(to) })
		return
	}
	list, ok := s.entries()
	if !ok || to == nil {
		return
	}
	for _, e := range list {
		name := s.keyOf(e)
		inner, known := to[name]
		if !known {
			notOneOf(spot{s.reader, s.file, e.Key, s.key + "." + name}, name, slices.Sorted(maps.Keys(to)))
			continue
		}
		s.below(e).hold(inner)
	}
}

// find follows a JSON pointer as far as there is something.
func (s spot) find(pointer string) spot {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if list, is := s.node.(*ast.SequenceNode); is {
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(list.Values) {
				return s
			}
			s = s.meant(spot{s.reader, s.file, list.Values[i], s.key + "[" + part + "]"})
			continue
		}
		inner, ok := s.member(part)
		if !ok {
			return s
		}
		s = inner
	}
	return s
}
