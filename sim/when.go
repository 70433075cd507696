package sim

import (
	"strings"
	"time"
)

// When is how long something waits: a duration such as "3s", "15m" or "24h", or a
// word. With "", the next rule in line decides, such as the bank's behavior.
type When string

// The words.
const (
	AfterDeadline When = "after_deadline" // when the bank's deadline has passed
	Never         When = "never"
)

// MaxWhen is the longest duration.
const MaxWhen = 31 * 24 * time.Hour

// PastDeadline is how long after a deadline, or an expiry, "after" it is.
const PastDeadline = time.Second

// Duration is the duration; false for a word, and for none.
func (w When) Duration() (time.Duration, bool) {
	if w == "" || w == AfterDeadline || w == Never {
		return 0, false
	}
	d, err := time.ParseDuration(string(w))
	return d, err == nil
}

// At is the instant that it comes to, from a beginning on. False for "" and for
// [Never].
func (w When) At(from, deadline time.Time) (time.Time, bool) {
	if w == AfterDeadline {
		return deadline.Add(PastDeadline), true
	}
	d, ok := w.Duration()
	return from.Add(d), ok
}

// parseWhen reads a duration, or one of the words that are allowed. What is wrong
// is the second result, "" for nothing. The same time is written in one way.
func parseWhen(s string, words ...When) (When, string) {
	for _, w := range words {
		if s == string(w) {
			return w, ""
		}
	}
	if s == "" {
		return "", ""
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil || len(s) > 32 || strings.ContainsAny(s, "+-"):
		return "", `must be a duration such as "3s", "15m" or "24h"` + orWords(words)
	case d > MaxWhen:
		return "", "must be at most " + string(written(MaxWhen)) + orWords(words)
	case d%time.Millisecond != 0:
		return "", "must be in whole milliseconds"
	}
	return written(d), ""
}

func orWords(words []When) string {
	text := ""
	for _, w := range words {
		text += `, or "` + string(w) + `"`
	}
	return text
}

// written is a duration in its shortest form: "15m", not "15m0s".
func written(d time.Duration) When {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return When(s)
}
