package replay

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/money"
)

// member is a mapping with one member, to which others are added.
func member(name string, value any) yaml.MapSlice { return yaml.MapSlice{{Key: name, Value: value}} }

// with adds a member, unless its value is nothing.
func with(m yaml.MapSlice, name string, value any) yaml.MapSlice {
	switch v := value.(type) {
	case string:
		if v == "" {
			return m
		}
	case yaml.MapSlice:
		if len(v) == 0 {
			return m
		}
	case bool:
		if !v {
			return m
		}
	}
	return append(m, yaml.MapItem{Key: name, Value: value})
}

// tree is a value as JSON has it, with its members in their order.
func tree(v any) yaml.MapSlice {
	body, err := json.Marshal(v)
	if err != nil {
		panic("replay: " + err.Error()) // texts and numbers alone
	}
	var m yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(body, &m, yaml.UseOrderedMap()); err != nil {
		panic("replay: " + err.Error())
	}
	return m
}

func amount(a money.Amount) string { return a.Value() + " " + string(a.Currency()) }

// text is a text that somebody wrote: what stands for an earlier answer in scenarios must not do so here.
func (w *writer) text(s string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	w.note("A text has ${, which scenarios read as the place of a value; it is written as $(.")
	return strings.ReplaceAll(s, "${", "$(")
}

// file writes the whole file, with time going on between the steps.
func (w *writer) file() ([]byte, error) {
	now := w.steps[0].at
	doc := yaml.MapSlice{{Key: "name", Value: w.text(w.run.Name)}, {Key: "story", Value: w.story()}}
	if w.seeded {
		doc = append(doc, yaml.MapItem{Key: "seed", Value: w.run.Seed})
	}
	doc = append(doc, yaml.MapItem{Key: "start", Value: now.Format(time.RFC3339Nano)})
	var steps []yaml.MapSlice
	for _, s := range w.steps {
		for span := s.at.Sub(now); span > 0; span = s.at.Sub(now) {
			span = min(span, longestAdvance)
			steps = append(steps, member("advance", span.String()))
			now = now.Add(span)
		}
		steps = append(steps, s.body)
	}
	if w.count(steps) > MaxSteps {
		return nil, ErrTooLong
	}
	doc = append(doc, yaml.MapItem{Key: "steps", Value: steps})
	body, err := yaml.MarshalWithOptions(doc, yaml.IndentSequence(true))
	if err != nil {
		return nil, err
	}
	return body, nil
}

// longestAdvance is how far one step may go.
const longestAdvance = 30 * 24 * time.Hour

// count is how many steps there are with those that are repeated.
func (w *writer) count(steps []yaml.MapSlice) int {
	n := len(steps)
	for i := range w.number {
		n += 2 * int(w.gap(i))
	}
	return n
}

// story says what the file is, and what it cannot bring about.
func (w *writer) story() string {
	text := "Made from what was stored. "
	if w.seeded {
		text += "The seed gives each payment its luck again."
	} else {
		text += "There is no seed to repeat, so banks are told how to behave; times are so to the millisecond."
	}
	return strings.Join(append([]string{text}, w.notes...), " ")
}
