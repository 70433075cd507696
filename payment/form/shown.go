package form

import (
	"strings"
	"unicode"

	"sandbank/payment/instrument"
)

// maxShown is how much of a foreign text a complaint repeats, in characters.
const maxShown = 60

// Shown is the part of a foreign text that a complaint may repeat: its
// beginning, without unprintable characters or any part of a card number.
func Shown(s string) string {
	if instrument.NamesCard(s) {
		return "(a card number)"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}
