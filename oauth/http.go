package oauth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/gate"
)

// Mount adds the token endpoint, the key set and the metadata.
func (s *Server) Mount(r *mux.Router) {
	r.HandleFunc("/oauth/token", s.token).Methods(http.MethodPost)
	r.HandleFunc("/.well-known/jwks.json", s.keys).Methods(http.MethodGet)
	r.HandleFunc("/.well-known/oauth-authorization-server", s.metadata).Methods(http.MethodGet)
}

// maxForm bounds a token request, in bytes.
const maxForm = 16 << 10

// tokenResponse is that of RFC 6749, section 5.1.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// errorResponse is that of RFC 6749, section 5.2.
type errorResponse struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// token answers the client credentials grant (RFC 6749, section 4.4), with the
// credentials in a Basic header or in the form.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "The body must be application/x-www-form-urlencoded.")
		return
	}
	switch grant := r.PostForm.Get("grant_type"); grant {
	case "client_credentials":
	case "password", "implicit":
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "This grant must not be used any more (RFC 9700, sections 2.1.2 and 2.4); use client_credentials.")
		return
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials.")
		return
	}
	id, secret, inHeader := basic(r)
	if !inHeader {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	guess, err := s.guess(w, r, id)
	if err != nil {
		s.Gate.Refuse(w, r, err)
		return
	}
	token, err := s.Issue(id, secret)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		if inHeader {
			w.Header().Set("WWW-Authenticate", `Basic realm="sandbank"`)
		}
		refuse(w, http.StatusUnauthorized, "invalid_client", fault.From(err).Message+" "+fault.From(err).Hint)
	case err != nil:
		refuse(w, http.StatusInternalServerError, "server_error", "The token could not be made.")
	default:
		guess.Right()
		reply(w, http.StatusOK, tokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(Life.Seconds())})
	}
}

// guess begins to look at a secret, unless too many were wrong.
func (s *Server) guess(w http.ResponseWriter, r *http.Request, client string) (*gate.Guess, error) {
	if s.Gate == nil {
		return nil, nil
	}
	return s.Gate.Limits.Guess(w, r, client)
}

// basic reads client credentials, which are form-encoded before they are put
// into the header (RFC 6749, section 2.3.1).
func basic(r *http.Request) (id, secret string, ok bool) {
	user, pass, ok := r.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(pass)
	return id, secret, err1 == nil && err2 == nil
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, errorResponse{code, description})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
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

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := s.key.PublicKey.Bytes() // 0x04, then X and Y of 32 bytes each
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "The key cannot be shown.")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	reply(w, http.StatusOK, map[string][]key{"keys": {{
		Type: "EC", Curve: "P-256", Use: "sig", Algorithm: "ES256", ID: s.keyID,
		X: base64.RawURLEncoding.EncodeToString(point[1:33]), Y: base64.RawURLEncoding.EncodeToString(point[33:]),
	}}})
}

// metadata is that of RFC 8414.
func (s *Server) metadata(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"issuer":                                s.issuer,
		"token_endpoint":                        s.issuer + "/oauth/token",
		"jwks_uri":                              s.issuer + "/.well-known/jwks.json",
		"response_types_supported":              []string{},
		"grant_types_supported":                 []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
}
