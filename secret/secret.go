// Package secret is text that must not be shown: client secrets, passwords, URLs
// with passwords in them, signing keys. Whatever is logged, printed or put into
// an error shows that there is one and no more; who needs it asks for it by name.
//
// Package fmt does not ask what is in unexported fields how it wants to be shown: a
// struct that hides secrets there has to format itself.
package secret

import (
	"fmt"
	"log/slog"
)

// Shown is what is seen of a secret.
const Shown = "[redacted]"

// Text is a secret that is configured. Its JSON is redacted as well: it is never
// stored or sent as a part of something.
type Text string

// Reveal is the secret itself.
func (t Text) Reveal() string { return string(t) }

// String implements [fmt.Stringer].
func (t Text) String() string { return shown(string(t)) }

// Format implements [fmt.Formatter], for every verb.
func (t Text) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, shown(string(t))) }

// LogValue implements [slog.LogValuer].
func (t Text) LogValue() slog.Value { return slog.StringValue(shown(string(t))) }

// MarshalText implements [encoding.TextMarshaler].
func (t Text) MarshalText() ([]byte, error) { return []byte(shown(string(t))), nil }

// Kept is a secret that is stored in a document: only its JSON shows it.
type Kept string

// Reveal is the secret itself.
func (k Kept) Reveal() string { return string(k) }

// String implements [fmt.Stringer].
func (k Kept) String() string { return shown(string(k)) }

// Format implements [fmt.Formatter], for every verb.
func (k Kept) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, shown(string(k))) }

// LogValue implements [slog.LogValuer].
func (k Kept) LogValue() slog.Value { return slog.StringValue(shown(string(k))) }

// shown tells whether there is one: that is often the very question.
func shown(s string) string {
	if s == "" {
		return ""
	}
	return Shown
}
