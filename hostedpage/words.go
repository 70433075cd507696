package hostedpage

import (
	"fmt"
	"strings"
	"time"

	"sandbank/payment/instrument"
)

// published groups test numbers in fours, as people read and copy them.
func published(list []instrument.TestNumber) []TestNumber {
	out := make([]TestNumber, len(list))
	for i, n := range list {
		var b strings.Builder
		for at := range len(n.Number) {
			if at > 0 && at%4 == 0 {
				b.WriteByte(' ')
			}
			b.WriteByte(n.Number[at])
		}
		out[i] = TestNumber{Number: b.String(), Does: strings.ToUpper(n.Says[:1]) + n.Says[1:]}
	}
	return out
}

// inWords is a span for people: "in 14 minutes".
func inWords(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("in %d seconds", max(1, int(d.Seconds())))
	case d < 90*time.Minute:
		return fmt.Sprintf("in %d minutes", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("in %d hours", int(d.Round(time.Hour).Hours()))
	}
	return fmt.Sprintf("in %d days", int(d.Hours()/24))
}
