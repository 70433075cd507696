package docs

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/web/look"
	"sandbank/web/look/looktest"
	"sandbank/webhook"
)

func TestWebhooks_ScheduleIsTheCodesOwn(t *testing.T) {
	list := schedule()
	if len(list) != webhook.MaxTries || list[0].After != "at once" {
		t.Fatalf("%d lines: %+v", len(list), list)
	}
	total := time.Duration(0)
	for i, wait := range webhook.Schedule() {
		total += wait
		if got := list[i+1]; got.Number != i+2 || got.After != words(wait) || got.Total != words(total) {
			t.Errorf("line %d: %+v", i+1, got)
		}
	}
	if words(time.Hour+2*time.Minute+time.Second) != "1 hour 2 minutes 1 second" {
		t.Errorf("in words: %s", words(time.Hour+2*time.Minute+time.Second))
	}
	_, page := get(t, serve(t).URL+"/docs/webhooks")
	for _, line := range list {
		if !strings.Contains(page, "<td>"+line.After+"</td><td>"+line.Total+"</td>") {
			t.Errorf("the page lacks %+v", line)
		}
	}
}

// The example on the page verifies, with the checker beside it.
func TestWebhooks_ExampleIsTrue(t *testing.T) {
	v := webhooks("http://x")
	if !json.Valid([]byte(v.Full)) || !json.Valid([]byte(v.Thin)) || len(v.Thin) >= len(v.Full) || !strings.Contains(v.Thin, `"status": "captured"`) {
		t.Errorf("bodies: %s %s", v.Full, v.Thin)
	}
	x := webhook.Examine(webhook.Secret([]byte("an example, and nobody's secret!")), v.Headers, exampleEvent().Body(), exampleEvent().At)
	if !x.Fits {
		t.Errorf("examined the page's own example: want it to fit, got %+v", x)
	}
}

// paste posts a form to the checker.
func paste(t *testing.T, base string, form url.Values) (*http.Response, string) {
	t.Helper()
	resp, err := http.PostForm(base+"/docs/webhooks/check", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Content-Security-Policy") != look.CSP {
		t.Errorf("headers: %v", resp.Header)
	}
	return resp, string(page)
}

func TestCheck_LooksAtWhatIsPasted(t *testing.T) {
	s := serve(t)
	resp, empty := get(t, s.URL+"/docs/webhooks/check")
	looktest.Gallery(t, "docs/check", empty)
	if resp.Header.Get("Cache-Control") != "no-store" || strings.Contains(empty, "signature fits") {
		t.Errorf("the empty page: %v", resp.Header)
	}
	v := webhooks("http://x")
	key, body := webhook.Secret([]byte("an example, and nobody's secret!")), string(exampleEvent().Body())
	for name, c := range map[string]struct{ key, body, says string }{
		"right":       {key, body, "A signature fits"},
		"line ends":   {key, body + "\r\n", "without the space around"},
		"another key": {webhook.Secret(make([]byte, 32)), body, "No signature fits"},
		"hostile":     {looktest.Hostile, looktest.Hostile, "A key begins with"},
	} {
		resp, page := paste(t, s.URL, url.Values{"key": {c.key}, "head": {v.Headers}, "body": {c.body}})
		if resp.StatusCode != 200 || !strings.Contains(html.UnescapeString(page), c.says) {
			t.Errorf("%s: %s, and not %q", name, resp.Status, c.says)
		}
		looktest.Gallery(t, "docs/check-"+strings.ReplaceAll(name, " ", "-"), page)
	}
	if resp, page := paste(t, s.URL, url.Values{"body": {strings.Repeat("x", maxPasted)}}); resp.StatusCode != 400 || !strings.Contains(page, "more than") {
		t.Errorf("too much: %s", resp.Status)
	}
}
