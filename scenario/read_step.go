package scenario

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"sandbank/fault"
	"sandbank/sim"
)

// steps reads a list of steps. What is repeated or included becomes the steps themselves.
func (s spot) steps() (list []Step) {
	s.each(func(v spot) { list = append(list, v.step()...) })
	if len(list) == 0 && len(s.mistakes) == 0 {
		s.wrong("must have at least one step")
	}
	return list
}

// step reads one step: a verb, and what may stand beside it.
func (s spot) step() []Step {
	verb, what, ok := s.verb()
	if !ok {
		return nil
	}
	if s.reader.steps++; s.reader.steps > maxSteps {
		s.wrong("there are more than %d steps, with what is repeated", maxSteps)
		return nil
	}
	one := Step{At: s.at()}
	known := fields{
		string(verb): func(spot) {}, "story": func(v spot) { one.Story = v.text() },
		"notes": func(v spot) { one.Notes = v.text() }, "ask": func(v spot) { one.Ask = v.question() },
		"as": func(v spot) {
			if one.As = v.text(); one.As != "" {
				v.checkName(one.As, v.node)
			}
		},
	}
	if !answers(verb) {
		delete(known, "as")
	}
	if _, bare := s.scalar(); !bare {
		s.mapping(known)
	}
	if one.Story == "" && (one.Notes != "" || one.Ask != nil) {
		s.wrong("has notes or a question, and needs a story, beside which they are shown")
	}
	switch verb {
	case VerbRepeat:
		return one.heading(what.repeated())
	case VerbInclude:
		return one.heading(what.included())
	}
	one.Do = what.action(verb)
	if one.Creates() && one.As == "" {
		one.As = usualName
	}
	s.keep(one)
	return []Step{one}
}

// heading gives what is said of several steps to the first of them, unless that says something itself.
func (o Step) heading(list []Step) []Step {
	if len(list) > 0 && list[0].Story == "" {
		list[0].Story, list[0].Notes, list[0].Ask = o.Story, o.Notes, o.Ask
	}
	return list
}

// maxChoices bounds the choices of a question.
const maxChoices = 6

// question reads what a class is asked.
func (s spot) question() *Question {
	q, choices := &Question{}, s
	s.mapping(fields{
		"question": func(v spot) { q.Text = v.text() },
		"choices": func(v spot) {
			choices = v
			v.each(func(v spot) { q.Choices = append(q.Choices, v.text()) })
		},
		"answer": func(v spot) { q.Answer = v.text() },
	})
	switch {
	case q.Text == "" || q.Answer == "":
		s.wrong("needs a question and its answer")
	case choices.node != s.node && (len(q.Choices) < 2 || len(q.Choices) > maxChoices):
		choices.wrong("must have 2 to %d choices", maxChoices)
	case len(q.Choices) > 0 && !slices.Contains(q.Choices, q.Answer):
		s.wrong("has an answer that is none of its choices")
	}
	return q
}

// usualName is what a payment is called whose step gives no name.
const usualName = "payment"

// answers reports whether a step has an answer that can be kept.
func answers(v Verb) bool {
	return !slices.Contains([]Verb{VerbExpect, VerbReceive, VerbParallel, VerbRepeat, VerbInclude}, v)
}

// verb finds what a step does.
func (s spot) verb() (Verb, spot, bool) {
	list, ok := s.entries()
	if !ok {
		if text, plain := s.scalar(); plain && slices.Contains(Verbs(), Verb(text)) {
			return Verb(text), spot{s.reader, s.file, ast.Null(s.node.GetToken()), s.key + "." + text}, true
		}
		text, _ := s.scalar()
		if near := fault.Nearest(text, sim.Actions()); near != "" && text != "" {
			s.wrong("must be a step; did you mean \"customer: %s\"?", near)
		} else if near := meant(text, Verbs()); near != "" && text != "" {
			s.wrong("must be a step; did you mean %q?", near)
		} else {
			s.wrong("must be a step, such as \"create: {amount: 19.99 EUR}\"")
		}
		return "", s, false
	}
	var found []*ast.MappingValueNode
	for _, e := range list {
		if slices.Contains(Verbs(), Verb(s.keyOf(e))) {
			found = append(found, e)
		}
	}
	if len(found) == 1 {
		return Verb(s.keyOf(found[0])), s.below(found[0]), true
	}
	if len(found) > 1 {
		spot{s.reader, s.file, found[1].Key, s.key}.wrong("a step does one thing, and this one does two: %s and %s", s.keyOf(found[0]), s.keyOf(found[1]))
		return "", s, false
	}
	for _, e := range list {
		if name := s.keyOf(e); name != "story" && name != "as" && name != "notes" && name != "ask" {
			notOneOf(spot{s.reader, s.file, e.Key, s.key + "." + name}, name, Verbs())
			return "", s, false
		}
	}
	s.wrong("does nothing: a step is one of %v", Verbs())
	return "", s, false
}

// repeated reads steps as often as they are to be done; ${n} counts from 1.
func (s spot) repeated() (list []Step) {
	times, inner := 0, spot{}
	s.mapping(fields{
		"times": func(v spot) { times = v.whole(1, 1000) },
		"steps": func(v spot) { inner = v },
	})
	if times == 0 || inner.reader == nil {
		s.wrong("needs times and steps")
		return nil
	}
	for n := range times {
		outside := s.with(map[string]spot{"n": {s.reader, s.file, number(s.node, n+1), s.key}})
		list = append(list, inner.steps()...)
		if s.params = outside; len(s.mistakes) > 0 {
			break
		}
	}
	return list
}

// number is a number that stands where a node does.
func number(at ast.Node, n int) ast.Node {
	text := strconv.Itoa(n)
	t := token.New(text, text, at.GetToken().Position)
	return ast.String(t)
}

// included reads the steps of another file.
func (s spot) included() []Step {
	name, with := "", map[string]spot{}
	if _, plain := s.scalar(); plain {
		name = s.text()
	} else {
		s.mapping(fields{
			"file": func(v spot) { name = v.text() },
			"with": func(v spot) {
				list, _ := v.entries()
				for _, e := range list {
					with[s.keyOf(e)] = v.below(e)
				}
			},
		})
	}
	if name == "" {
		s.wrong("needs the name of a file")
		return nil
	}
	file := path.Join(path.Dir(s.file), name)
	if slices.Contains(s.files, file) || len(s.files) >= maxIncludes {
		s.wrong("%s includes itself, or too many files are inside one another: %s", name, strings.Join(append(slices.Clone(s.files), file), " > "))
		return nil
	}
	return s.inside(file, with)
}

// inside reads the steps of a file with parameters of its own and those given.
func (s spot) inside(file string, with map[string]spot) (list []Step) {
	top, err := s.open(file)
	if wrong, ok := err.(Mistakes); ok {
		s.complain(wrong[0])
		return nil
	} else if err != nil {
		s.wrong("cannot be read: %v", err)
		return nil
	}
	outside := s.with(with)
	s.reader.files = append(s.files, file)
	s.parameters(top)
	top.mapping(fields{
		"name": func(v spot) { v.text() }, "story": func(v spot) { v.text() }, "parameters": func(spot) {},
		"steps": func(v spot) { list = v.steps() },
	})
	s.reader.files = s.files[:len(s.files)-1]
	s.params = outside
	return list
}
