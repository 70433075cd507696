package wire

import (
	"strings"
	"testing"
)

func TestReadControls_RefusesWhatCannotBe(t *testing.T) {
	for body, want := range map[string]string{
		`{"command": "offline"}`: "", `{"command": "temper", "temper": {"declines": 0.5, "min_delay_ms": 10}}`: "",
		`{"command": "plant", "breaks": [{"kind": "missing", "currency": "EUR"}]}`: "",
		``: "not a command", `[]`: "not a command", `{"command": "offline", "more": 1}`: "not a command", `{"command": "offline", "command": "online"}`: "not a command",
		`{}`: "control.command", `{"command": "sleep"}`: "control.command", `{"command": "temper"}`: "control.temper",
		`{"command": "temper", "temper": {"silent": 1.01}}`: "temper.silent", `{"command": "temper", "temper": {"max_delay_ms": -1}}`: "temper.max_delay_ms",
		`{"command": "plant"}`: "control.breaks", `{"command": "plant", "breaks": [{"kind": "odd"}]}`: "control.breaks[0]",
		`{"command": "plant", "breaks": [{"kind": "missing", "currency": "XXX"}]}`: "control.breaks[0]",
		`{"command": "decide", "dispute": "d"}`:                                    "outcome", `{"command": "correct"}`: "control.settlement", `{"command": "fail_refunds", "count": -1}`: "control.count",
		`{"command": "dispute", "reason": "\u0000"}`: "control.reason",
	} {
		_, err := ReadControls([]byte(body))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func FuzzReadControls(f *testing.F) {
	f.Add([]byte(`{"command": "temper", "temper": {"declines": 0.5, "min_delay_ms": 10}}`))
	f.Add([]byte(`{"command": "plant", "breaks": [{"kind": "missing"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := ReadControls(body)
		if err != nil {
			return
		}
		if again, err := ReadControls(Encode(c)); err != nil || again.Command != c.Command {
			t.Fatalf("%q is written as %q: %v", body, Encode(c), err)
		}
	})
}
