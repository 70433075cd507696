// Package terminal is what the three programs share of the command line: whether a person looks on, colors for
// that person, and completion for the person's shell. What the programs print, and their flags, are their own.
package terminal

import (
	"io"
	"os"
)

// Is reports whether a writer is a terminal that can move its cursor and show colors.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
}

// Paint colors text, or leaves it as it is; its zero value does the latter.
type Paint struct{ on bool }

// For is the paint for what is written to w: colors on a terminal, unless the environment has NO_COLOR with any
// text but the empty one (https://no-color.org).
func For(w io.Writer) Paint { return Paint{Is(w) && os.Getenv("NO_COLOR") == ""} }

// Always is a paint that colors anything.
func Always() Paint { return Paint{true} }

// SGR parameters (ECMA-48, section 8.3.117) of the colors.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

// Status colors a text by the payment's status that it shows: green where there is money, red where it went
// wrong, yellow while it is open, faint where it ended without a result.
func (p Paint) Status(status, text string) string {
	color := ""
	switch status {
	case "captured", "authorized":
		color = green
	case "declined", "failed":
		color = red
	case "created", "processing", "action_required":
		color = yellow
	case "canceled", "voided", "abandoned":
		color = faint
	}
	if !p.on || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
