package instrument

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// This file is the one reader of card numbers: other fields refuse exactly the
// numbers that the checkout accepts.

// digit is the value of a decimal digit of any script, as "４" and "٤" are 4. In
// Unicode's tables each script's ten stand together, from zero.
func digit(r rune) (byte, bool) {
	if r >= '0' && r <= '9' {
		return byte(r), true
	}
	if r < unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, block := range unicode.Nd.R16 {
		if lo, hi := rune(block.Lo), rune(block.Hi); r >= lo && r <= hi {
			return '0' + byte((r-lo)%10), true
		}
	}
	for _, block := range unicode.Nd.R32 {
		if lo, hi := rune(block.Lo), rune(block.Hi); r >= lo && r <= hi {
			return '0' + byte((r-lo)%10), true
		}
	}
	return 0, false
}

// parts reports whether a character may stand between a number's digits: any that
// is neither a letter nor a mark on one. People and programs write spaces of all
// widths, dashes, slashes, commas and invisible characters.
func parts(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) }

// numberOf is a typed number without what parts its digits; false where there is
// something else in it.
func numberOf(typed string) (number string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		if d, is := digit(r); is {
			b.WriteByte(d)
		} else if !parts(r) {
			return "", false
		}
	}
	return b.String(), true
}

// NamesCard reports whether a text or a URL contains one of the accepted card
// numbers, as the checkout's form would read it: digits of any script, with
// anything but letters between, plain, percent-encoded or as character references
// of HTML. Other numbers, such as an order's or a time, may be as long and have a
// fitting check digit; here they are not cards.
func NamesCard(text string) bool {
	for range maxDecoded {
		if namesCard(text) {
			return true
		}
		plain := decoded(text)
		if plain == text {
			return false
		}
		text = plain
	}
	return namesCard(text)
}

// maxDecoded is how often a text may have been encoded.
const maxDecoded = 3

// decoded is a text with its encodings read once; what is no encoding stays.
func decoded(text string) string {
	if strings.Contains(text, "%") {
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			if plain, err := url.PathUnescape(text[i:min(i+3, len(text))]); text[i] == '%' && err == nil {
				b.WriteString(plain)
				i += 2
				continue
			}
			b.WriteByte(text[i])
		}
		text = b.String()
	}
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	return text
}

func namesCard(text string) bool {
	var run []byte // the digits read last, as far as nothing but parting characters was between
	for _, r := range text {
		if d, is := digit(r); is {
			if run = append(run, d); endsInCard(run) {
				return true
			}
		} else if !parts(r) {
			run = run[:0]
		}
	}
	return false
}

func endsInCard(digits []byte) bool {
	return len(digits) >= NumberLength && slices.ContainsFunc(cards, func(c TestNumber) bool { return strings.HasSuffix(string(digits), c.Number) })
}

// NumberLength is the fewest digits of a card number.
const NumberLength = 12

// Secretive reports whether a text has as many digits as a card number: a name
// or a date that does is a number in the wrong field, and is not shown again.
func Secretive(text string) bool {
	n := 0
	for _, r := range decoded(text) {
		if _, is := digit(r); is {
			n++
		}
	}
	return n >= NumberLength
}
