package lesson

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sandbank/scenario"
)

// Entry is a lesson that can be given.
type Entry struct {
	Name     string // of its file, without .yaml
	Text     string // the file
	Scenario scenario.Scenario
}

// Read reads a lesson's file through a function that gives the content of files by name. Its error has a line for
// each mistake, with file, line and column.
func Read(file string, load func(string) ([]byte, error)) (Entry, error) {
	text, err := load(file)
	if err != nil {
		return Entry{}, err
	}
	cases, err := scenario.Read(file, load)
	if err != nil {
		return Entry{}, err
	}
	base := filepath.Base(file)
	e := Entry{Name: strings.TrimSuffix(base, filepath.Ext(base)), Text: string(text), Scenario: cases[0]}
	first := e.Scenario.Steps[0].At
	switch {
	case len(cases) > 1:
		return e, mistake(scenario.At{File: file, Line: 1, Column: 1}, "a lesson is one story: leave out the matrix")
	case e.Scenario.Scenes()[0].Story == "":
		return e, mistake(first, "a lesson needs captions: give this step a story")
	}
	return e, nil
}

func mistake(at scenario.At, what string) error {
	return scenario.Mistakes{{At: at, What: what}}
}

// ReadFolder reads the lessons of a folder, in the order of their files' names. Names are those that other lessons have;
// what is wrong with any file is told together.
func ReadFolder(folder string, names []string) ([]Entry, error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", folder)
	}
	if err != nil {
		return nil, err
	}
	files, err := scenario.Find([]string{folder})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no lessons: put scenario files into it, NAME.yaml", folder)
	}
	taken := map[string]string{}
	for _, name := range names {
		taken[name] = "a lesson that ships with Sandbank"
	}
	var list []Entry
	var faults []error
	for _, file := range files {
		e, err := Read(file, os.ReadFile)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if other := taken[e.Name]; other != "" {
			faults = append(faults, mistake(scenario.At{File: file, Line: 1, Column: 1}, fmt.Sprintf("%s has the name %q already: rename the file", other, e.Name)))
			continue
		}
		taken[e.Name] = file
		list = append(list, e)
	}
	return list, errors.Join(faults...)
}
