package runner

import (
	"fmt"
	"regexp"
	"strings"

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

// say adds a line to the transcript; lines of a branch are added after those of the main thread.
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

// identifier is one of the house's own, or one of a dialect.
var identifier = regexp.MustCompile(`\b([a-z]{2,4}(?:_test)?)_(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}(?:[0-9]{2})?)\b`)

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
