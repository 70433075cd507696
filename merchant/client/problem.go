package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is an error answer of the processor: RFC 9457 problem details. Get at
// it with errors.As, and decide by Code, never by text.
type Problem struct {
	Type      string       `json:"type"`   // a page that explains the code
	Title     string       `json:"title"`  // the status, in words
	Status    int          `json:"status"` // the HTTP status
	Detail    string       `json:"detail"` // what happened
	Code      string       `json:"code"`   // stable, for programs: "bank_offline"
	Hint      string       `json:"hint"`   // what to do about it
	Errors    []FieldError `json:"errors"` // complaints about single fields
	RequestID string       `json:"request_id"`
	// RetryAfter is how long the processor asks to wait; 0 where it does not.
	RetryAfter time.Duration `json:"-"`
}

// FieldError is a complaint about one place in the request.
type FieldError struct {
	Pointer string `json:"pointer"` // RFC 6901: "/amount/value"
	Detail  string `json:"detail"`
}

// Error joins the members that are there.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Code)
	if text := strings.TrimSpace(p.Detail + " " + p.Hint); text != "" {
		b.WriteString(": " + text)
	}
	for _, e := range p.Errors {
		fmt.Fprintf(&b, "; %s %s", e.Pointer, e.Detail)
	}
	if p.RequestID != "" {
		b.WriteString(" (" + p.RequestID + ")")
	}
	return b.String()
}

// Code is the code of the [Problem] in err's chain, or "" where there is none.
func Code(err error) string {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Code
	}
	return ""
}

// problemOf reads an error answer. An answer without a problem document, such
// as a proxy's page, still becomes a Problem, with the status alone.
func problemOf(r *http.Response) *Problem {
	p := &Problem{}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxProblem))
	if json.Unmarshal(body, p) != nil {
		p = &Problem{}
	}
	p.Status = r.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(r.StatusCode)
	}
	if p.Code == "" {
		p.Code = "http_" + strconv.Itoa(r.StatusCode)
	}
	p.RetryAfter = retryAfter(r.Header)
	return p
}

// retryAfter is how long an answer asks to wait: in seconds, or until a date (RFC 9110, section 10.2.3), which
// proxies send and which is reckoned from the answer's own date; 0 for not at all.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	sent, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, until.Sub(sent))
}

const maxProblem = 64 << 10
