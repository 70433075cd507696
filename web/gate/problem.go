package gate

import (
	"encoding/json"
	"net/http"

	"sandbank/fault"
	"sandbank/web/contract"
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
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// Problem answers a request with an error.
func (g *Gate) Problem(w http.ResponseWriter, r *http.Request, requestID string, err error) {
	f := fault.From(err)
	status := statusOf[f.Kind]
	switch {
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		g.Log.Error("request failed", "request", requestID, "method", r.Method, "path", r.URL.Path, "error", err)
	case status == http.StatusServiceUnavailable:
		g.Log.Info("request refused for now", "request", requestID, "method", r.Method, "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "2")
	case status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "":
		w.Header().Set("Retry-After", "10")
	case f.Code == "token_missing": // no error code where nothing was sent (RFC 6750, section 3.1)
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank"`)
	case f.Code == "scope_insufficient":
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank", error="insufficient_scope"`)
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank", error="invalid_token"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Request-Id", requestID)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Problem{
		Type: g.Base + "/problems/" + f.Code, Title: titleOf(f.Code, status), Status: status, Detail: f.Message,
		Code: f.Code, Hint: f.Hint, Errors: f.Fields, RequestID: requestID,
	})
}

// titleOf is the same for every occurrence of a code, as RFC 9457 asks.
func titleOf(code string, status int) string {
	if p, ok := contract.FindProblem(code); ok {
		return p.Title
	}
	return http.StatusText(status)
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
