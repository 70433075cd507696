package oauth

import (
	"errors"
	"net/http"

	"sandbank/audit"
	"sandbank/identity"
	"sandbank/identity/grant"
)

// revocation answers RFC 7009: a token that was given to the caller counts no
// more. A token that is none, or another's, is no error, and nothing happens.
func (s *Server) revocation(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	who, ok := s.prove(w, r)
	if !ok {
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		refuse(w, http.StatusBadRequest, "invalid_request", "The token is missing.")
		return
	}
	err := s.takeBack(r, who, token)
	s.note(w, r, audit.TokenRevoke, s.claimedClient(who.id()), err)
	if err != nil {
		s.Log.Error("a token could not be revoked", "error", err)
		refuse(w, http.StatusServiceUnavailable, "server_error", "The token could not be revoked; it still counts. Try again.")
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (s *Server) takeBack(r *http.Request, who caller, token string) error {
	if e, err := s.read(token); err == nil {
		if e.claims.ClientID != who.id() {
			return nil
		}
		return s.revoke(r.Context(), e.claims.ID, e.claims.ExpiresAt.Add(2*leeway))
	}
	g, k, err := s.Store.Ticket(r.Context(), grant.Hash(token))
	switch {
	case errors.Is(err, grant.ErrNoTicket):
		return nil
	case err != nil:
		return err
	case g.App != who.id() || k.Kind != grant.Refresh:
		return nil
	}
	return s.revokeGrant(r.Context(), g.ID)
}

// introspected is the answer of RFC 7662, section 2.2.
type introspected struct {
	Active    bool            `json:"active"`
	TokenType string          `json:"token_type,omitempty"`
	Scope     string          `json:"scope,omitempty"`
	ClientID  string          `json:"client_id,omitempty"`
	Username  string          `json:"username,omitempty"`
	Subject   string          `json:"sub,omitempty"`
	Roles     []identity.Role `json:"roles,omitempty"`
	Issuer    string          `json:"iss,omitempty"`
	Audience  string          `json:"aud,omitempty"`
	IssuedAt  int64           `json:"iat,omitempty"`
	Expires   int64           `json:"exp,omitempty"`
	ID        string          `json:"jti,omitempty"`
}

// introspection answers RFC 7662. To a merchant's client, a token of another
// client is not active, as any other text.
func (s *Server) introspection(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	who, ok := s.prove(w, r)
	switch {
	case !ok:
		return
	case who.app.ID != "":
		w.Header().Set("WWW-Authenticate", `Basic realm="sandbank"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", "This is for clients that have a secret.")
		return
	case r.PostForm.Get("token") == "":
		refuse(w, http.StatusBadRequest, "invalid_request", "The token is missing.")
		return
	}
	e, err := s.read(r.PostForm.Get("token"))
	if err != nil || e.claims.ClientID != who.id() && !who.staff() {
		reply(w, http.StatusOK, introspected{})
		return
	}
	c := e.claims
	reply(w, http.StatusOK, introspected{
		Active: true, TokenType: "Bearer", Scope: c.Scope, ClientID: c.ClientID, Username: e.principal.Person, Subject: c.Subject, Roles: c.Roles,
		Issuer: c.Issuer, Audience: s.Issuer, IssuedAt: c.IssuedAt.Unix(), Expires: c.ExpiresAt.Unix(), ID: c.ID,
	})
}
