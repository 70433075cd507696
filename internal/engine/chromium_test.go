package engine_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/internal/engine"
)

func TestBrowser_ShowsPage(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>Sandbank</title>"))
	}))
	t.Cleanup(page.Close)
	browser, cancel := chromedp.NewContext(engine.Browser(t))
	defer cancel()
	if err := chromedp.Do(browser, chromedp.Navigate(page.URL)); err != nil {
		t.Fatal(err)
	}
	title, err := chromedp.Run(browser, chromedp.Title())
	if err != nil {
		t.Fatal(err)
	}
	if title != "Sandbank" {
		t.Fatalf("title %q", title)
	}
}
