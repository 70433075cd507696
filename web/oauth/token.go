package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"sandbank/audit"
	"sandbank/identity/grant"
)

// tokenResponse is the answer of RFC 6749, section 5.1.
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
}

// errorResponse is the answer of RFC 6749, section 5.2.
type errorResponse struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, errorResponse{code, description})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}

// token answers the grants that RFC 9700 has left over.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	var exchange func(*http.Request, caller) (tokenResponse, error)
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		exchange = s.forClient
	case "authorization_code":
		exchange = s.forCode
	case "refresh_token":
		exchange = s.forRefresh
	case "password", "implicit":
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "This grant must not be used any more (RFC 9700, sections 2.1.2 and 2.4); use authorization_code with PKCE for people, client_credentials for programs.")
		return
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token.")
		return
	}
	who, ok := s.prove(w, r)
	if !ok {
		return
	}
	answer, err := exchange(r, who)
	s.note(w, r, audit.TokenIssue, s.claimedClient(who.id()), err)
	var no *refusal
	switch {
	case errors.As(err, &no):
		refuse(w, http.StatusBadRequest, no.code, no.text)
	case err != nil:
		s.Log.Error("a token could not be made", "error", err)
		refuse(w, http.StatusInternalServerError, "server_error", "The token could not be made.")
	default:
		answer.TokenType, answer.ExpiresIn = "Bearer", cmp.Or(answer.ExpiresIn, int(Life.Seconds()))
		reply(w, http.StatusOK, answer)
	}
}

// forClient answers the client credentials grant (RFC 6749, section 4.4).
func (s *Server) forClient(r *http.Request, who caller) (t tokenResponse, err error) {
	if who.app.ID != "" {
		return t, invalid("unauthorized_client", "An app has no secret, and so nothing to get a token for; send people to /oauth/authorize.")
	}
	life, no := s.lifeOf(r.PostForm.Get("expires_in"))
	if no != nil {
		return t, no
	}
	life = s.atMost(who.client, life)
	t.ExpiresIn = int(life.Seconds())
	t.AccessToken, t.Scope, err = s.issueTo(who.client, r.PostForm.Get("scope"), life)
	return t, err
}

// lifeOf reads for how many seconds a client wants its token to be good.
func (s *Server) lifeOf(asked string) (time.Duration, *refusal) {
	if asked == "" {
		return Life, nil
	}
	seconds, err := strconv.ParseUint(asked, 10, 32)
	if life := time.Duration(seconds) * time.Second; err == nil && life >= time.Second && life <= s.longest() {
		return life, nil
	}
	return 0, invalid("invalid_request", "expires_in must be 1 to %.0f seconds here; more is given only by a processor that nobody but its own machine can reach.", s.longest().Seconds())
}

// invalidGrant gives no details: they would help an attacker.
func invalidGrant() error {
	return invalid("invalid_grant", "The code or refresh token is not valid: it is unknown, used, expired, revoked, or was given to another client or for another redirect_uri or code_challenge.")
}

// forCode answers the authorization code grant with PKCE.
func (s *Server) forCode(r *http.Request, who caller) (t tokenResponse, err error) {
	f := r.PostForm
	g, err := s.redeem(r.Context(), f.Get("code"), who.app.ID, f.Get("redirect_uri"), f.Get("code_verifier"))
	if err != nil {
		return t, err
	}
	return s.tokens(r.Context(), g, g.Scope)
}

// redeem exchanges a code for its grant. The code is spent even if the exchange
// fails. A code that was spent before is stolen, and everything issued for it is
// revoked (RFC 6749, section 4.1.2).
func (s *Server) redeem(ctx context.Context, code, app, redirectURI, verifier string) (grant.Grant, error) {
	g, k, err := s.spend(ctx, code, grant.Code)
	if err != nil {
		return g, err
	}
	if g.App != app || k.RedirectURI != redirectURI || !fits(verifier, k.Challenge) {
		return g, invalidGrant()
	}
	return g, nil
}

// spend spends a secret of a kind. A spent secret that comes again revokes its
// grant.
func (s *Server) spend(ctx context.Context, secret string, kind grant.Kind) (grant.Grant, grant.Ticket, error) {
	hash := grant.Hash(secret)
	g, k, err := s.Store.Ticket(ctx, hash)
	if errors.Is(err, grant.ErrNoTicket) || err == nil && k.Kind != kind {
		return g, k, invalidGrant()
	}
	if err != nil {
		return g, k, err
	}
	if g, k, err = s.Store.Spend(ctx, hash); errors.Is(err, grant.ErrNoTicket) {
		return g, k, invalidGrant()
	} else if err != nil {
		return g, k, err
	}
	if k.Spent {
		s.Log.Warn("a code or refresh token came twice; everything of its grant is revoked", "grant", g.ID, "app", g.App, "person", g.Person, "kind", kind)
		if err := s.revokeGrant(ctx, g.ID); err != nil {
			return g, k, err
		}
		return g, k, invalidGrant()
	}
	now := s.Clock.Now()
	_, err = s.person(g.App, g.Person, g.Role)
	if err != nil || !now.Before(k.Until) || !now.Before(g.Until) {
		return g, k, invalidGrant()
	}
	return g, k, nil
}

// verifierForm is the form of RFC 7636, section 4.1.
var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// fits reports whether a verifier is the one of a challenge, S256.
func fits(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return verifierForm.MatchString(verifier) &&
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// forRefresh answers the refresh token grant: every token is used once.
func (s *Server) forRefresh(r *http.Request, who caller) (t tokenResponse, err error) {
	g, _, err := s.spend(r.Context(), r.PostForm.Get("refresh_token"), grant.Refresh)
	if err != nil {
		return t, err
	}
	if g.App != who.app.ID {
		return t, invalidGrant()
	}
	scope, no := within(g.Scope, r.PostForm.Get("scope"))
	if no != nil {
		return t, no
	}
	return s.tokens(r.Context(), g, scope)
}

// tokens are an access token of a grant, and the next refresh token.
func (s *Server) tokens(ctx context.Context, g grant.Grant, scope string) (t tokenResponse, err error) {
	if t.RefreshToken, err = s.addTicket(ctx, g, grant.Refresh, refreshLife); err != nil {
		return t, err
	}
	t.Scope = scope
	t.AccessToken, err = s.issueFor(g, scope)
	return t, err
}

// addTicket makes a secret that stands for a grant.
func (s *Server) addTicket(ctx context.Context, g grant.Grant, kind grant.Kind, life time.Duration) (string, error) {
	secret, until := rand.Text(), s.Clock.Now().Add(life)
	if g.Until.Before(until) {
		until = g.Until
	}
	err := s.Store.AddTicket(ctx, grant.Ticket{Hash: grant.Hash(secret), Grant: g.ID, Kind: kind, Until: until})
	if errors.Is(err, grant.ErrNoTicket) { // taken back a moment ago
		return "", invalidGrant()
	}
	return secret, err
}
