package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A token is all that is printed, so that a shell can keep it.
func TestToken_PrintsTheTokenAlone(t *testing.T) {
	processor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got := strings.Join([]string{r.URL.Path, user, password, r.FormValue("grant_type"), r.FormValue("expires_in"), r.FormValue("scope")}, " ")
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("expires_in") == "604801" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error":"invalid_request","error_description":"expires_in must be less"}`)
			return
		}
		if want := "/oauth/token demo-shop demo-shop-secret client_credentials 43200 payments:read"; got != want {
			t.Errorf("asked is %q, not %q", got, want)
		}
		_, _ = fmt.Fprint(w, `{"access_token":"a.b.c","token_type":"Bearer","expires_in":43200}`)
	}))
	defer processor.Close()
	if code, out, errs := try(t.Context(), "token", "--url", processor.URL, "--scope", "payments:read"); code != 0 || out != "a.b.c\n" || errs != "" {
		t.Errorf("asked for a token: want it alone on the output, got code %d, %q %q", code, out, errs)
	}
	if code, out, errs := try(t.Context(), "token", "--url", processor.URL, "--life", "168h0m1s"); code != 1 || out != "" || !strings.Contains(errs, "expires_in must be less") {
		t.Errorf("asked for a token of more than a week: want code 1 and the processor's words, got code %d, %q %q", code, out, errs)
	}
	if code, _, errs := try(t.Context(), "token", "--life", "0s"); code != 1 || !strings.Contains(errs, "--life") {
		t.Errorf("asked for a token of no life: want code 1 and an error that names --life, got code %d, %q", code, errs)
	}
}
