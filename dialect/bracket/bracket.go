// Package bracket reads and writes the names of forms that stand for trees, as PHP made them usual: a[b][0]=c.
package bracket

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// The faults of a pair.
var (
	ErrEncoding = errors.New("it is not percent-encoded as it should be")
	ErrName     = errors.New("its brackets do not fit, or are too many")
)

// Pair reads name=text of a form: its name, the steps of the name, and the text. With [ErrName] the name is there to be shown.
func Pair(pair string, depth int) (name string, path []string, text string, err error) {
	name, text, _ = strings.Cut(pair, "=")
	name, errName := url.QueryUnescape(name)
	text, errText := url.QueryUnescape(text)
	if errName != nil || errText != nil {
		return "", nil, "", ErrEncoding
	}
	path, ok := steps(name, depth)
	if !ok {
		return name, nil, "", ErrName
	}
	return name, path, text, nil
}

// steps are those of a name with brackets, at most depth of them. An empty step, but never the first, stands for the next
// number. False is for what is no such name.
func steps(name string, depth int) (path []string, ok bool) {
	first, rest, _ := strings.Cut(name, "[")
	if path = []string{first}; first == "" {
		return nil, false
	}
	if len(first) < len(name) {
		if !strings.HasSuffix(rest, "]") {
			return nil, false
		}
		path = append(path, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
	}
	return path, len(path) <= depth && !slices.ContainsFunc(path, func(s string) bool { return strings.ContainsAny(s, "[]") })
}
