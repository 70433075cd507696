package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// View is how an order is read from the answer of its URL.
type View struct {
	Words Words
	// Member is where the state is in JSON, such as "order.status"; "" looks under the usual names.
	Member string
	// Pattern finds the state in a text or page, as its first group; nil reads data-order-state.
	Pattern *regexp.Regexp
}

// seen is an order as its URL shows it.
type seen struct {
	word      string
	group     Group
	shipments int // how often it was shipped; -1 where it does not say
}

var (
	stateMembers    = []string{"state", "status", "order_status", "order.state", "order.status"}
	shipmentMembers = []string{"shipments", "fulfillments", "order.shipments", "order.fulfillments"}
)

var errNoState = errors.New(`check: the order's URL shows no state: answer JSON with "state" or "status", name the member with --state, or the place in a page with --state-pattern`)

// read reads an answer's body.
func (v View) read(body []byte) (seen, error) {
	s := seen{shipments: -1}
	var tree any
	switch {
	case v.Pattern != nil:
		m := v.Pattern.FindSubmatch(body)
		if len(m) < 2 {
			return s, fmt.Errorf("check: the order's URL shows nothing that matches --state-pattern %q", v.Pattern)
		}
		s.word = string(m[1])
	case json.Unmarshal(body, &tree) == nil:
		names := stateMembers
		if v.Member != "" {
			names = []string{v.Member}
		}
		for _, name := range names {
			if word, ok := at(tree, name).(string); ok && s.word == "" {
				s.word = word
			}
		}
		s.shipments = shipped(tree)
	default:
		s.word = marked(string(body))
	}
	if s.word == "" {
		return s, errNoState
	}
	var err error
	s.group, err = v.Words.group(s.word)
	return s, err
}

// at is a member of a tree of JSON.
func at(tree any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = object[name]
	}
	return tree
}

// shipped is how many shipments there were: a number, or a list.
func shipped(tree any) int {
	for _, name := range shipmentMembers {
		switch n := at(tree, name).(type) {
		case float64:
			return int(n)
		case []any:
			return len(n)
		}
	}
	return -1
}

// marked is the state in the attribute data-order-state of a page.
func marked(page string) string {
	for t := html.NewTokenizer(strings.NewReader(page)); t.Next() != html.ErrorToken; {
		for _, a := range t.Token().Attr {
			if a.Key == "data-order-state" {
				return a.Val
			}
		}
	}
	return ""
}
