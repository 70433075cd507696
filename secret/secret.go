// Package secret has types for text that must not be shown: client secrets,
// passwords, URLs with passwords in them, signing keys. Logs, prints and errors
// show only that there is a secret; the code that needs it calls Reveal.
//
// Package fmt does not call the formatting methods of unexported fields: a
// struct with secrets in such fields has to format itself.
package secret

import (
	"fmt"
	"log/slog"
)

// Shown stands in the place of a secret.
const Shown = "[redacted]"

// Text is a secret from the configuration. Its JSON is redacted as well, since
// it is never stored or sent as a part of something.
type Text string

// Reveal returns the secret.
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

// Reveal returns the secret.
func (k Kept) Reveal() string { return string(k) }

// String implements [fmt.Stringer].
func (k Kept) String() string { return shown(string(k)) }

// Format implements [fmt.Formatter], for every verb.
func (k Kept) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, shown(string(k))) }

// LogValue implements [slog.LogValuer].
func (k Kept) LogValue() slog.Value { return slog.StringValue(shown(string(k))) }

// shown tells whether there is a secret, since that is often the question.
func shown(s string) string {
	if s == "" {
		return ""
	}
	return Shown
}
