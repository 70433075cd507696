// Package form holds a YAML file to bounds before a parser sees it. The parser takes time that grows with the square of
// what is nested, and of what stands in one line; no file that somebody wrote comes near these bounds.
package form

import (
	"bytes"
	"fmt"
)

// The bounds.
const (
	maxLines  = 30_000
	maxLine   = 8000 // bytes
	maxNested = 60   // columns that a line is set in, and brackets that are open
	maxMarks  = 300  // of YAML's own, in one line
)

// marks are the bytes that may mean something to YAML by themselves.
const marks = "[]{}\"'&*!?|>"

// Flaw is why no parser is asked about a text, and where.
type Flaw struct {
	Line, Column int // counted from 1
	What         string
}

// Check returns the first flaw of a text; false for none.
func Check(body []byte) (Flaw, bool) {
	open, number := 0, 0
	wrong := func(column int, format string, args ...any) (Flaw, bool) {
		return Flaw{number, column, fmt.Sprintf(format, args...)}, true
	}
	for line := range bytes.Lines(body) {
		number++
		text := bytes.TrimLeft(line, " \t-?:")
		set := len(line) - len(text)
		if set > maxNested {
			return wrong(maxNested, "is set in by %d columns; %d are allowed", set, maxNested)
		}
		if bytes.HasPrefix(text, []byte("#")) {
			continue
		}
		if len(line) > maxLine {
			return wrong(maxLine, "has %d bytes in one line; %d are allowed", len(line), maxLine)
		}
		found := 0
		for i, c := range line {
			if bytes.IndexByte([]byte(marks), c) < 0 {
				continue
			}
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			if found++; found > maxMarks || open > maxNested {
				return wrong(i+1, "has more brackets and quotes than such a file needs; %d in a line, and %d inside one another, are allowed", maxMarks, maxNested)
			}
		}
	}
	if number > maxLines {
		return wrong(1, "has %d lines; %d are allowed", number, maxLines)
	}
	return Flaw{}, false
}
