package main

import (
	"errors"
	"io"
	"os"
)

// Exit codes of run and check, besides 0.
const (
	exitFailed   = 1 // an expectation, or a rule
	exitUsage    = 2
	exitMistake  = 3 // of a scenario's file
	exitNotRun   = 4
	exitTimedOut = 5
)

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	error
}

func (e *exitError) Unwrap() error { return e.error }

// codeOf is the exit code that results come to, by how many failed, took too long and could not be run: what
// was found out goes before what was not.
func codeOf(failed, timedOut, notRun int) int {
	switch {
	case failed > 0:
		return exitFailed
	case timedOut > 0:
		return exitTimedOut
	case notRun > 0:
		return exitNotRun
	}
	return 0
}

// fileOf is a report's file, "" for none, and what writes it.
type fileOf[T any] struct {
	name  string
	write func(io.Writer, T) error
}

// writeReports writes results to the files that are asked for.
func writeReports[T any](results T, files []fileOf[T]) error {
	var wrong []error
	for _, one := range files {
		if one.name == "" {
			continue
		}
		file, err := os.Create(one.name)
		if err == nil {
			err = errors.Join(one.write(file, results), file.Close())
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
