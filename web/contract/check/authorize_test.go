package check

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// authorize has a person sign in to an app, and holds each step to the contract.
func (h *house) authorize() {
	h.t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(status int, method, path string, form url.Values, headers ...string) (to *url.URL, page string) {
		h.t.Helper()
		r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			h.t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := browser.Do(r)
		if err != nil {
			h.t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if err := CheckResponse(r, resp, body); err != nil || resp.StatusCode != status {
			h.t.Errorf("%s %s: want status %d as described, got %s, %v", method, path, status, resp.Status, err)
		}
		h.asked[method+" /oauth/authorize "+resp.Status[:3]] = true
		to, _ = resp.Location()
		return to, string(body)
	}
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {"demo-app"}, "redirect_uri": {"http://127.0.0.1:9/callback"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	path := "/oauth/authorize?" + q.Encode()
	_, page := ask(200, http.MethodGet, path, nil)
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)[1]
	ask(422, http.MethodPost, path, url.Values{"csrf": {csrf}, "name": {"operator"}, "password": {"wrong"}})
	ask(403, http.MethodPost, path, url.Values{"csrf": {"x"}, "name": {"operator"}, "password": {"operator-password"}})
	ask(403, http.MethodPost, path, url.Values{"csrf": {csrf}}, "Origin", "https://evil.example")
	ask(303, http.MethodGet, strings.Replace(path, "S256", "plain", 1), nil)
	ask(400, http.MethodGet, "/oauth/authorize?client_id=nobody", nil)
	ask(400, http.MethodPost, "/oauth/authorize?client_id=nobody", url.Values{})
	back, _ := ask(303, http.MethodPost, path, url.Values{"csrf": {csrf}, "name": {"operator"}, "password": {"operator-password"}})
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"demo-app"}, "redirect_uri": q["redirect_uri"], "code": back.Query()["code"], "code_verifier": {verifier}}
	got := h.want(200, "", "POST", "/oauth/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {"demo-app"}, "refresh_token": {got["refresh_token"].(string)}}
	h.want(200, "", "POST", "/oauth/token", refresh.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}
