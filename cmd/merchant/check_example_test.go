package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sandbank/internal/engine"
	"sandbank/web/docs"
)

// The example of the docs page runs as it stands, save for the port and for how the program is named:
// it starts the demo shop as a process, grades it, and ends it.
func TestCheck_TheExampleOfTheDocsRuns(t *testing.T) {
	t.Parallel()
	few <- struct{}{}
	defer func() { <-few }()
	itself, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	address := engine.Address(t)
	line := strings.NewReplacer("go run ./cmd/merchant", itself, "127.0.0.1:8071", address).Replace(docs.CheckExample)
	shell := exec.CommandContext(t.Context(), "sh", "-c", line+" --within 9s")
	shell.Env = append(os.Environ(), asProgram+"=1")
	out, err := shell.CombinedOutput()
	for _, want := range []string{"Harbor Goods is open at http://" + address, "12 of 12 rules hold", "The shop is closed."} {
		if err != nil || !bytes.Contains(out, []byte(want)) {
			t.Errorf("the example ended with %v and said\n%s\nexpected\n%s", err, out, want)
		}
	}
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Errorf("the shop at %s goes on, expected it to be ended with the check", address)
	}
}
