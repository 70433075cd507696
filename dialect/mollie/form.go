package mollie

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/dialect/bracket"
	"sandbank/fault"
	"sandbank/payment/form"
)

// Bounds on a form, so that a small one makes no large tree.
const (
	maxFields = 1000
	maxDepth  = 8
)

// branch is a member of a form: a text, or members of its own in the order of the form.
type branch struct {
	text  string
	given bool
	names []string
	of    map[string]*branch
}

// formFields are the members of a form as those of a JSON object: amount[value]=10.00 is {"amount": {"value": "10.00"}}, and
// method[]=ideal a list. Values are texts, but for metadata, which may be JSON, and for testmode.
func formFields(body string) (map[string]jsontext.Value, error) {
	root, err := treeOf(body)
	if err != nil {
		return nil, err
	}
	fields := map[string]jsontext.Value{}
	for _, name := range root.names {
		b := root.of[name]
		if raw := jsontext.Value(b.text); b.given && (name == "metadata" && raw.IsValid() || name == "testmode" && (b.text == "true" || b.text == "false")) {
			fields[name] = raw
			continue
		}
		encoded, err := json.Marshal(b.value(), json.Deterministic(true))
		if err != nil {
			return nil, formInvalid(name, "it is no text in UTF-8").Because(err)
		}
		fields[name] = encoded
	}
	return fields, nil
}

// treeOf reads a form.
func treeOf(body string) (*branch, error) {
	root := &branch{}
	for i, pair := range strings.Split(body, "&") {
		if i == maxFields {
			return nil, fault.New(fault.Invalid, "body_invalid", "The body cannot be read: a form may have at most %d members.", maxFields)
		}
		if pair == "" {
			continue
		}
		name, path, text, err := bracket.Pair(pair, maxDepth)
		switch {
		case errors.Is(err, bracket.ErrEncoding):
			return nil, formInvalid(pair, err.Error())
		case err != nil:
			return nil, formInvalid(name, err.Error())
		}
		at := root
		for _, step := range path {
			if at.given {
				return nil, formInvalid(name, "it is a text as well")
			}
			at = at.child(step)
		}
		if at.given || len(at.of) > 0 {
			return nil, formInvalid(name, "it comes twice")
		}
		at.text, at.given = text, true
	}
	return root, nil
}

// child is a member by its name, made where there is none; "" is the next of a list.
func (b *branch) child(name string) *branch {
	if name == "" {
		name = strconv.Itoa(len(b.names))
	}
	if c := b.of[name]; c != nil {
		return c
	}
	if b.of == nil {
		b.of = map[string]*branch{}
	}
	c := &branch{}
	b.of[name], b.names = c, append(b.names, name)
	return c
}

// value is a member as JSON has it: a list where its members are numbered from 0.
func (b *branch) value() any {
	if b.given {
		return b.text
	}
	list, members := make([]any, len(b.names)), map[string]any{}
	numbered := true
	for i, name := range b.names {
		members[name] = b.of[name].value()
		list[i] = members[name]
		numbered = numbered && name == strconv.Itoa(i)
	}
	if numbered {
		return list
	}
	return members
}

func formInvalid(name, why string) *fault.Error {
	return fault.New(fault.Invalid, "body_invalid", "The body cannot be read: %s in the form: %s.", form.Shown(name), why)
}

// isForm reports whether a request's body says that it is a form.
func isForm(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), formBody.Media)
}
