package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// MissingError reports that a server's program is not installed, and how to get it.
type MissingError struct {
	// Program is the executable that was looked for.
	Program string
	// Package is the Debian package that brings it.
	Package string
}

// Error names the program, the package and the command that installs everything at once.
func (e *MissingError) Error() string {
	return fmt.Sprintf("engine: %s is not installed: run `make setup`, or `apt-get install %s`", e.Program, e.Package)
}

// find returns the first existing executable among the glob patterns, newest version first,
// and falls back to PATH. The patterns come first because a distribution's wrapper in PATH may
// change user or insist on the system's own instance.
func find(program, debianPackage string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("engine: looking for %s: %w", program, err)
		}
		for i := len(matches) - 1; i >= 0; i-- {
			if executable(matches[i]) {
				return matches[i], nil
			}
		}
	}
	path, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		return "", &MissingError{Program: program, Package: debianPackage}
	}
	return path, err
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
