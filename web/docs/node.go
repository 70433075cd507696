package docs

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"sandbank/web/contract"
)

// node is a part of a document, with its members in their order. A part that is
// not there is an empty node, so that a walk needs no checks.
type node struct{ value any }

// member is one member of an object.
type member struct {
	name string
	node
}

func read(doc contract.Document) node {
	var tree yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(doc.YAML, &tree, yaml.UseOrderedMap()); err != nil {
		panic("docs: " + err.Error()) // the documents are part of the program
	}
	return node{tree}
}

// get walks down by names.
func (n node) get(path ...string) node {
	for _, name := range path {
		var next any
		for _, m := range n.members() {
			if m.name == name {
				next = m.value
			}
		}
		n = node{next}
	}
	return n
}

func (n node) members() []member {
	slice, _ := n.value.(yaml.MapSlice)
	list := make([]member, 0, len(slice))
	for _, item := range slice {
		list = append(list, member{fmt.Sprint(item.Key), node{item.Value}})
	}
	return list
}

func (n node) items() []node {
	list, _ := n.value.([]any)
	out := make([]node, 0, len(list))
	for _, item := range list {
		out = append(out, node{item})
	}
	return out
}

func (n node) there() bool { return n.value != nil }

// text is a scalar as it is written, "" for none.
func (n node) text() string {
	if n.value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(n.value))
}

func (n node) texts() []string {
	var out []string
	for _, item := range n.items() {
		out = append(out, item.text())
	}
	return out
}

// ref is the last name of a reference, "" where it is none.
func (n node) ref() string {
	ref := n.get("$ref").text()
	return ref[strings.LastIndex(ref, "/")+1:]
}

// resolve follows references within the document.
func (n node) resolve(root node) node {
	for n.get("$ref").there() {
		path := strings.Split(strings.TrimPrefix(n.get("$ref").text(), "#/"), "/")
		n = root.get(path...)
	}
	return n
}

// json is the node as what encoding/json writes in the order of the document.
func (n node) json(indent string) string {
	switch v := n.value.(type) {
	case yaml.MapSlice:
		return bracket("{", "}", indent, len(v), func(i int, inner string) string {
			m := n.members()[i]
			return quote(m.name) + ": " + m.json(inner)
		})
	case []any:
		return bracket("[", "]", indent, len(v), func(i int, inner string) string { return node{v[i]}.json(inner) })
	case string:
		return quote(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(n.value)
}

// short is up to how many characters a list or object stays on one line.
const short = 72

func bracket(open, closing, indent string, n int, item func(i int, indent string) string) string {
	flat, long := make([]string, n), make([]string, n)
	for i := range n {
		flat[i], long[i] = item(i, ""), indent+"  "+item(i, indent+"  ")
	}
	if line := open + strings.Join(flat, ", ") + closing; len(line) <= short && !strings.Contains(line, "\n") && n < 4 {
		return line
	}
	return open + "\n" + strings.Join(long, ",\n") + "\n" + indent + closing
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
