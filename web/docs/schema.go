package docs

import (
	"html/template"
	"strings"
)

// Schema is an object or a vocabulary of the contract.
type Schema struct {
	Name   string
	Anchor string
	Text   template.HTML
	Fields []Field
	Values []Value // of an enum
	Form   string  // of a string that is neither: its pattern
}

// Field is one member, parameter or header.
type Field struct {
	Name     string
	Place    string // "header", "query", "path"; empty for a member
	Type     string // "string", "list of"
	Link     string // to the type's own description
	LinkName string
	Required bool
	Limits   string // "1 to 100", "at most 255 characters"
	Text     template.HTML
}

// Value is one value of an enum.
type Value struct {
	Name  string
	Text  string
	Final bool // of a payment's status
	Quiet bool // of a payment's status that is never notified
}

// maker makes views from the schemas of a document.
type maker struct {
	root node
	home func(schema string) string // the page that shows a schema; nil where all is on one page
}

// link leads to the description of a schema.
func (m maker) link(schema string) string {
	if m.home == nil {
		return "#" + anchor(schema)
	}
	return m.home(schema) + "#" + anchor(schema)
}

func (m maker) schemas() []Schema {
	var list []Schema
	for _, s := range m.root.get("components", "schemas").members() {
		list = append(list, m.schema(s.name, s.node))
	}
	return list
}

func (m maker) schema(name string, s node) Schema {
	out := Schema{Name: name, Anchor: anchor(name), Text: markup(s.get("description").text()), Form: s.get("pattern").text()}
	out.Values = values(s)
	out.Fields = m.fields(s)
	for _, part := range s.get("allOf").items() {
		if part.ref() != "" {
			base := part.resolve(m.root)
			out.Fields = m.fields(base)
			out.Text = markup(base.get("description").text())
		}
	}
	for _, part := range s.get("allOf").items() {
		narrow(&out, part)
	}
	return out
}

// narrow applies the restrictions of a part of an allOf.
func narrow(s *Schema, part node) {
	var left []Field
	for _, f := range s.Fields {
		p := part.get("properties", f.Name)
		if forbidden, ok := p.value.(bool); ok && !forbidden {
			continue
		}
		if c := p.get("const"); c.there() {
			f.Limits = `"` + c.text() + `"`
		}
		for _, name := range part.get("required").texts() {
			f.Required = f.Required || f.Name == name
		}
		left = append(left, f)
	}
	s.Fields = left
}

func values(s node) []Value {
	final, notified := s.get("x-final").texts(), s.get("x-notified").texts()
	var list []Value
	for _, v := range s.get("x-enumDescriptions").members() {
		list = append(list, Value{
			Name: v.name, Text: v.text(), Final: contains(final, v.name),
			Quiet: len(notified) > 0 && !contains(notified, v.name),
		})
	}
	if len(list) == 0 && s.get("enum").there() {
		for _, name := range s.get("enum").texts() {
			list = append(list, Value{Name: name})
		}
	}
	return list
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

func (m maker) fields(s node) []Field {
	required := s.get("required").texts()
	var list []Field
	for _, p := range s.get("properties").members() {
		f := m.field(p.name, p.node)
		f.Required = contains(required, p.name)
		list = append(list, f)
	}
	return list
}

func (m maker) field(name string, s node) Field {
	f := Field{Name: name, Limits: limits(s)}
	f.Type, f.LinkName = typeOf(s)
	if f.LinkName != "" {
		f.Link = m.link(f.LinkName)
	}
	text := s.get("description").text()
	if text == "" && s.ref() != "" {
		text = s.resolve(m.root).get("description").text()
		text, _, _ = strings.Cut(text, "\n\n")
	}
	f.Text = markup(text)
	return f
}

// typeOf says a type in words, with the name of the schema it refers to.
func typeOf(s node) (words, name string) {
	if ref := s.ref(); ref != "" {
		return "", ref
	}
	switch kind := s.get("type").text(); kind {
	case "array":
		words, name = typeOf(s.get("items"))
		return strings.TrimSpace("list of " + plural(words)), name
	case "integer":
		return "whole number", ""
	case "object":
		if extra := s.get("additionalProperties"); extra.get("type").there() {
			words, _ = typeOf(extra)
			return "map to " + words, ""
		}
		return "object", ""
	case "boolean":
		return "true or false", ""
	case "string":
		return map[string]string{"date-time": "time", "uri": "URL"}[s.get("format").text()] +
			map[bool]string{true: "string"}[s.get("format").text() != "date-time" && s.get("format").text() != "uri"], ""
	default:
		return kind, ""
	}
}

func plural(words string) string {
	if words == "" || strings.HasSuffix(words, "s") {
		return words
	}
	return words + "s"
}

// limits words the bounds of a schema.
func limits(s node) string {
	var list []string
	add := func(low, high, unit string) {
		lo, hi := s.get(low).text(), s.get(high).text()
		switch {
		case lo != "" && hi != "" && lo == hi:
			list = append(list, lo+unit)
		case lo != "" && hi != "":
			list = append(list, lo+" to "+hi+unit)
		case hi != "":
			list = append(list, "at most "+hi+unit)
		case lo == "1":
			list = append(list, "at least 1"+strings.Replace(strings.TrimSuffix(unit, "s"), "entrie", "entry", 1))
		case lo != "":
			list = append(list, "at least "+lo+unit)
		}
	}
	add("minLength", "maxLength", " characters")
	add("minimum", "maximum", "")
	add("minItems", "maxItems", " entries")
	add("minProperties", "maxProperties", " entries")
	if enum := s.get("enum").texts(); len(enum) > 0 {
		list = append(list, `"`+strings.Join(enum, `", "`)+`"`)
	}
	if d := s.get("default"); d.there() {
		list = append(list, "default "+d.text())
	}
	return strings.Join(list, "; ")
}

// anchor makes an id of a name.
func anchor(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name), "-")
}
