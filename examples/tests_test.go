package examples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sandbank/internal/engine"
)

// The tests in other languages start a Sandbank of their own, and hold.
func TestExamples_OfTests(t *testing.T) {
	t.Run("node", func(t *testing.T) {
		w := newWorkshop(t, "test-node")
		w.do("node", "--test", "checkout.test.mjs")
	})
	t.Run("python", func(t *testing.T) {
		w := newWorkshop(t, "test-python")
		w.do("pytest-3", "-p", "no:cacheprovider", "-q", ".")
	})
	t.Run("browser", func(t *testing.T) {
		w := newWorkshop(t, "test-browser")
		browser, err := engine.ChromiumPath()
		if err != nil {
			t.Fatal(err)
		}
		w.environ = append(w.environ, "CHROMIUM="+browser)
		w.do("node", "--test", "shop.test.mjs")
	})
}

// A test that fails has to be seen to: the same tests against a program that is no processor.
func TestExamples_OfTestsCanFail(t *testing.T) {
	for _, test := range [][]string{{"test-node", "node", "--test", "checkout.test.mjs"}, {"test-python", "pytest-3", "-p", "no:cacheprovider", "-q", "."}} {
		w := newWorkshop(t, test[0])
		w.environ = append(w.environ, "SANDBANK_PROCESSOR=false")
		if out, err := w.command(test[1], test[2:]...).CombinedOutput(); err == nil {
			t.Errorf("%v holds without a processor:\n%s", test, out)
		}
	}
}

// The tests in containers of their own are compiled and type-checked everywhere, and run where a container
// engine has the image.
func TestExamples_Testcontainers(t *testing.T) {
	w := newWorkshop(t, "testcontainers")
	w.do("go", "vet", "./...")
	w.do("node_modules/.bin/tsc", "-p", ".")
	image := os.Getenv("SANDBANK_IMAGE")
	if image == "" {
		image = "sandbank"
	}
	if out, err := w.command("docker", "image", "inspect", image).CombinedOutput(); err != nil {
		t.Logf("compiled alone, since no container engine has the image %q: %v %s", image, err, tail(string(out)))
		return
	}
	w.do("go", "test", "./...")
	w.do("node_modules/.bin/tsc", "-p", ".", "--noEmit", "false", "--outDir", ".")
	w.do("node", "--test", "checkout.test.mjs")
}

// workshop is a copy of an example's folder, with the npm packages beside it.
type workshop struct {
	*testing.T
	room    string
	environ []string
}

func newWorkshop(t *testing.T, folder string) *workshop {
	t.Helper()
	programs, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	room := t.TempDir()
	packages, err := filepath.Abs("../tools/npm/node_modules")
	if err == nil {
		err = os.CopyFS(room, os.DirFS(folder))
	}
	if err == nil {
		err = os.Symlink(packages, filepath.Join(room, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &workshop{t, room, append(os.Environ(), "SANDBANK_PROCESSOR="+filepath.Join(programs, "processor"), "PYTHONDONTWRITEBYTECODE=1")}
}

func (w *workshop) command(name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(w.Context(), 10*time.Minute)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = w.room, w.environ
	cmd.WaitDelay = time.Minute // for what a killed program started
	return cmd
}

func (w *workshop) do(name string, args ...string) {
	w.Helper()
	if out, err := w.command(name, args...).CombinedOutput(); err != nil {
		w.Errorf("%s %v in a copy of examples: expected that it holds, got %v\n%s", name, args, err, tail(string(out)))
	}
}
