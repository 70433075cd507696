package statement

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folder is the folder to which a bank's files are delivered.
type Folder string

// Deliver writes a statement in every format, under the bank's identifier. A
// file appears whole or not at all; an existing one is replaced.
func (f Folder) Deliver(s Statement) error {
	dir := filepath.Join(string(f), s.Bank)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("deliver a statement: %w", err)
	}
	for _, format := range Formats() {
		if err := s.save(dir, format); err != nil {
			return fmt.Errorf("deliver a statement: %w", err)
		}
	}
	return nil
}

// Name returns the name of a statement's file.
func (s Statement) Name(f Format) string {
	return fmt.Sprintf("%s-%s-%d%s", s.BusinessDate, s.Currency, s.Sequence, f.Extension())
}

func (s Statement) save(dir string, f Format) (err error) {
	file, err := os.CreateTemp(dir, ".statement-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(s.Write(file, f), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(dir, s.Name(f)))
}
