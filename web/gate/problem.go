package gate

import (
	"encoding/json"
	"net/http"

	"sandbank/fault"
)

// Problem is an error response: RFC 9457 problem details, with the extension
// members code, hint, errors and request_id.
type Problem struct {
	Type      string        `json:"type"`   // a page that explains the code
	Title     string        `json:"title"`  // of the code, in a few words
	Status    int           `json:"status"` // the HTTP status
	Detail    string        `json:"detail"` // what happened
	Code      string        `json:"code"`   // stable, for programs
	Hint      string        `json:"hint,omitempty"`
	Errors    []fault.Field `json:"errors,omitempty"` // complaints about single fields
	RequestID string        `json:"request_id"`
}

// statusOf is the one table from kinds of failure to HTTP.
var statusOf = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Unprocessable:   http.StatusUnprocessableEntity,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unsupported:     http.StatusMethodNotAllowed,
	fault.MediaType:       http.StatusUnsupportedMediaType,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.OtherProtocol:   http.StatusUpgradeRequired,
	fault.Misdirected:     http.StatusMisdirectedRequest,
	fault.Gone:            http.StatusGone,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// StatusOf is the HTTP status of a kind of failure, on pages as in answers to
// programs.
func StatusOf(k fault.Kind) int { return statusOf[k] }

// refuse answers a request with an error, as its dialect has it.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, d Dialect, requestID string, err error) {
	refusal := Refusal{Fault: fault.From(err), RequestID: requestID}
	refusal.Status = statusOf[refusal.Fault.Kind]
	switch {
	case refusal.Status == http.StatusServiceUnavailable:
		g.Log.InfoContext(r.Context(), "request refused for now", "request", requestID, "method", r.Method, "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "2")
	case refusal.Status >= http.StatusInternalServerError:
		g.Log.ErrorContext(r.Context(), "request failed", "request", requestID, "method", r.Method, "path", r.URL.Path, "error", err)
	case refusal.Status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "":
		w.Header().Set("Retry-After", "10")
	}
	if refusal.Fault.Code == "content_encoding" { // which codings are read: RFC 9110, section 12.5.3
		w.Header().Set("Accept-Encoding", "gzip")
	}
	w.Header().Set("X-Request-Id", requestID)
	d.Refuser.Refuse(w, r, refusal)
}

// Reply answers with JSON.
func Reply(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded, '\n')) // the client is gone if this fails
	return nil
}

// Attach says that what follows is a file to be kept.
func Attach(w http.ResponseWriter, contentType, name string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
