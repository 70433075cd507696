package mollie

import (
	"net/http"
	"strings"

	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

// problem is an error as this API has it.
type problem struct {
	Status int          `json:"status"`
	Title  string       `json:"title"`
	Detail string       `json:"detail"`
	Field  string       `json:"field,omitempty"`
	Links  object.Links `json:"_links"`
}

// statuses are the HTTP statuses of this API where they are not the house's.
var statuses = map[fault.Kind]int{
	fault.Conflict: http.StatusUnprocessableEntity, fault.Gone: http.StatusGone, fault.Unsupported: http.StatusMethodNotAllowed,
	fault.Unprocessable: http.StatusUnprocessableEntity,
}

// titles are those that are not the names of their statuses.
var titles = map[int]string{http.StatusUnauthorized: "Unauthorized Request", http.StatusUnprocessableEntity: "Unprocessable Entity"}

// Refuse implements [gate.Refuser]: an error object.
func (a *API) Refuse(w http.ResponseWriter, _ *http.Request, refusal gate.Refusal) {
	p := a.problem(refusal)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Mollie"`)
	}
	_ = write(w, p.Status, p) // texts always encode
}

func (a *API) problem(refusal gate.Refusal) problem {
	f := refusal.Fault
	p := problem{Status: refusal.Status, Detail: said(f), Links: object.Links{"documentation": a.Documentation()}}
	switch {
	case strings.HasPrefix(f.Code, "idempotency_key_in_flight"):
		p.Status = http.StatusConflict
	case strings.HasPrefix(f.Code, "idempotency"):
		p.Status = http.StatusBadRequest
	case f.Kind == fault.Invalid && len(f.Fields) > 0 && !strings.HasPrefix(f.Code, "query"):
		p.Status = http.StatusUnprocessableEntity
	default:
		if other, has := statuses[f.Kind]; has {
			p.Status = other
		}
	}
	if p.Title = titles[p.Status]; p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if len(f.Fields) > 0 {
		p.Field = fieldOf(f.Fields[0].Pointer)
	}
	return p
}

// said is a complaint in sentences: that of the house, with its fields and hint.
func said(f *fault.Error) string {
	s := f.Message
	for _, field := range f.Fields {
		if field.Detail != f.Message {
			s += " " + fieldOf(field.Pointer) + " " + field.Detail + "."
		}
	}
	if f.Hint != "" && f.Kind != fault.NotFound {
		s += " " + f.Hint
	}
	return s
}

// fields are the fields of this API for those of the house's own.
var fields = map[string]string{"/return_url": "redirectUrl", "/reference": "description", "/bank": "issuer", "/url": "webhookUrl", "/capture": "captureMode", "amount": "amount"}

// fieldOf is the field of a place in the house's own bodies.
func fieldOf(pointer string) string {
	if name, known := fields[pointer]; known {
		return name
	}
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
}

// noSuch is the error for an object that is not there for the caller.
func noSuch(kind, id string) error {
	return fault.New(fault.NotFound, "not_found", "No %s exists with token %s.", kind, form.Shown(id))
}
