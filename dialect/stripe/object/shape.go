package object

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"sync"
)

//go:generate go run -C ../../../tools/stripemock ./shapes ../../dialect/stripe/object/shapes.json

// shapes.json is made from Stripe's own OpenAPI document.
//
//go:embed shapes.json
var shapesFile []byte

var shapes = func() (s struct {
	Version    string                     `json:"version"`
	Objects    map[string]json.RawMessage `json:"objects"`
	Parameters map[string][]string        `json:"parameters"`
}) {
	if err := json.Unmarshal(shapesFile, &s); err != nil {
		panic("object: " + err.Error())
	}
	return s
}()

// Version is the version of Stripe's API whose shapes these are.
var Version = shapes.Version

// Object is an object of Stripe's API, as JSON has it.
type Object map[string]any

// New is an object of a schema with every member that Stripe sends, each empty.
func New(schema string) Object {
	shape, known := read()[schema]
	if !known {
		panic("object: no shape of " + schema)
	}
	o, _ := copied(map[string]any(shape)).(map[string]any)
	return o
}

// read are the shapes as objects, which are copied: an answer has several, and reading each anew took longer than the
// payment.
var read = sync.OnceValue(func() map[string]Object {
	all := map[string]Object{}
	for name, text := range shapes.Objects {
		var o Object
		if err := json.Unmarshal(text, &o); err != nil {
			panic("object: no shape of " + name)
		}
		all[name] = o
	}
	return all
})

// copied is a tree of JSON's that shares nothing with the other one.
func copied(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, inner := range v {
			m[name] = copied(inner)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = copied(v[i])
		}
		return list
	}
	return tree
}

// With sets members.
func (o Object) With(members Object) Object {
	for name, value := range members {
		o[name] = value
	}
	return o
}

// Takes reports whether Stripe's route has a parameter of that name: whether
// a request that names it means something. Route is as in "GET /v1/charges/{charge}".
func Takes(route, name string) bool { return slices.Contains(shapes.Parameters[route], name) }

// Routes is how many routes Stripe has for the resources that are served here.
func Routes() int { return len(shapes.Parameters) }

// null is a text, or nil where it is empty.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// words are a map of texts that is never nil.
func words(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// List is a page of objects.
func List(url string, data []Object, more bool) Object {
	if data == nil {
		data = []Object{}
	}
	return Object{"object": "list", "url": url, "has_more": more, "data": data}
}

// RoutesLike lists the routes of Stripe's whose variables are those of another one,
// whatever their names: that is written with {} for each.
func RoutesLike(route string) []string { return byForm[route] }

var byForm = func() map[string][]string {
	m := map[string][]string{}
	for route := range shapes.Parameters {
		form := variable.ReplaceAllString(route, "{}")
		m[form] = append(m[form], route)
	}
	return m
}()

var variable = regexp.MustCompile(`\{[a-z_]+\}`)
