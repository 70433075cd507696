package runner

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"strings"

	"sandbank/scenario"
)

// lookAtPage holds a page to what it has to show.
func (t *thread) lookAtPage(ctx context.Context, e scenario.Expect) (*miss, error) {
	if e.Page == nil {
		return nil, nil
	}
	path := t.filled(e.Page.Path)
	if path == "" {
		a, err := t.api.must(ctx, request{method: "GET", path: "/v1/payments/" + t.id(e.Payment), by: "merchant"})
		if err != nil {
			return nil, err
		}
		path = textAt(a.tree, "checkout_url")
	}
	a, err := t.api.call(ctx, request{method: "GET", path: path, by: "nobody"})
	if err != nil {
		return nil, err
	}
	text := shown(string(a.body))
	for _, want := range e.Page.Shows {
		if !strings.Contains(text, t.filled(want)) {
			return &miss{fmt.Sprintf("a page that shows %q", want), fmt.Sprintf("%d, %.300s", a.status, text)}, nil
		}
	}
	for _, bad := range e.Page.Hides {
		if strings.Contains(text, t.filled(bad)) {
			return &miss{fmt.Sprintf("a page without %q", bad), fmt.Sprintf("%.300s", text)}, nil
		}
	}
	return nil, nil
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// shown is the text of a page.
func shown(page string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(page, " ")), " "))
}
