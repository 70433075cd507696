package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// formatFlag says how a command prints its result.
type formatFlag struct {
	Format string `enum:"text,json" default:"text" help:"How results are printed: text for people, or json for programs, one line for each."`
}

func (f formatFlag) json() bool { return f.Format == "json" }

// doneWord says as JSON what a command has done that has no answer to print.
type doneWord struct {
	ID    string `json:"id,omitempty"`
	File  string `json:"file,omitempty"`
	Bytes int    `json:"bytes,omitempty"`
	Done  string `json:"done"`
}

// done prints what was done, as text or as JSON.
func (f formatFlag) done(out io.Writer, word doneWord, text string) error {
	if f.json() {
		return printJSON(out, word)
	}
	_, err := fmt.Fprintln(out, text)
	return err
}

// printRaw writes one JSON value as one line: what a processor has answered, but for the space between.
func printRaw(out io.Writer, value json.RawMessage) error {
	var line bytes.Buffer
	if err := json.Compact(&line, value); err != nil {
		return fmt.Errorf("the processor's answer is no JSON: %w", err)
	}
	line.WriteByte('\n')
	_, err := out.Write(line.Bytes())
	return err
}

// printJSON writes a value as one line of JSON.
func printJSON(out io.Writer, value any) error { return json.NewEncoder(out).Encode(value) }

// printTable writes rows of text in aligned columns, two spaces between; the first row is the heading.
// Paint, which may be nil, colors a cell after it was aligned: a color has no width.
func printTable(out io.Writer, rows [][]string, paint func(row, column int, padded string) string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for r, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padded := cell
			if i < len(row)-1 {
				padded += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			}
			if paint != nil {
				padded = paint(r, i, padded)
			}
			line.WriteString(padded)
			if i < len(row)-1 {
				line.WriteString("  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
