package sequence

import (
	"fmt"
	"time"
)

// Elapsed words a length of time: "12 ms", "41.2 s", "14 min 58 s", "3 h 5 min", "2 d 3 h".
func Elapsed(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Millisecond:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return trimZero(fmt.Sprintf("%.1f", d.Truncate(100*time.Millisecond).Seconds())) + " s"
	case d < time.Hour:
		return pair(int(d/time.Minute), "min", int(d%time.Minute/time.Second), "s")
	case d < 48*time.Hour:
		return pair(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	}
	return pair(int(d/(24*time.Hour)), "d", int(d%(24*time.Hour)/time.Hour), "h")
}

func trimZero(s string) string {
	if n := len(s); n > 2 && s[n-2:] == ".0" {
		return s[:n-2]
	}
	return s
}

// pair leaves out a second part that is zero.
func pair(much int, of string, rest int, ofRest string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", much, of)
	}
	return fmt.Sprintf("%d %s %d %s", much, of, rest, ofRest)
}
