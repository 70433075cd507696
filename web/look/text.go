package look

import (
	"html/template"
	"strings"
)

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

// Wrap lets a name that has no spaces, such as an account's, break where a reader
// would break it.
func Wrap(s string) template.HTML {
	return template.HTML(strings.NewReplacer(":", ":<wbr>", "_", "_<wbr>", "/", "/<wbr>").Replace(template.HTMLEscapeString(Visible(s))))
}
