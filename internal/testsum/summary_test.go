package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runTests runs `go test -json` over a throw-away module and returns the report on it.
func runTests(t *testing.T, files map[string]string) (report string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module sample\n\ngo 1.26\n"
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	events, _ := cmd.Output() // a failing test makes it fail, rightly
	var out strings.Builder
	s := newSummary(&out)
	if err := s.read(strings.NewReader(string(events))); err != nil {
		t.Fatal(err)
	}
	ok = s.finish()
	return out.String(), ok
}

const header = "package a\nimport \"testing\"\n"

func TestSummary_OfGoTest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		ok    bool
		last  string
		says  []string
	}{
		{
			name:  "all pass; groups are not counted",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}); t.Run("y", func(t *testing.T) {}) }; func TestB(t *testing.T) {}`},
			ok:    true, last: "3 passed, 0 failed, 0 skipped", says: []string{"ok    sample"},
		},
		{
			name:  "a failure shows its log only",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { t.Log("quiet") }; func TestB(t *testing.T) { t.Error("loud") }`},
			last:  "1 passed, 1 failed, 0 skipped", says: []string{"FAIL  sample", "a_test.go:3: loud", "!quiet"},
		},
		{
			name:  "a failed subtest counts once",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { t.Fatal("deep") }); t.Run("y", func(t *testing.T) {}) }`},
			last:  "1 passed, 1 failed, 0 skipped", says: []string{"deep"},
		},
		{
			name:  "a group that fails by itself counts",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { t.Run("y", func(t *testing.T) {}); t.Error("after") }`},
			last:  "1 passed, 1 failed, 0 skipped", says: []string{"after"},
		},
		{
			name:  "a skip is no success",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { t.Skip("no reason") }; func TestB(t *testing.T) {}`},
			last:  "1 passed, 0 failed, 1 skipped", says: []string{"no reason"},
		},
		{
			name:  "a panic",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { panic("boom") }`},
			last:  "0 passed, 1 failed, 0 skipped", says: []string{"boom"},
		},
		{
			name:  "an exit without a word",
			files: map[string]string{"a_test.go": "package a\nimport (\"testing\"; \"os\")\nfunc TestMain(m *testing.M) { m.Run(); os.Exit(3) }; func TestA(t *testing.T) {}"},
			last:  "1 passed, 1 failed, 0 skipped", says: []string{"FAIL  sample"},
		},
		{
			name:  "a package that does not build",
			files: map[string]string{"a_test.go": header + `func TestA(t *testing.T) { undefined() }`, "b/b_test.go": strings.Replace(header, "package a", "package b", 1) + "func TestB(t *testing.T) {}"},
			last:  "1 passed, 1 failed, 0 skipped", says: []string{"undefined: undefined", "ok    sample/b"},
		},
		{
			name:  "nothing to run",
			files: map[string]string{"a.go": "package a"},
			last:  "0 passed, 0 failed, 0 skipped", says: []string{"no test ran"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report, ok := runTests(t, c.files)
			if ok != c.ok {
				t.Errorf("ok is %v", ok)
			}
			if lines := strings.Split(strings.TrimSpace(report), "\n"); lines[len(lines)-1] != c.last {
				t.Errorf("the last line is not %q", c.last)
			}
			for _, say := range c.says {
				if unwanted, not := strings.CutPrefix(say, "!"); not == strings.Contains(report, strings.TrimPrefix(say, "!")) {
					t.Errorf("wrong about %q", unwanted)
				}
			}
			if t.Failed() {
				t.Log("\n" + report)
			}
		})
	}
}

func TestSummary_TruncatedStreamFails(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := newSummary(&out)
	stream := `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"half way\n"}
signal: killed
`
	if err := s.read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	if s.finish() || !strings.Contains(out.String(), "half way") || !strings.Contains(out.String(), "signal: killed") {
		t.Errorf("a killed run reads as:\n%s", out.String())
	}
}
