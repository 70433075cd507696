package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sandbank/node"
)

// readyFlags say where a program learns that the processor is ready.
type readyFlags struct {
	ReadyFile string `placeholder:"FILE" help:"Write one line of JSON here once everything is ready, with all URLs and credentials; it is removed at the end. See /docs/tests."`
	ReadyFD   int    `name:"ready-fd" placeholder:"N" help:"Write the same line to this file descriptor, which the parent process opened, and close it."`
}

// check reports a place that cannot be written to. Nothing is written before all is ready.
func (f readyFlags) check() error {
	var faults []error
	if f.ReadyFile != "" {
		if at, err := os.Stat(filepath.Dir(f.ReadyFile)); err != nil || !at.IsDir() {
			faults = append(faults, fmt.Errorf("--ready-file %q: its folder is not there", f.ReadyFile))
		} else if at, err := os.Stat(f.ReadyFile); err == nil && !at.Mode().IsRegular() {
			faults = append(faults, fmt.Errorf("--ready-file %q: must be a file", f.ReadyFile))
		}
	}
	if f.ReadyFD < 0 || f.ReadyFD == 2 {
		faults = append(faults, fmt.Errorf("--ready-fd %d: must be 1, or a descriptor from 3 on that the parent process opened", f.ReadyFD))
	}
	return errors.Join(faults...)
}

// announcement is the ready line under way.
type announcement struct {
	readyFlags
	line []byte
	fd   *os.File // nil for none
}

// prepare readies the ready line. A file that an earlier run left is removed at once, so that nobody
// takes it for this run's.
func (f readyFlags) prepare() (*announcement, error) {
	a := &announcement{readyFlags: f}
	if f.ReadyFD == 1 {
		a.fd = os.Stdout
	} else if f.ReadyFD != 0 {
		if a.fd = os.NewFile(uintptr(f.ReadyFD), "ready-fd"); a.fd == nil {
			return nil, fmt.Errorf("--ready-fd %d: must be the number of a file descriptor", f.ReadyFD)
		}
	}
	if a.fd != nil {
		if _, err := a.fd.Stat(); err != nil {
			return nil, fmt.Errorf("--ready-fd %d: the parent process has not opened it: %w", f.ReadyFD, err)
		}
	}
	if f.ReadyFile != "" {
		if err := os.Remove(f.ReadyFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("--ready-file: %w", err)
		}
	}
	return a, nil
}

// announce writes the line as soon as the node is ready.
func (a *announcement) announce(ctx context.Context, n *node.Node, s settings) error {
	if a.fd == nil && a.ReadyFile == "" {
		return nil
	}
	if err := n.Await(ctx); err != nil {
		return nil //nolint:nilerr // the processor is ended before it was ready
	}
	return a.write(readyLine(n, s))
}

// write writes the line whole: a reader of the file sees all of it or no file.
func (a *announcement) write(line []byte) error {
	if a.fd != nil {
		_, err := a.fd.Write(line)
		if a.ReadyFD != 1 {
			err = errors.Join(err, a.fd.Close())
		}
		if err != nil {
			return fmt.Errorf("--ready-fd %d: %w", a.ReadyFD, err)
		}
	}
	if a.ReadyFile == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(a.ReadyFile), ".ready-*") // mode 0600: it has secrets
	if err != nil {
		return fmt.Errorf("--ready-file: %w", err)
	}
	_, err = f.Write(line)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), a.ReadyFile)
	}
	if err != nil {
		return fmt.Errorf("--ready-file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	a.line = line
	return nil
}

// withdraw removes the file, unless another processor has replaced it.
func (a *announcement) withdraw() {
	if a.line == nil {
		return
	}
	if now, err := os.ReadFile(a.ReadyFile); err == nil && string(now) == string(a.line) {
		_ = os.Remove(a.ReadyFile)
	}
}
