package client

import (
	"net/http"
	"testing"
	"time"
)

// Both forms of Retry-After say how long to wait, and what is neither says nothing.
func TestRetryAfter_BothForms(t *testing.T) {
	const sent = "Sun, 29 Nov 2026 12:00:00 GMT"
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": 0, "-3": 0, "soon": 0, "": 0,
		"Sun, 29 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 29 Nov 2026 11:00:00 GMT": 0,
	} {
		h := http.Header{"Retry-After": {text}, "Date": {sent}}
		if got := retryAfter(h); got != want {
			t.Errorf("Retry-After: %q in an answer of %s: expected %s, got %s", text, sent, want, got)
		}
	}
	if got := retryAfter(http.Header{"Retry-After": {sent}}); got != 0 {
		t.Errorf("a date in an answer without one: expected 0, got %s", got)
	}
}
