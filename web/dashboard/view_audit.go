package dashboard

import (
	"io"
	"time"
)

// AuditView is the audit log, newest first.
type AuditView struct {
	Frame
	// Filter repeats the values of the GET fields.
	Filter AuditFilter
	// Kinds, Actions and Outcomes are the choices.
	Kinds    []string
	Actions  []Choice
	Outcomes []string
	Rows     []AuditRow
	// OlderURL leads to the next page, NewestURL back to the first; either may be empty.
	OlderURL  string
	NewestURL string
	LetGo     bool // what is listed went with payments that were let go
}

// Choice is one option of a list.
type Choice struct{ Value, Label string }

// AuditFilter is the fields of the form, as they were sent.
type AuditFilter struct {
	Kind, Actor, Action, Object, Outcome, From, To string
}

// Any reports whether the list is only a part.
func (f AuditFilter) Any() bool { return f != AuditFilter{} }

// AuditRow is one record.
type AuditRow struct {
	At      time.Time
	Day     string // 25 Nov
	Action  string
	Who     string
	Object  string
	URL     string // of the object; "" for none
	Outcome string
	Tone    string
	Why     string // the code, and how many alike it stands for
	From    string // address
	Request string
	Number  string // in the chain
}

// RenderAudit writes the audit log.
func RenderAudit(w io.Writer, v AuditView) error { return pages().Render(w, "audit", v) }
