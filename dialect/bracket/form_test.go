package bracket

import (
	"net/url"
	"testing"
)

func TestForm(t *testing.T) {
	for want, tree := range map[string]any{
		"":                              nil,
		"amount=1999&currency=eur":      map[string]any{"currency": "eur", "amount": 1999},
		"a[0][b]=x&a[1][b]=y z":         map[string]any{"a": []any{map[string]any{"b": "x"}, map[string]any{"b": "y z"}}},
		"confirm=true&metadata[k&]=&n=": map[string]any{"confirm": true, "metadata": map[string]any{"k&": ""}, "n": nil},
	} {
		got, err := url.QueryUnescape(Form(tree))
		if err != nil || got != want {
			t.Errorf("the form of %v is %q, expected %q (%v)", tree, got, want, err)
		}
	}
}
