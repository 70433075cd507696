package fault

import (
	"strconv"
	"strings"
)

// Member is the JSON pointer of a member of the object at a pointer. The name is
// escaped as RFC 6901 wants it.
func Member(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// Element is the JSON pointer of the i-th element, from 0, of the list at a pointer.
func Element(at string, i int) string { return at + "/" + strconv.Itoa(i) }
