package engine_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inRoom lists the processes that work in a room or were told of it.
func inRoom(t *testing.T, room string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		dir, _ := os.Readlink(filepath.Join(path, "cwd"))
		command, _ := os.ReadFile(filepath.Join(path, "cmdline"))
		environment, _ := os.ReadFile(filepath.Join(path, "environ"))
		if strings.Contains(dir+string(command)+string(environment), room) {
			found = append(found, fmt.Sprintf("%s %.80q", path, command))
		}
	}
	return found
}

// mustBeGone fails the test if a process or the folder is left.
func mustBeGone(t *testing.T, room string) {
	t.Helper()
	if left := inRoom(t, room); len(left) > 0 {
		t.Errorf("still running:\n%s", strings.Join(left, "\n"))
	}
	if _, err := os.Stat(room); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}
