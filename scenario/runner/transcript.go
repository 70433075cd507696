package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"sandbank/scenario"
)

// line makes a line about a step.
func (t *thread) line(step scenario.Step, about, from, to, text string) scenario.Line {
	if from == "" {
		from = to
		to = ""
	}
	return scenario.Line{At: t.since(), From: from, To: to, Text: t.known(text), About: about, Story: step.Story}
}

// say adds a line to the transcript; those of a branch wait for the others.
func (t *thread) say(l scenario.Line) {
	if t.beside {
		t.lines = append(t.lines, l)
		return
	}
	t.play.lines = append(t.play.lines, l)
	if t.watch != nil {
		t.watch(l)
	}
}

// note adds the webhooks that came since it was last called. Where things are done at once nothing is
// noted: what comes of a race is for expectations.
func (t *thread) note() {
	fresh := t.hooks.after(t.told)
	t.told += len(fresh)
	if t.scenario.Races() {
		return
	}
	for _, h := range fresh {
		name := t.called(h.about)
		if name == "" {
			continue // somebody else's, or the runner's own
		}
		text := fmt.Sprintf("webhook %s → %d", h.kind, h.status)
		if h.forged {
			text += ", whose signature does not fit"
		}
		t.say(scenario.Line{At: h.at.Sub(t.began), From: "processor", To: "merchant", Text: text, About: name})
	}
}

// called is the name of what an id belongs to; "" for nothing of the scenario.
func (p *play) called(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names[id]
}

var identifier = regexp.MustCompile(`\b([a-z]{2,4})_[0-9a-f]{8}-[0-9a-f-]{27}\b`)

// known is a text with ids replaced by what they belong to: no two runs have the same.
func (p *play) known(text string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mark != "" {
		text = strings.ReplaceAll(text, p.mark, "")
	}
	return identifier.ReplaceAllStringFunc(text, func(id string) string {
		if name, ok := p.names[id]; ok {
			return "[" + name + "]"
		}
		return identifier.ReplaceAllString(id, "[$1]")
	})
}

// brief is a value in few words: "outcome declined, reason lost_card".
func brief(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return words(decoded(body))
}

func words(tree any) string {
	switch v := tree.(type) {
	case map[string]any:
		var list []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, deep := v[name].(map[string]any); deep {
				list = append(list, name+" ("+words(v[name])+")")
				continue
			}
			list = append(list, strings.TrimSpace(name+" "+words(v[name])))
		}
		return strings.Join(list, ", ")
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, words(one))
		}
		return strings.Join(list, "; ")
	}
	return asText(tree)
}

// shortSpan is a duration without what is zero at its end: "15m", not "15m0s".
func shortSpan(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}
