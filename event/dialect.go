package event

import "strings"

// Another API, a dialect, tells of the same payments in events of its own: other
// types, other bodies, and sometimes of what this house is silent about. They are
// a stream of their own beside the merchant's, with a sequence of its own, so that
// nobody hears one of them who listens to the merchant's.

// between parts a merchant's id and a dialect in the name of a stream.
const between = "@"

// StreamOf is the stream of a merchant's events in a dialect; that of "" is the
// merchant's own, and its name the merchant's id.
func StreamOf(merchant, dialect string) string {
	if dialect == "" {
		return merchant
	}
	return merchant + between + dialect
}

// Owner is the merchant whom the event is for, and the dialect in which it tells;
// "" is this house's own.
func (e Event) Owner() (merchant, dialect string) {
	at := strings.LastIndex(e.Merchant, between)
	if at < 0 {
		return e.Merchant, ""
	}
	return e.Merchant[:at], e.Merchant[at+len(between):]
}

// Own reports whether the event is in no dialect.
func (e Event) Own() bool { _, dialect := e.Owner(); return dialect == "" }
