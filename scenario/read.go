package scenario

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sandbank/scenario/form"
)

// UsualStart is when a scenario begins in simulated time unless its file says: a Monday morning.
var usualStart = time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)

// usualSeed is the seed unless the file says.
const usualSeed = 1

// Load reads a file, and the files that it includes.
func Load(name string) ([]Scenario, error) { return Read(name, os.ReadFile) }

// Read reads a file through a function that gives the content of files by name. It returns one
// scenario for each combination of the matrix, or, as the error, all [Mistakes].
func Read(name string, load func(string) ([]byte, error)) ([]Scenario, error) {
	r := newReader(load, nil)
	top, err := r.open(name)
	if err != nil {
		return nil, err
	}
	cases, mistakes := r.cases(top)
	var list []Scenario
	steps := 0
	for _, c := range cases {
		one := newReader(load, c.params)
		one.files = []string{name}
		list = append(list, one.document(spot{one, name, top.node, ""}, c.name))
		for _, m := range one.mistakes {
			mistakes = appendNew(mistakes, m)
		}
		if steps += one.steps; steps > maxInAll {
			mistakes = appendNew(mistakes, Mistake{At: top.at(), What: fmt.Sprintf("there are more than %d steps in all combinations", maxInAll)})
			break
		}
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return list, nil
}

func appendNew(list Mistakes, m Mistake) Mistakes {
	for _, old := range list {
		if old == m {
			return list
		}
	}
	return append(list, m)
}

// open parses a file. What cannot be parsed is a mistake; what cannot be read is not.
func (r *reader) open(name string) (spot, error) {
	body, err := r.load(name)
	if err != nil {
		return spot{}, err
	}
	if len(body) > maxFile {
		return spot{}, Mistakes{{At: At{name, 1, 1}, What: fmt.Sprintf("has %d bytes; %d are allowed", len(body), maxFile)}}
	}
	if f, flawed := form.Check(body); flawed {
		return spot{}, Mistakes{{At: At{name, f.Line, f.Column}, What: f.What}}
	}
	tree, err := parser.ParseBytes(body, 0)
	if err != nil {
		return spot{}, Mistakes{syntax(name, err)}
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return spot{}, Mistakes{{At: At{name, 1, 1}, What: "must be one document with name and steps"}}
	}
	return spot{r, name, tree.Docs[0].Body, ""}, nil
}

// syntax words an error of the parser.
func syntax(name string, err error) Mistake {
	m := Mistake{At: At{name, 1, 1}, What: strings.TrimSpace(err.Error())}
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil && e.GetToken().Position != nil {
		m.At.Line, m.At.Column, m.What = e.GetToken().Position.Line, e.GetToken().Position.Column, "is not YAML: "+e.GetMessage()
	}
	return m
}

// document reads one scenario.
func (r *reader) document(top spot, name string) Scenario {
	s := Scenario{File: top.file, Case: name, Seed: usualSeed, Start: usualStart}
	r.parameters(top)
	top.mapping(fields{
		"name":       func(v spot) { s.Name = v.text() },
		"story":      func(v spot) { s.Story = v.text() },
		"seed":       func(v spot) { s.Seed = uint64(v.whole(1, 1<<31-1)) },
		"start":      func(v spot) { s.Start = v.start() },
		"parameters": func(spot) {}, // read before everything else
		"matrix":     func(spot) {},
		"steps":      func(v spot) { s.Steps = v.steps() },
	})
	if s.Name == "" && len(r.mistakes) == 0 {
		top.wrong("name is required")
	}
	if len(r.mistakes) == 0 && !expects(s.Steps) {
		top.wrong("no step expects anything, so this scenario cannot fail: add an expect")
	}
	return s
}

func expects(steps []Step) bool {
	for _, s := range All(steps) {
		if _, ok := s.Do.(Expect); ok {
			return true
		}
	}
	return false
}

// Bounds of a scenario's start.
var firstStart, lastStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC)

func (s spot) start() time.Time {
	text, _ := s.scalar()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Before(firstStart) || t.After(lastStart) {
		s.wrong("must be a time of the years 2000 to 2189, such as 2030-01-07T09:00:00Z")
		return usualStart
	}
	return t.UTC()
}

// parameters reads the document's own; those that came from the matrix or an include go first.
func (r *reader) parameters(top spot) {
	v, ok := top.member("parameters")
	if !ok {
		return
	}
	list, ok := v.entries()
	if !ok {
		v.wrong("must have names and values")
		return
	}
	own := map[string]spot{}
	for _, e := range list {
		if _, given := r.params[v.keyOf(e)]; !given {
			v.checkName(v.keyOf(e), e.Key)
			own[v.keyOf(e)] = v.below(e)
		}
	}
	r.with(own)
}

// checkName holds a name to its form.
func (s spot) checkName(name string, at ast.Node) {
	if !validName(name) {
		spot{s.reader, s.file, at, s.key}.wrong("%q is no name: names have letters, digits and _, and begin with a letter", name)
	}
}

func validName(name string) bool {
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= 40
}
