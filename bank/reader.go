package bank

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// reader reads YAML as a tree, so that every error has a line and key.
type reader struct {
	file   string
	faults []error
}

func (r *reader) err() error { return errors.Join(r.faults...) }

func (r *reader) complain(n ast.Node, at, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s:%d: %s: %s", r.file, line(n), strings.TrimPrefix(at, "."), fmt.Sprintf(format, args...)))
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// syntax words an error of the parser.
func (r *reader) syntax(err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil && e.GetToken().Position != nil {
		return fmt.Errorf("%s:%d: %s: %s", r.file, e.GetToken().Position.Line, strings.TrimSpace(e.GetToken().Value), e.GetMessage())
	}
	return fmt.Errorf("%s: %w", r.file, err)
}

// entries returns the keys and values of a mapping; nil if the node is none.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// mapping passes each value to the reader of its key. Unknown and repeated keys
// are errors.
func (r *reader) mapping(n ast.Node, at string, fields map[string]func(ast.Node, string)) {
	list := entries(n)
	if list == nil {
		r.complain(n, at, "must have keys and values")
	}
	seen := map[string]bool{}
	for _, e := range list {
		key := e.Key.GetToken().Value
		path := at + "." + key
		read, known := fields[key]
		switch {
		case !known:
			r.complain(e.Key, path, "is not a key; the keys here are %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[key]:
			r.complain(e.Key, path, "is there twice")
		default:
			read(e.Value, path)
		}
		seen[key] = true
	}
}

func (r *reader) sequence(n ast.Node, at string, each func(ast.Node, string)) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.complain(n, at, "must be a list")
		return
	}
	for i, value := range list.Values {
		each(value, fmt.Sprintf("%s[%d]", at, i))
	}
}

// scalarAt returns the text of one value of a mapping, or "".
func scalarAt(n ast.Node, key string) string {
	for _, e := range entries(n) {
		if e.Key.GetToken().Value == key {
			return plainText(e.Value)
		}
	}
	return ""
}

// plainText returns a scalar as it was written.
func plainText(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value
	}
	return ""
}

func (r *reader) text(n ast.Node, at string, to *string) { r.textUpTo(n, at, to, 500) }

// textUpTo reads a text. Digits alone would be a number in YAML, and count as
// text here.
func (r *reader) textUpTo(n ast.Node, at string, to *string, most int) {
	text := plainText(n)
	if text == "" || len(text) > most {
		r.complain(n, at, "must be a text of 1 to %d bytes", most)
		return
	}
	*to = text
}

func (r *reader) yes(n ast.Node, at string, to *bool) {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		r.complain(n, at, "must be true or false")
		return
	}
	*to = b.Value
}

func (r *reader) whole(n ast.Node, at string, to *int, least, most int) {
	value, err := strconv.Atoi(plainText(n))
	if _, is := n.(*ast.IntegerNode); !is || err != nil || value < least || value > most {
		r.complain(n, at, "must be a whole number from %d to %d", least, most)
		return
	}
	*to = value
}

// maxDuration bounds the durations in a file.
const maxDuration = 366 * 24 * time.Hour

func (r *reader) duration(n ast.Node, at string, to *time.Duration) {
	d, err := time.ParseDuration(plainText(n))
	if err != nil || d < 0 || d > maxDuration {
		r.complain(n, at, "must be a duration, such as 300ms, 5s or 2h")
		return
	}
	*to = d
}

func (r *reader) timeOfDay(n ast.Node, at string, to *time.Duration) {
	of, err := time.Parse("15:04", plainText(n))
	if err != nil {
		r.complain(n, at, "must be a time of day in UTC, such as \"23:00\"")
		return
	}
	*to = time.Duration(of.Hour())*time.Hour + time.Duration(of.Minute())*time.Minute
}
