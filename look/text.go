package look

import "strings"

// Visible makes text of unknown origin fit to be shown: bytes that are no text
// become the replacement character, and control characters, which HTML forbids
// and eyes miss, become their pictures (␀). Tabs and line breaks stay.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return '␀' + r
		case r == 0x7f:
			return '␡'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
