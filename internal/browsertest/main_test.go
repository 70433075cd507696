package browsertest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/internal/engine"
)

// shared has the parts that the tests of this binary share: the browser, the
// processor, and the shop that customers come from. Each starts on first use.
var shared = struct {
	browser   func() (context.Context, error)
	processor func() (*house, error)
	shop      func() *httptest.Server
}{
	browser: sync.OnceValues(startBrowser),
	processor: sync.OnceValues(func() (*house, error) {
		h, err := startHouse()
		if err == nil {
			atEnd(h.stop)
		}
		return h, err
	}),
	shop: sync.OnceValue(openShop),
}

// endings end the started parts, last first.
var endings struct {
	mu   sync.Mutex
	list []func() error
}

func atEnd(f func() error) {
	endings.mu.Lock()
	defer endings.mu.Unlock()
	endings.list = append(endings.list, f)
}

func TestMain(m *testing.M) {
	engine.Main(m, func() error {
		var faults []error
		for _, end := range slices.Backward(endings.list) {
			faults = append(faults, end())
		}
		return errors.Join(append(faults, removeBuilt())...)
	})
}

func startBrowser() (context.Context, error) {
	allocator, end, err := engine.Chromium(context.Background())
	if err != nil {
		return nil, err
	}
	ctx, cancel := chromedp.NewContext(allocator)
	atEnd(func() error { cancel(); end(); return nil })
	return ctx, chromedp.Do(ctx)
}

// openShop serves the page that customers come back to.
func openShop() *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><h1>Thank you</h1></html>`))
	}))
	atEnd(func() error { s.Close(); return nil })
	return s
}

// removeBuilt removes the folder of the built processor.
func removeBuilt() error {
	if dir := builtIn.Load(); dir != nil {
		return os.RemoveAll(*dir)
	}
	return nil
}
