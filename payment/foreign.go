package payment

import (
	"encoding/json"
	"maps"
	"time"
)

// Foreign is what another API, a dialect, keeps with a payment that was made
// through it.
type Foreign struct {
	Dialect string          `json:"dialect"`           // that it was made through, or that first kept something with it
	Note    json.RawMessage `json:"note,omitempty"`    // the dialect's own document
	Beside  Notes           `json:"beside,omitempty"`  // those of further dialects
	Stopped string          `json:"stopped,omitempty"` // where the customer is led back to where nothing was paid; "" for the return URL
}

// Notes are documents of dialects, by their names.
type Notes map[string]json.RawMessage

// NoteIn is what a dialect keeps with the payment; nil for nothing.
func (p Payment) NoteIn(dialect string) json.RawMessage {
	switch {
	case p.Foreign == nil:
		return nil
	case p.Foreign.Dialect == dialect:
		return p.Foreign.Note
	}
	return p.Foreign.Beside[dialect]
}

// WithNote is the payment with what a dialect keeps with it from now on. What others keep stays.
func (p Payment) WithNote(dialect string, note json.RawMessage) Payment {
	foreign := Foreign{Dialect: dialect}
	if p.Foreign != nil {
		foreign = *p.Foreign
	}
	if foreign.Dialect == dialect {
		foreign.Note = note
	} else {
		beside := maps.Clone(foreign.Beside)
		if beside == nil {
			beside = Notes{}
		}
		beside[dialect] = note
		foreign.Beside = beside
	}
	p.Foreign = &foreign
	return p
}

// In reports whether the payment was made through a dialect.
func (p Payment) In(dialect string) bool { return p.Foreign != nil && p.Foreign.Dialect == dialect }

// BackURL leads the customer back to the merchant; "" for nowhere.
func (p Payment) BackURL() string {
	if p.Foreign == nil || p.Foreign.Stopped == "" {
		return p.ReturnURL
	}
	switch p.Status {
	case Processing, ActionRequired, Authorized, Captured:
		return p.ReturnURL
	case Created, Declined, Failed, Canceled, Voided, Abandoned:
	}
	return p.Foreign.Stopped
}

// Annotated is the payment with another description, metadata, way back and foreign
// note. Nothing else of the wish counts.
func (p Payment) Annotated(now time.Time, wish Payment) Payment {
	p.Description, p.Metadata, p.ReturnURL, p.Return, p.Foreign = wish.Description, wish.Metadata, wish.ReturnURL, wish.Return, wish.Foreign
	p.UpdatedAt = now
	p.Version++
	return p
}
