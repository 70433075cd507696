package browsertest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"sandbank/internal/engine"
)

// TestRebinding has a page of another site whose name resolves to this machine, as an attacker can
// arrange once it is loaded: all its requests are then of its own origin. It gets nothing.
func TestRebinding_ReadsNothing(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	p := h.pay(t)
	checkout, err := url.Parse(p.CheckoutURL)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t)
	b.expectStatus(421)
	// The page comes from somewhere else and has no policy that would hold it back; ours has one.
	b.do(calling(page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}))
	for _, base := range []string{h.Base(), h.shop} {
		own, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		b.visit("http://" + engine.ReboundHost + ":" + own.Port() + "/")
		b.awaitHeading("Not under this name")
		b.await(`//*[contains(., "--allow-host")]`)
		paths := []string{"/", "/banks", "/office", "/orders", checkout.Path, "/v1/banks", "/v1/payments", "/graphql", "/oauth/token", "/openapi.json", "/readyz", "/webhooks/sandbank"}
		b.do(started(`(async () => {
			const told = [];
			for (const path of ` + quotedList(paths) + `) for (const method of ["GET", "POST"])
				told.push((await fetch(path, { method })).status);
			window.told = [...new Set(told)].join();
		})()`))
		b.awaitTrue(`typeof window.told === "string"`)
		if got := ask[string](b, `window.told`); got != "421" {
			t.Errorf("%s answers %s", base, got)
		}
	}
}

// quotedList is a list of texts as JavaScript has it.
func quotedList(list []string) string { return `["` + strings.Join(list, `", "`) + `"]` }
