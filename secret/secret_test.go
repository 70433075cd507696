package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "hunter2-canary"

func TestSecrets_AreNotShown(t *testing.T) {
	type nested struct {
		Deep struct{ Text Text }
		List []Text
		Map  map[string]Kept
		Kept Kept
		Ptr  *Text
	}
	text := Text(canary)
	v := nested{List: []Text{canary}, Map: map[string]Kept{"a": canary}, Kept: canary, Ptr: &text}
	v.Deep.Text = canary
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%T"} {
		for _, one := range []any{v, &v, text, &text, Kept(canary), []any{text}, fmt.Errorf("%w: %v", errors.New("x"), text)} {
			said := fmt.Sprintf(verb, one)
			if strings.Contains(said, canary) || strings.Contains(said, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s shows %s", verb, said)
			}
		}
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		v := v
		v.Kept, v.Map = "", nil // JSON shows it, even nested, because stored documents need it
		slog.New(handler(&out)).Info("x", "text", text, "kept", Kept(canary), "all", v, "group", slog.GroupValue(slog.Any("a", text)))
		if strings.Contains(out.String(), canary) || !strings.Contains(out.String(), Shown) {
			t.Errorf("%s logs %s", name, out.String())
		}
	}
	if b, _ := json.Marshal(Text(canary)); string(b) != `"[redacted]"` {
		t.Errorf("JSON is %s", b)
	}
	if b, _ := json.Marshal(Kept(canary)); string(b) != `"`+canary+`"` {
		t.Errorf("the JSON of what is kept is %s", b)
	}
	if Text("").String() != "" || text.Reveal() != canary || Kept(canary).Reveal() != canary {
		t.Error("what is asked for by name is not given")
	}
}
