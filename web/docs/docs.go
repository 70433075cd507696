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
// with no slash at its end; access has the programs' permission tables.
func Mount(r *mux.Router, base string, access Access) {
	get := func(path string, h http.Handler) {
		r.Handle(path, look.SecureHeaders(h)).Methods(http.MethodGet, http.MethodHead)
	}
	get("/docs", page("overview", sync.OnceValue(func() any { return overview(base) })))
	get("/docs/http", page("http", sync.OnceValue(func() any { return httpReference() })))
	get("/docs/streams", page("streams", sync.OnceValue(func() any { return streams(base) })))
	get("/docs/amqp", page("amqp", sync.OnceValue(func() any { return amqpReference() })))
	get("/docs/banks", page("banks", sync.OnceValue(func() any { return banks() })))
	get("/docs/money", page("money", sync.OnceValue(func() any { return moneyPage(base) })))
	get("/docs/steer", page("steer", sync.OnceValue(func() any { return steerPage(base) })))
	get("/docs/scenarios", page("scenarios", sync.OnceValue(func() any { return scenariosPage(base) })))
	get("/docs/check-list", page("check-list", sync.OnceValue(func() any { return checkListPage() })))
	get("/docs/channels", page("channels", sync.OnceValue(func() any { return channels(base) })))
	get("/docs/sign-in", page("signin", sync.OnceValue(func() any { return signIn(base) })))
	get("/docs/proxy", page("proxy", sync.OnceValue(func() any { return behindProxy() })))
	get("/docs/tests", page("tests", sync.OnceValue(func() any { return testsPage() })))
	get("/docs/keep", page("keep", sync.OnceValue(func() any { return keepPage(base) })))
	get("/docs/roles", page("roles", sync.OnceValue(func() any { return roles(base, access) })))
	get("/docs/webhooks", page("webhooks", sync.OnceValue(func() any { return webhooks(base) })))
	r.Handle("/docs/webhooks/check", look.SecureHeaders(http.HandlerFunc(check))).Methods(http.MethodGet, http.MethodHead, http.MethodPost)
	get(sheetPath(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sheet))
	}))
}

// page serves a page that is the same for everybody, made when it is first
// asked for.
func page(name string, view func() any) http.Handler {
	html := sync.OnceValues(func() ([]byte, error) {
		var out bytes.Buffer
		err := pages().Render(&out, name, view())
		return out.Bytes(), err
	})
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
