package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind_NamesPackageWhenMissing(t *testing.T) {
	_, err := find("no-such-server", "some-package", filepath.Join(t.TempDir(), "*"))
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a MissingError", err)
	}
	for _, part := range []string{"no-such-server", "make setup", "apt-get install some-package"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestFind_PrefersNewestThenPath(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"14", "15"} {
		if err := os.MkdirAll(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "server"), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := find("server", "", filepath.Join(dir, "*", "server"))
	if want := filepath.Join(dir, "15", "server"); err != nil || got != want {
		t.Errorf("found %q (%v), want %q", got, err, want)
	}
	if got, err := find("sh", "", filepath.Join(dir, "nothing")); err != nil || filepath.Base(got) != "sh" {
		t.Errorf("found %q (%v) in PATH, want sh", got, err)
	}
}
