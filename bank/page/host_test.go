package page_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sandbank/bank/page"
)

// A page whose name leads to this machine is not let in: neither to what customers
// see, nor to the banks' controls.
func TestSite_GoesByItsOwnNamesOnly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	site := page.New(l, "https://bank.example", slog.New(slog.DiscardHandler))
	site.Allow("bank.test")
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { site.Run(ctx) })
	defer serving.Wait()
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/confirm", "/readyz", "/control/SANDNL2A"} {
		for name, misdirected := range map[string]bool{"": false, "localhost:1": false, "bank.example": false, "bank.test": false, "evil.example": true} {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Addr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if name != "" {
				r.Host = name
			}
			response, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if got := response.StatusCode == http.StatusMisdirectedRequest; got != misdirected || got && !strings.Contains(string(body), "--allow-host") {
				t.Errorf("%s as %q: %s %s", path, name, response.Status, body)
			}
		}
	}
}
