package main

import (
	"errors"
	"fmt"

	"sandbank/scenario/lesson"
	"sandbank/scenarios"
)

// lessonFlags name lessons of one's own.
type lessonFlags struct {
	Lessons string `placeholder:"DIR" help:"Folder of lessons of your own, beside those that ship: scenario files with captions. They are read at the start. See /docs/teach."`
}

// check reads the lessons.
func (f lessonFlags) check(c runCommand) ([]lesson.Entry, error) {
	switch {
	case f.Lessons == "":
		return nil, nil
	case c.ScenarioRuns == 0:
		return nil, errors.New("--lessons: with --scenario-runs 0 no lesson is given: leave one of them out")
	}
	list, err := lesson.ReadFolder(f.Lessons, scenarios.Lessons())
	if err != nil {
		return nil, fmt.Errorf("--lessons %s:\n%w", f.Lessons, err)
	}
	return list, nil
}
