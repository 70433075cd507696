package look

import (
	"html/template"
	"time"
)

// Clock is a time of day in UTC, to the millisecond, as the log book shows it.
// The zero time is a dash.
func Clock(t time.Time) template.HTML { return timeElement(t, "15:04:05.000", "") }

// Moment is a date and time in UTC for people. The script turns it into the
// reader's own time zone; without it, it stays correct.
func Moment(t time.Time) template.HTML {
	return timeElement(t, "2 January 2006, 15:04 UTC", " data-local")
}

// Hour is the time of day for people, where the day is plain; else as [Moment].
func Hour(t time.Time) template.HTML { return timeElement(t, "15:04 UTC", ` data-local="hour"`) }

// Stamp is a date and time in UTC for a column of a table.
func Stamp(t time.Time) template.HTML { return timeElement(t, "2006-01-02 15:04", "") }

// Instant is a date and time in UTC, to the second.
func Instant(t time.Time) template.HTML { return timeElement(t, "2006-01-02 15:04:05", "") }

func timeElement(t time.Time, format, attributes string) template.HTML {
	if t.IsZero() {
		return "–"
	}
	t = t.UTC()
	// Nothing of this comes from outside: layouts are constants and times are digits.
	return template.HTML(`<time datetime="` + t.Format("2006-01-02T15:04:05.000Z07:00") + `"` + attributes + `>` +
		t.Format(format) + `</time>`)
}
