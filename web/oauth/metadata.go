package oauth

import (
	"encoding/base64"
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/web/host"
	"sandbank/web/look"
)

// Mount adds the endpoints of the authorization server.
func (s *Server) Mount(r *mux.Router) {
	r.HandleFunc("/oauth/token", s.token).Methods(http.MethodPost)
	r.HandleFunc("/oauth/revoke", s.revocation).Methods(http.MethodPost)
	r.HandleFunc("/oauth/introspect", s.introspection).Methods(http.MethodPost)
	r.HandleFunc("/oauth/authorize", s.authorize).Methods(http.MethodGet)
	own := host.OwnForms(s.Issuer)
	own.SetDenyHandler(look.SecureHeaders(http.HandlerFunc(s.foreign)))
	r.Handle("/oauth/authorize", own.Handler(http.HandlerFunc(s.signIn))).Methods(http.MethodPost)
	r.HandleFunc("/.well-known/jwks.json", s.keySet).Methods(http.MethodGet)
	r.HandleFunc("/.well-known/oauth-authorization-server", s.metadata).Methods(http.MethodGet)
}

// key is a public key as RFC 7517 and RFC 7518, section 6.2, write it.
type key struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
}

// keySet has the keys that a verifier may meet, the next one included.
func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	k, list := s.keys.Load(), []key{}
	for _, one := range k.ring.Usable(s.Clock.Now()) {
		point, err := k.keys[one.ID].PublicKey.Bytes() // 0x04, then X and Y of 32 bytes each
		if err != nil {
			refuse(w, http.StatusInternalServerError, "server_error", "The key cannot be shown.")
			return
		}
		list = append(list, key{
			Type: "EC", Curve: "P-256", Use: "sig", Algorithm: "ES256", ID: one.ID,
			X: base64.RawURLEncoding.EncodeToString(point[1:33]), Y: base64.RawURLEncoding.EncodeToString(point[33:]),
		})
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	reply(w, http.StatusOK, map[string][]key{"keys": list})
}

// metadata is the document of RFC 8414.
func (s *Server) metadata(w http.ResponseWriter, _ *http.Request) {
	withSecret := []string{"client_secret_basic", "client_secret_post"}
	withOrWithout := append([]string{"none"}, withSecret...)
	reply(w, http.StatusOK, map[string]any{
		"issuer":                                         s.Issuer,
		"authorization_endpoint":                         s.Issuer + "/oauth/authorize",
		"token_endpoint":                                 s.Issuer + "/oauth/token",
		"revocation_endpoint":                            s.Issuer + "/oauth/revoke",
		"introspection_endpoint":                         s.Issuer + "/oauth/introspect",
		"jwks_uri":                                       s.Issuer + "/.well-known/jwks.json",
		"scopes_supported":                               identity.Permissions(),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"client_credentials", "authorization_code", "refresh_token"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          withOrWithout,
		"revocation_endpoint_auth_methods_supported":     withOrWithout,
		"introspection_endpoint_auth_methods_supported":  withSecret,
		"authorization_response_iss_parameter_supported": true, // RFC 9207
		"service_documentation":                          s.Issuer + "/docs/sign-in",
	})
}
