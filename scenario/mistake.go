package scenario

import (
	"fmt"
	"strings"
)

// Mistake is something wrong in a file.
type Mistake struct {
	At   At
	Key  string // where in the document, such as "steps[2].create.amount"; "" for the whole
	What string
}

// Error is the mistake as a compiler would print it.
func (m Mistake) Error() string {
	if m.Key == "" {
		return fmt.Sprintf("%s: %s", m.At, m.What)
	}
	return fmt.Sprintf("%s: %s: %s", m.At, m.Key, m.What)
}

// Mistakes are all that is wrong, in the order of reading.
type Mistakes []Mistake

// Error has a line for each.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
