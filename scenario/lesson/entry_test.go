package lesson_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/scenario/lesson"
)

const (
	good     = "name: Mine\nsteps:\n  - create: {amount: 1.00 EUR}\n    story: The shop asks.\n  - expect: {status: created}\n"
	untold   = "name: Mine\nsteps:\n  - create: {amount: 1.00 EUR}\n  - expect: {status: created}\n"
	misspelt = "name: Mine\nsteps:\n  - creat: {amount: 1.00 EUR}\n"
	many     = "name: Mine\nmatrix: {money: [1.00 EUR, 2.00 EUR]}\nsteps:\n  - create: {amount: \"${money}\"}\n    story: The shop asks.\n  - expect: {status: created}\n"
)

// folder has files of these contents by name.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadFolder_InTheOrderOfNames(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"b.yaml": good, "a.yml": good, "_part.yaml": misspelt, "notes.txt": "x"})
	list, err := lesson.ReadFolder(dir, []string{"silence"})
	if err != nil || len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" || list[0].Text != good || list[0].Scenario.Name != "Mine" {
		t.Errorf("read %+v, %v", list, err)
	}
}

func TestReadFolder_SaysWhereItIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing":    {nil, []string{"has no lessons"}},
		"a mistake":  {map[string]string{"one.yaml": misspelt, "two.yaml": untold}, []string{"one.yaml:3:5: ", "two.yaml:3:5: a lesson needs captions"}},
		"a matrix":   {map[string]string{"one.yaml": many}, []string{"one.yaml:1:1: a lesson is one story"}},
		"our name":   {map[string]string{"silence.yaml": good}, []string{"silence.yaml:1:1: a lesson that ships with Sandbank has the name \"silence\""}},
		"name twice": {map[string]string{"one.yaml": good, "one.yml": good}, []string{"one.yml:1:1: ", "one.yaml has the name \"one\" already"}},
	} {
		_, err := lesson.ReadFolder(folder(t, c.files), []string{"silence"})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, expected %q", name, err, want)
			}
		}
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "nowhere"), filepath.Join(folder(t, map[string]string{"a.yaml": good}), "a.yaml")} {
		if _, err := lesson.ReadFolder(dir, nil); err == nil {
			t.Errorf("%s was read", dir)
		}
	}
}
