// Package archive keeps payments that are let go, as JSON lines in a folder: a file for each day on which
// payments were made, and in it one line for each payment, with all that went with it.
//
//	tidier ── payments that may go ──▶ archive: payments-2027-01-01.jsonl ── synced ──▶ tidier lets them go
//
// A payment whose going failed after it was archived has a second line; the last one counts.
package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sandbank/processor"
)

// Folder is a folder with such files. It implements [processor.Archive].
type Folder struct {
	path string
	mu   sync.Mutex
}

// Open makes the folder where it is not there, and tries whether it can be written to.
func Open(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(path, ".try-*")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return nil, err
	}
	return &Folder{path: path}, nil
}

// Add implements [processor.Archive].
func (f *Folder) Add(list []processor.Departed) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	days := map[string]*bytes.Buffer{}
	for _, d := range list {
		name := "payments-" + d.Payment.CreatedAt.UTC().Format(time.DateOnly) + ".jsonl"
		if days[name] == nil {
			days[name] = &bytes.Buffer{}
		}
		if err := json.NewEncoder(days[name]).Encode(lineOf(d)); err != nil {
			return fmt.Errorf("payment %s: %w", d.Payment.ID, err)
		}
	}
	names := make([]string, 0, len(days))
	for name := range days {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := f.add(name, days[name].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// add appends lines to a file in one write, and returns when the disk has them.
func (f *Folder) add(name string, lines []byte) (err error) {
	path := filepath.Join(f.path, name)
	_, missing := os.Stat(path)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	torn, err := endsWithin(file)
	if err != nil {
		return err
	}
	if torn {
		lines = append([]byte{'\n'}, lines...)
	}
	if _, err = file.Write(lines); err != nil {
		return err
	}
	if err = file.Sync(); err == nil && errors.Is(missing, os.ErrNotExist) {
		err = syncFolder(f.path)
	}
	return err
}

// endsWithin reports whether a file's last line has no end: a crash tore it. Its payment did not go.
func endsWithin(file *os.File) (bool, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false, err
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, end-1)
	return last[0] != '\n', err
}

// syncFolder has the disk know a new file's name.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = folder.Sync() // not every system can
	return folder.Close()
}
