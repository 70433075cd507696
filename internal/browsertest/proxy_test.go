package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"sandbank/internal/engine"
)

// behind is a house behind a real nginx that does as the directives say with the house's address.
func behind(t *testing.T, directives string) *house {
	t.Helper()
	addr := [2]string{engine.Address(t), engine.Address(t)}
	h := ownHouse(t, "--addr", addr[0], "--public-url", "http://"+addr[1], "--trusted-proxy", "127.0.0.1/32", "--allow-development-credentials")
	nginx, err := engine.StartNginx(t.Context(), t.TempDir(), addr[1], fmt.Sprintf(directives, addr[0]), `map $http_upgrade $connection_upgrade { default upgrade; "" ""; }`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nginx.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// TestProxy_CustomersPayBehindNginx pays and signs in behind nginx with its defaults, which replace
// Host by the upstream's, and with the settings of /docs/proxy.
func TestProxy_CustomersPayBehindNginx(t *testing.T) {
	t.Parallel()
	for name, directives := range map[string]string{
		"as it comes": `location / { proxy_pass http://%s; }`,
		"by the docs": `location / { proxy_pass http://%s; proxy_http_version 1.1; proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }`,
		"without the port": `location / { proxy_pass http://%s; proxy_set_header Host $host; }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := behind(t, directives)
			p := h.pay(t)
			b := open(t)
			b.visit(p.CheckoutURL)
			b.payWith(goodCard)
			b.awaitHeading("Payment complete")

			b.visit(h.Base() + "/banks")
			b.awaitHeading("Sign in")
			b.click(byCSS(`[aria-label="Use operator"]`))
			b.pressTo("Sign in")
			b.await(`//form[contains(., "operator")]//button[.="Sign out"]`)
			b.pressTo("Sign out")
			b.awaitHeading("You are signed out")
		})
	}
}

// TestProxy_NamesTheCause has a proxy that is not in the processor's settings: its page names
// the cause and the remedy.
func TestProxy_NamesTheCause(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	p := h.pay(t)
	upstream, err := url.Parse(h.Base())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) }})
	t.Cleanup(proxy.Close)
	b := open(t)
	b.expectStatus(http.StatusForbidden)
	b.visit(proxy.URL + p.CheckoutURL[len(h.Base()):])
	b.enterCard(goodCard)
	b.pressTo("Continue to review")
	b.awaitHeading("This form came from another address")
	b.await(fmt.Sprintf(`//*[contains(., "%s (Origin)") and contains(., "%s (Host)") and contains(., "--public-url")]`, proxy.URL, upstream.Host))
}
