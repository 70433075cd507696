package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/web/contract"
)

// Clients generated from /openapi.json compile and work, in Go and in TypeScript, with the usual
// generators and their defaults: tools/clients has a few lines for each, which make a payment and
// read it again.
func TestGeneratedClients(t *testing.T) {
	s := newStage(t, "--amqp-addr", "127.0.0.1:0", "--no-shop", "--banks", "SANDNL2A")
	s.ready()
	room := t.TempDir()
	if err := os.CopyFS(room, os.DirFS("../tools/clients")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", "typescript"} {
		if err := os.WriteFile(filepath.Join(room, folder, "openapi.json"), contract.OpenAPI().JSON, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("oapi-codegen", func(t *testing.T) {
		t.Parallel()
		g := generated{t, s.environ, room}
		g.do("go", "tool", "oapi-codegen", "-generate", "types,client", "-package", "api", "-o", g.folder("oapi/api")+"/api.go", "openapi.json")
		g.pays(g.do("go", "run", "./oapi"), "oapi-codegen")
	})
	t.Run("ogen", func(t *testing.T) {
		t.Parallel()
		g := generated{t, s.environ, room}
		g.do("go", "tool", "ogen", "--config", "ogen/ogen.yml", "--target", g.folder("ogen/api"), "--package", "api", "openapi.json")
		g.pays(g.do("go", "run", "./ogen"), "ogen")
	})
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		packages, err := filepath.Abs("../tools/npm/node_modules")
		if err != nil {
			t.Fatal(err)
		}
		g := generated{t, s.environ, filepath.Join(room, "typescript")}
		if err := os.Symlink(packages, filepath.Join(g.room, "node_modules")); err != nil {
			t.Fatal(err)
		}
		g.do("node_modules/.bin/openapi-typescript", "openapi.json", "-o", "openapi-typescript.ts")
		g.do("node_modules/.bin/openapi-ts")
		g.do("node_modules/.bin/tsc", "-p", ".")
		g.pays(g.do("node", "fetch.js"), "openapi-typescript")
		g.pays(g.do("node", "heyapi.js"), "openapi-ts")
	})
}

// generated is a folder in which clients are generated, built and run.
type generated struct {
	*testing.T
	environ []string
	room    string
}

// folder makes one in the room.
func (g generated) folder(name string) string {
	g.Helper()
	path := filepath.Join(g.room, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		g.Fatal(err)
	}
	return path
}

// do runs a command in the room, and returns its output.
func (g generated) do(name string, args ...string) string {
	g.Helper()
	cmd := exec.CommandContext(g.Context(), name, args...)
	cmd.Dir = g.room
	// The build does not depend on the folder: the second time it comes out of the cache.
	cmd.Env, cmd.WaitDelay = slices.Concat(g.environ, []string{"GOFLAGS=-trimpath"}), time.Minute
	var out, errs buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.Fatalf("%s: %v (make setup installs what is missing)\n%s\n%s", strings.Join(cmd.Args, " "), err, tail(out.String()), tail(errs.String()))
	}
	return out.String()
}

// pays holds a client to the payment that it made.
func (g generated) pays(said, reference string) {
	g.Helper()
	if want := reference + " 19.99 EUR created\n"; said != want {
		g.Errorf("it says %q, not %q", said, want)
	}
}
