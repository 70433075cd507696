// Package docs is the documentation for integrators: an overview, the HTTP and AMQP
// references, and webhooks. The references are made from the contract, and the page on
// webhooks from their constants, so that they cannot say anything else. One page
// examines a webhook that is pasted into it: why a signature does not fit. The pages
// need no script and nothing from elsewhere.
//
//	contract (openapi, asyncapi, problems) ──┐
//	                                         ├─▶ views, once ─▶ look ─▶ /docs
//	instrument, reason (the test vocabulary) ┤
//	webhook (schedule, limits, signatures) ──┘
package docs

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

//go:embed docs.css
var sheet []byte

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

var sheetPath = sync.OnceValue(func() string {
	sum := sha256.Sum256(sheet)
	return "/docs/" + hex.EncodeToString(sum[:6]) + ".css"
})

// Mount adds the pages. Base is the public base URL, for the commands to copy,
// with no slash at its end; access has the programs' permission tables. It returns what finds passages in them.
func Mount(r *mux.Router, base string, access Access) Search {
	get := func(path string, h http.Handler) {
		r.Handle(path, look.SecureHeaders(h)).Methods(http.MethodGet, http.MethodHead)
	}
	all := &shelf{html: map[string]func() ([]byte, error){}}
	add := func(path, name string, view func() any) {
		html := rendered(name, view)
		all.add(path, html)
		get(path, page(html))
	}
	add("/docs", "overview", func() any { return overview(base) })
	mountHTTP(get, all)
	mountRecipes(get, all)
	add("/docs/streams", "streams", func() any { return streams(base) })
	add("/docs/amqp", "amqp", func() any { return amqpReference() })
	add("/docs/banks", "banks", func() any { return banks() })
	add("/docs/money", "money", func() any { return moneyPage(base) })
	add("/docs/steer", "steer", func() any { return steerPage(base) })
	add("/docs/scenarios", "scenarios", func() any { return scenariosPage(base) })
	add("/docs/check-list", "check-list", func() any { return checkListPage(base) })
	add("/docs/channels", "channels", func() any { return channels(base) })
	add("/docs/sign-in", "signin", func() any { return signIn(base) })
	add("/docs/proxy", "proxy", func() any { return behindProxy() })
	add("/docs/side-by-side", "cluster", func() any { return clusterPage() })
	add("/docs/teach", "teach", func() any { return teachPage(base) })
	add("/docs/tests", "tests", func() any { return testsPage() })
	add("/docs/stripe", "stripe", func() any { return stripePage(base, access.Stripe) })
	add("/docs/mollie", "mollie", func() any { return molliePage(base, access.Mollie) })
	add("/docs/monitor", "monitor", func() any { return monitorPage(base) })
	add("/docs/command-line", "command-line", func() any { return commandLinePage(base) })
	add("/docs/keep", "keep", func() any { return keepPage(base) })
	add("/docs/roles", "roles", func() any { return roles(base, access) })
	add("/docs/webhooks", "webhooks", func() any { return webhooks(base) })
	all.add("/docs/webhooks/check", rendered("check", func() any { return CheckView{Frame: Frame{Section: "webhooks"}} }))
	r.Handle("/docs/webhooks/check", look.SecureHeaders(http.HandlerFunc(check))).Methods(http.MethodGet, http.MethodHead, http.MethodPost)
	get(sheetPath(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sheet))
	}))
	find := all.search()
	find.mount(get)
	return find
}

// rendered renders a page that is the same for everybody, when it is first asked for.
func rendered(name string, view func() any) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		var out bytes.Buffer
		err := pages().Render(&out, name, view())
		return out.Bytes(), err
	})
}

// page serves a rendered page.
func page(html func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := html()
		if err != nil {
			http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}
