package runner

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"sandbank/scenario"
)

// memberAt follows a path such as "last_attempt.reason.code" or "captures.0.id"; nil where it leads
// nowhere.
func memberAt(tree any, path string) any {
	if path == "" {
		return tree
	}
	name, rest, _ := strings.Cut(path, ".")
	switch v := tree.(type) {
	case map[string]any:
		return memberAt(v[name], rest)
	case []any:
		if name == "length" {
			return json.Number(strconv.Itoa(len(v)))
		}
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v) {
			return memberAt(v[i], rest)
		}
	}
	return nil
}

// textAt is what a path leads to, as text.
func textAt(tree any, path string) string { return scenario.Plain(memberAt(tree, path)) }

var slot = regexp.MustCompile(`\$\{([^{}]*)\}`)

// filled is a text with what earlier steps kept put in.
func (p *play) filled(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slot.ReplaceAllStringFunc(text, func(s string) string { return textAt(p.kept, s[2:len(s)-1]) })
}

// filledTree is a tree with what earlier steps kept put in. A text that is one slot and nothing else
// becomes the value itself.
func (p *play) filledTree(tree any) any {
	switch v := tree.(type) {
	case string:
		if m := slot.FindStringSubmatch(v); m != nil && m[0] == v {
			p.mu.Lock()
			defer p.mu.Unlock()
			return memberAt(p.kept, m[1])
		}
		return p.filled(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = p.filledTree(v[i])
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for name, inner := range v {
			m[name] = p.filledTree(inner)
		}
		return m
	}
	return tree
}

// amount is "19.99 EUR" as the API has it.
func amount(text string) any {
	value, currency, _ := strings.Cut(text, " ")
	return map[string]any{"value": value, "currency": currency}
}
