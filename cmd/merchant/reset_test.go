package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A state is saved, reset and brought back on the command line, and payments go and come with it.
func TestReset_AndSnapshot(t *testing.T) {
	url := running(t)
	file := filepath.Join(t.TempDir(), "state.zip")
	for _, c := range []struct{ args, out string }{
		{"load --payments 3 --concurrency 1", ""},
		{"snapshot save " + file, file + " has the whole state, "},
		{"reset", "everything is back at the beginning\n"},
		{"snapshot load " + file, "everything is as " + file + " has it\n"},
	} {
		var out, said strings.Builder
		if code := run(t.Context(), append(strings.Fields(c.args), "--url", url), &out, &said); code != 0 || !strings.HasPrefix(out.String(), c.out) {
			t.Fatalf("merchant %s: want code 0 and %q, got %d, %q %q", c.args, c.out, code, out.String(), said.String())
		}
	}
	var out, said strings.Builder
	not := filepath.Join("..", "..", "README.md")
	if code := run(t.Context(), []string{"snapshot", "load", not, "--url", url}, &out, &said); code == 0 || !strings.Contains(said.String(), "no ZIP file") {
		t.Errorf("a file that is no snapshot: code %d, %q", code, said.String())
	}
	answer, err := http.Get(url + "/readyz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("afterwards the processor answers %v, %v", answer, err)
	}
	_ = answer.Body.Close()
}
