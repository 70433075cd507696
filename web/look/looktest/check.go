// Package looktest holds pages to what every page of Sandbank promises: HTML
// that is well formed, one heading of the first rank, a label for every field,
// nothing inline that the content security policy would refuse. It also writes
// rendered pages to a directory, where a person or a browser can look at them.
package looktest

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// Hostile is a merchant's name that tries to be more than a name.
const Hostile = `<script>alert(1)</script>"><img src=x onerror=alert(1)> javascript:alert(1) {{.}}`

// element is one start tag, with the attributes that are checked.
type element struct {
	name  string
	attrs map[string]string
}

// page is the result of a pass over the tokens.
type page struct {
	elements []element
	wrapped  map[int]bool // elements that stand inside a label
	title    string
}

// Check fails the test where a whole page breaks a promise.
func Check(t *testing.T, html string) {
	t.Helper()
	p := parse(t, html)
	p.checkSkeleton(t)
	p.checkLabels(t)
	p.checkInline(t)
	p.checkReferences(t)
	if strings.Contains(html, "ZgotmplZ") {
		t.Error("a value was refused by the template's escaper")
	}
}

// CheckHostile is [Check] for a page that was given [Hostile] text and hostile
// addresses: none of it may have become markup or a link.
func CheckHostile(t *testing.T, html string) {
	t.Helper()
	if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img src=x") {
		t.Error("hostile text reached the page as markup")
	}
	Check(t, strings.ReplaceAll(html, "#ZgotmplZ", "/refused"))
}

// parse reads the page with the XML decoder in its HTML mode, which demands
// that every tag is closed in order.
func parse(t *testing.T, html string) page {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict = false
	d.AutoClose = xml.HTMLAutoClose
	d.Entity = xml.HTMLEntity
	p := page{wrapped: map[int]bool{}}
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, html)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			p.add(token, open)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "title" && !slices.Contains(open, "svg") {
				p.title += string(token)
			}
		}
	}
}

func (p *page) add(start xml.StartElement, open []string) {
	if start.Name.Local == "title" && slices.Contains(open, "svg") {
		return // a drawing's part has a name of its own
	}
	e := element{name: start.Name.Local, attrs: map[string]string{}}
	for _, a := range start.Attr {
		e.attrs[a.Name.Local] = a.Value
	}
	for _, name := range open {
		if name == "label" {
			p.wrapped[len(p.elements)] = true
		}
	}
	p.elements = append(p.elements, e)
}

func (p page) count(name string) (n int) {
	for _, e := range p.elements {
		if e.name == name {
			n++
		}
	}
	return n
}

func (p page) checkSkeleton(t *testing.T) {
	t.Helper()
	for _, name := range []string{"html", "title", "main", "h1", "body"} {
		if n := p.count(name); n != 1 {
			t.Errorf("want one <%s>, got %d", name, n)
		}
	}
	if strings.TrimSpace(p.title) == "" {
		t.Error("the title is empty")
	}
	if len(p.elements) > 0 && p.elements[0].attrs["lang"] == "" {
		t.Error("the page does not say its language")
	}
}

func (p page) checkLabels(t *testing.T) {
	t.Helper()
	labeled := map[string]bool{}
	for _, e := range p.elements {
		if e.name == "label" {
			labeled[e.attrs["for"]] = true
		}
	}
	for i, e := range p.elements {
		field := e.name == "select" || e.name == "textarea" || e.name == "input" && e.attrs["type"] != "hidden"
		if field && !p.wrapped[i] && !labeled[e.attrs["id"]] && e.attrs["aria-label"] == "" {
			t.Errorf("<%s name=%q> has no label", e.name, e.attrs["name"])
		}
	}
}

// checkInline refuses what the policy would: style and script in the page, and
// handlers in attributes.
func (p page) checkInline(t *testing.T) {
	t.Helper()
	for _, e := range p.elements {
		if e.name == "style" || e.name == "script" && e.attrs["src"] == "" {
			t.Errorf("an inline <%s>", e.name)
		}
		for name, value := range e.attrs {
			if name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(strings.ToLower(value), "javascript:") {
				t.Errorf("<%s> has %s=%q", e.name, name, value)
			}
		}
	}
}

// checkReferences finds ids used twice and attributes that point at no id.
func (p page) checkReferences(t *testing.T) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range p.elements {
		if id := e.attrs["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	for _, e := range p.elements {
		refs := strings.Fields(e.attrs["aria-describedby"] + " " + e.attrs["aria-labelledby"] + " " + e.attrs["for"])
		if target, ok := strings.CutPrefix(e.attrs["href"], "#"); ok {
			refs = append(refs, target)
		}
		for _, id := range refs {
			if !ids[id] {
				t.Errorf("<%s> points at %q, which is not there", e.name, id)
			}
		}
	}
}
