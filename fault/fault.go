// Package fault has one error type for everything that goes wrong: a kind for
// the machine, a stable code for the integrator, a message and a hint for the
// reader, and the cause for the log. Transports map the kind to their own status
// in one table; no code decides by error texts.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is the kind of a failure, and so tells who can correct it.
type Kind int

// The kinds. The caller can correct everything up to RateLimited.
const (
	Internal        Kind = iota // a defect or an unforeseen failure of ours
	Invalid                     // the request is malformed or breaks a rule
	Unauthenticated             // no credentials, or bad ones
	Forbidden                   // known caller without the permission
	NotFound                    // the thing does not exist, or belongs to somebody else
	Conflict                    // the present state does not allow it
	Unprocessable               // well formed, but contradicts an earlier request
	TooLarge                    // over a size limit
	Unsupported                 // a method that is not possible here
	MediaType                   // a body in an unsupported format
	RateLimited                 // too many; try again later
	Unavailable                 // an engine or bank is away; try again later
	OtherProtocol               // the server speaks another protocol
	Misdirected                 // asked for under a name that is not the server's
	Gone                        // it was there, and is not kept any more
)

// Field is a complaint about one field of the input.
type Field struct {
	// Pointer names the field: an RFC 6901 JSON pointer, a form field or a
	// header.
	Pointer string `json:"pointer"`
	// Detail says what is wrong and what would be right.
	Detail string `json:"detail"`
}

// Error is the error that crosses package borders.
type Error struct {
	Op      string  // the operation that failed, for the log: "payment.create"
	Kind    Kind    // kind of the failure
	Code    string  // stable, snake_case, documented: "amount_invalid"
	Message string  // what happened, for the caller
	Hint    string  // what to do about it, for the caller
	Fields  []Field // complaints about single fields
	Err     error   // the cause, for the log only
}

// Error joins operation, code, message and cause, for the log.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Pointer, f.Detail)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a kind with a code and a message.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: text(format, args)}
}

// Hinting returns e with a hint for the caller.
func (e *Error) Hinting(format string, args ...any) *Error {
	e.Hint = text(format, args)
	return e
}

// Because returns e with its cause, which is logged and never shown.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// At returns e with a complaint about one field added.
func (e *Error) At(pointer, format string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Pointer: pointer, Detail: text(format, args)})
	return e
}

// text is a formatted text. Most say what they say without arguments, and every request
// begins a list of complaints that mostly stays empty.
func text(format string, args []any) string {
	if len(args) == 0 && !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// From returns the [Error] in err's chain. Any other error becomes an Internal
// one whose text is not shown.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal, "internal_error", "Something went wrong on our side.").
		Hinting("Try again; if it lasts, the log has the request id.").Because(err)
}

// Is reports whether err is an [Error] of the given kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Code returns the stable code of err, or "" if it is no [Error].
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
