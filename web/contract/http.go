package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

// CatalogPath is where RFC 9727 has a host's catalog of APIs.
const CatalogPath = "/.well-known/api-catalog"

// file is one thing to serve.
type file struct {
	path, mediaType string
	content         func() []byte
}

func files(base string) []file {
	return []file{
		{"/openapi.yaml", "application/yaml", func() []byte { return OpenAPI().YAML }},
		{"/openapi.json", "application/json", func() []byte { return OpenAPI().JSON }},
		{"/asyncapi.yaml", "application/yaml", func() []byte { return AsyncAPI().YAML }},
		{"/asyncapi.json", "application/json", func() []byte { return AsyncAPI().JSON }},
		{"/banks.schema.json", "application/schema+json", func() []byte { return BanksFile().JSON }},
		{"/scenarios.schema.json", "application/schema+json", func() []byte { return ScenariosFile().JSON }},
		{CatalogPath, `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`, func() []byte { return Catalog(base) }},
	}
}

// Mount adds the descriptions and the catalog. Base is the public base URL,
// with no slash at its end.
func Mount(r *mux.Router, base string) {
	for _, f := range files(base) {
		r.Handle(f.path, serve(f)).Methods(http.MethodGet, http.MethodHead)
	}
}

// Handler serves what [Mount] adds, and nothing else.
func Handler(base string) http.Handler {
	r := mux.NewRouter()
	Mount(r, base)
	return r
}

// serve answers with a file that does not change while the program runs. Any
// origin may read it: editors and viewers on other origins do.
func serve(f file) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content := f.content()
		sum := sha256.Sum256(content)
		h := w.Header()
		h.Set("Content-Type", f.mediaType)
		h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")
		if f.path == CatalogPath {
			h.Set("Link", `<`+CatalogPath+`>; rel="api-catalog"`)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

// link is a target of RFC 9264.
type link struct {
	Href string `json:"href"`
	Type string `json:"type,omitempty"`
}

// context is what links start from.
type context struct {
	Anchor      string `json:"anchor"`
	Item        []link `json:"item,omitempty"`
	ServiceDesc []link `json:"service-desc,omitempty"`
	ServiceDoc  []link `json:"service-doc,omitempty"`
	ServiceMeta []link `json:"service-meta,omitempty"`
	Status      []link `json:"status,omitempty"`
}

// Catalog is the linkset (RFC 9264) that names the APIs and where each is
// described (RFC 9727).
func Catalog(base string) []byte {
	const html, asJSON, asYAML = "text/html", "application/json", "application/yaml"
	out, _ := json.MarshalIndent(map[string][]context{"linkset": {
		{Anchor: base + CatalogPath, Item: []link{{Href: base + "/v1"}, {Href: base + "/graphql"}, {Href: base + "/asyncapi.json"}}},
		{
			Anchor:      base + "/v1",
			ServiceDesc: []link{{base + "/openapi.json", asJSON}, {base + "/openapi.yaml", asYAML}},
			ServiceDoc:  []link{{base + "/docs", html}},
			ServiceMeta: []link{{base + "/.well-known/oauth-authorization-server", asJSON}},
			Status:      []link{{base + "/readyz", asJSON}},
		},
		{
			Anchor:      base + "/graphql",
			ServiceDesc: []link{{base + "/graphql/schema.graphql", "application/graphql"}},
			ServiceDoc:  []link{{base + "/docs/streams", html}},
		},
		{
			Anchor:      base + "/asyncapi.json",
			ServiceDesc: []link{{base + "/asyncapi.json", asJSON}, {base + "/asyncapi.yaml", asYAML}},
			ServiceDoc:  []link{{base + "/docs/amqp", html}},
		},
	}}, "", "  ") // strings always encode
	return out
}
