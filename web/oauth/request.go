package oauth

import (
	"fmt"
	"net/url"
	"regexp"

	"sandbank/identity"
)

// request is an authorization request (RFC 6749, section 4.1.1) with PKCE.
type request struct {
	app         identity.App
	redirectURI string
	state       string
	scope       string
	challenge   string
}

const maxState = 512

// challengeForm is SHA-256 in base64url, as S256 makes it.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// readRequest reads a query. Where the app or its redirect URI is not right, the
// browser is not redirected, and unsafe has the reason. Other mistakes go to the
// app, by its own redirect URI: refused has them.
func (s *Server) readRequest(query string) (r request, unsafe, refused *refusal) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return r, invalid("invalid_request", "The address of this page is not complete."), nil
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(q[name]) > 1 {
			return r, invalid("invalid_request", "%s is given twice.", name), nil
		}
	}
	var ok bool
	if r.app, ok = s.app(q.Get("client_id")); !ok {
		return r, invalid("invalid_client", "The app that sent you here is not known to this processor."), nil
	}
	r.redirectURI = q.Get("redirect_uri")
	if !r.app.Permits(r.redirectURI) {
		return r, invalid("redirect_invalid", "%s wants you sent back to an address that it has not registered.", r.app.Name), nil
	}
	if r.state = q.Get("state"); len(q["state"]) > 1 || len(r.state) > maxState {
		r.state = ""
		return r, nil, invalid("invalid_request", "state is given twice, or is longer than %d characters.", maxState)
	}
	return r, nil, r.read(q)
}

// refusal is an error in OAuth's own form: a code of its RFCs, and words beside it.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + ": " + r.text }

func invalid(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// read reads the parameters whose mistakes may be reported to the app.
func (r *request) read(q url.Values) *refusal {
	if name := repeated(q); name != "" {
		return invalid("invalid_request", "A parameter is given twice.")
	}
	switch response := q.Get("response_type"); response {
	case "code":
	case "":
		return invalid("invalid_request", "response_type is missing; it must be code.")
	default:
		return invalid("unsupported_response_type", "response_type must be code: the implicit grant must not be used any more (RFC 9700, section 2.1.2).")
	}
	if q.Has("request") || q.Has("request_uri") {
		return invalid("request_not_supported", "Request objects are not supported.")
	}
	if mode := q.Get("response_mode"); mode != "" && mode != "query" {
		return invalid("invalid_request", "response_mode must be query.")
	}
	if q.Get("code_challenge_method") != "S256" {
		return invalid("invalid_request", "code_challenge_method must be S256 (RFC 9700, section 2.1.1); without it the method is plain, which protects nobody who is watched.")
	}
	if r.challenge = q.Get("code_challenge"); !challengeForm.MatchString(r.challenge) {
		return invalid("invalid_request", "code_challenge must be the SHA-256 of the code_verifier in base64url, 43 characters (RFC 7636, section 4.2).")
	}
	r.scope = q.Get("scope")
	_, err := scopesOf(r.scope)
	return err
}

// back is the redirect URI with an answer. The issuer is part of it, so that an
// app with several servers cannot be confused (RFC 9207).
func (r request) back(issuer string, answer url.Values) string {
	u, err := url.Parse(r.redirectURI)
	if err != nil {
		panic("oauth: a redirect URI was not checked: " + r.redirectURI)
	}
	q := u.Query()
	for name, value := range answer {
		q[name] = value
	}
	q.Set("iss", issuer)
	if r.state != "" {
		q.Set("state", r.state)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// origin is where a form that ends at the redirect URI leads, for form-action.
func (r request) origin() string {
	u, err := url.Parse(r.redirectURI)
	switch {
	case err != nil:
		return "'none'"
	case u.Host == "":
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}
