package bracket

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Form writes a tree, as JSON has it, as a form: members in the order of their names. Nil is written as an empty text,
// which takes a value away in Stripe's API; a tree that is no mapping has no names and makes an empty form.
func Form(tree any) string {
	var pairs []string
	if m, ok := tree.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			pairs = appendPairs(pairs, name, m[name])
		}
	}
	return strings.Join(pairs, "&")
}

func appendPairs(pairs []string, name string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(v)) {
			pairs = appendPairs(pairs, name+"["+inner+"]", v[inner])
		}
		return pairs
	case []any:
		for i, inner := range v {
			pairs = appendPairs(pairs, name+"["+strconv.Itoa(i)+"]", inner)
		}
		return pairs
	case nil:
		value = ""
	}
	return append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(fmt.Sprint(value)))
}
