// Package examples_test runs every example as a merchant would: as a process of
// its own, against a processor, with the merchant's credentials.
package examples_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/broker"
	"sandbank/internal/bustest"
	"sandbank/internal/engine"
)

// patience is how long anything may take on a busy machine.
const patience = 5 * time.Minute

// binaries builds the programs and the examples in Go, once for all tests.
var binaries = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sandbank-examples-")
	if err != nil {
		return "", err
	}
	built.Store(&folder)
	out, err := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "sandbank/cmd/...", "sandbank/examples/...").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return folder, nil
})

// sweep removes what binaries built, if it did.
func sweep() error {
	if folder := built.Load(); folder != nil {
		return os.RemoveAll(*folder)
	}
	return nil
}

var built atomic.Pointer[string]

// stage is a processor with the settings that the examples need.
type stage struct {
	*testing.T
	folder  string
	base    string
	environ []string

	processor *process
}

// newStage starts a processor with the given flags.
func newStage(t *testing.T, flags ...string) *stage {
	t.Helper()
	folder, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	addr := engine.Address(t)
	s := &stage{T: t, folder: folder, base: "http://" + addr}
	s.environ = append(os.Environ(), "SANDBANK_URL="+s.base, "SANDBANK_CLIENT_ID=demo-shop", "SANDBANK_CLIENT_SECRET=demo-shop-secret")
	s.processor = s.run(exec.Command(filepath.Join(folder, "processor"), append([]string{"--addr", addr}, flags...)...))
	return s
}

// process is one that ends with the test, if not by itself.
type process struct {
	name     string
	cmd      *exec.Cmd
	out, err buffer
	done     chan struct{}
	failed   error
}

// buffer may be read while a process writes it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }
func (b *buffer) String() string              { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

func (s *stage) run(cmd *exec.Cmd) *process {
	s.Helper()
	p := &process{name: strings.Join(cmd.Args, " "), cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	if cmd.Env == nil {
		cmd.Env = s.environ
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() { defer close(p.done); p.failed = cmd.Wait() }()
	s.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.done
		if s.Failed() {
			s.Logf("%s said:\n%s\n%s", p.name, tail(p.out.String()), tail(p.err.String()))
		}
	})
	return p
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

// await asks again until something holds.
func (s *stage) await(what string, ask func(context.Context) error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.Fatalf("waited in vain for %s: %v", what, err)
		case <-tick.C:
		}
	}
}

// ready waits until the processor takes payments.
func (s *stage) ready() {
	s.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	s.await("the processor", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("not ready: %s", answer.Status)
		}
		return nil
	})
}

// tap holds what is published to its description.
func (s *stage) tap(url string) {
	s.Helper()
	dial, err := broker.URL(url)
	if err != nil {
		s.Fatal(err)
	}
	bustest.Tap(s.T, dial, "SANDNL2A")
}

// pay makes one payment and pays for it.
func (s *stage) pay() {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), filepath.Join(s.folder, "merchant"), "load", "-n", "1", "--quiet", "--url", s.base)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("pay: %v\n%s", err, out)
	}
}

// again kills the processor, as a power cut would, and starts it anew.
func (s *stage) again() {
	s.Helper()
	_ = s.processor.cmd.Process.Kill()
	<-s.processor.done
	s.processor = s.run(exec.Command(s.processor.cmd.Path, s.processor.cmd.Args[1:]...))
	s.ready()
}

// inGo begins an example in Go, inNode the one in Node, both to end after the
// first final event.
func (s *stage) inGo(channel string) *process {
	s.Helper()
	return s.run(exec.Command(filepath.Join(s.folder, channel), "--once"))
}

func (s *stage) inNode(channel string, more ...string) *process {
	s.Helper()
	return s.node(channel, append(more, "--once")...)
}

// node begins an example in Node that runs until it is stopped.
func (s *stage) node(channel string, more ...string) *process {
	s.Helper()
	here, err := os.Getwd()
	if err != nil {
		s.Fatal(err)
	}
	// A module is looked for beside the program, so a copy of it stands beside the packages.
	room := s.TempDir()
	err = os.Mkdir(filepath.Join(room, channel), 0o700)
	for _, name := range []string{"patience.mjs", filepath.Join(channel, "main.mjs")} {
		var code []byte
		if err == nil {
			code, err = os.ReadFile(filepath.Join(here, name))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(room, name), code, 0o600)
		}
	}
	if err == nil {
		err = os.Symlink(filepath.Join(here, "..", "tools", "npm", "node_modules"), filepath.Join(room, "node_modules"))
	}
	if err != nil {
		s.Fatal(err)
	}
	return s.run(exec.Command("node", append([]string{filepath.Join(room, channel, "main.mjs")}, more...)...))
}

// heard waits until an example has ended and returns the last line it printed.
func (s *stage) heard(p *process) string {
	s.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		s.Fatalf("%s has not ended", p.name)
	}
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if p.failed != nil {
		s.Errorf("%s: %v", p.name, p.failed)
	}
	return lines[len(lines)-1]
}
