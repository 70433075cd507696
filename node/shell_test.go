package node

import (
	"os/exec"
	"testing"
)

// A shell reads the quoted text back.
func TestShellQuoted_IsOneWord(t *testing.T) {
	for _, word := range []string{"acme:Zm9v+YmFy/AbCdEf+Gh12", "acme:a b", `acme:"&$HOME;|<>`, "acme:it's", "", "acme:ü\\n`x`", "-n"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+ShellQuoted(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is read as %q, %v", word, out, err)
		}
	}
	if got := ShellQuoted("demo-shop:demo-shop-secret"); got != "demo-shop:demo-shop-secret" {
		t.Errorf("quoted without need: %s", got)
	}
}
