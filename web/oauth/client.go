package oauth

import (
	"mime"
	"net/http"
	"net/url"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/secret"
	"sandbank/web/gate"
)

// maxForm bounds a posted form, in bytes.
const maxForm = 16 << 10

// caller is the program behind a request to the server's own endpoints: a client
// that showed its secret, or an app, which has none.
type caller struct {
	client identity.Client
	app    identity.App
}

// id is the caller's client_id.
func (c caller) id() string {
	if c.app.ID != "" {
		return c.app.ID
	}
	return c.client.ID
}

// staff reports whether the caller's role is for all merchants.
func (c caller) staff() bool {
	r := roleOf(c.client)
	return c.app.ID == "" && r.Valid() && !r.OfMerchant() && r != identity.RoleBank
}

// formType is the media type of the server's own endpoints (RFC 6749, section
// 3.2).
const formType = "application/x-www-form-urlencoded"

// form reads a posted form. A parameter that comes twice could be read one way
// here and another way in front (RFC 6749, section 3.2).
func form(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	// Of another type nothing would be read, and what is missing be complained of.
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != formType || r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "The body must be "+formType+".")
		return false
	}
	if name := repeated(r.PostForm); name != "" {
		refuse(w, http.StatusBadRequest, "invalid_request", "A parameter is given twice.")
		return false
	}
	return true
}

// repeated names a parameter that is given more than once, or is "".
func repeated(v url.Values) string {
	for name, list := range v {
		if len(list) > 1 {
			return name
		}
	}
	return ""
}

// credentials are the credentials of a request, in a Basic header or in the
// form.
type credentials struct {
	id, secret string
	inHeader   bool
	// The Basic header without RFC 6749's decoding, where that differs: curl,
	// Postman and most HTTP libraries do not encode.
	asSent *identity.Client
}

func credentialsOf(r *http.Request) (credentials, *refusal) {
	c := credentials{id: r.PostForm.Get("client_id"), secret: r.PostForm.Get("client_secret")}
	user, password, ok := r.BasicAuth()
	if !ok { // some send a bearer token with everything
		return c, nil
	}
	id, meant, ok := decoded(user, password)
	if !ok {
		id, meant = user, password
	}
	if c.secret != "" || c.id != "" && c.id != id {
		return c, invalid("invalid_request", "The credentials are given in two ways; choose one.")
	}
	return credentials{id, meant, true, &identity.Client{ID: user, Secret: secret.Text(password)}}, nil
}

// authenticate finds the client of credentials. A Basic header is tried with and
// without decoding, both each time, so that it takes the same time whichever is
// right.
func (s *Server) authenticate(c credentials) (identity.Client, error) {
	client, err := s.Clients.Authenticate(c.id, c.secret)
	if c.asSent == nil {
		return client, err
	}
	other, otherErr := s.Clients.Authenticate(c.asSent.ID, c.asSent.Secret.Reveal())
	if err != nil {
		return other, otherErr
	}
	return client, nil
}

// decoded reads client credentials, which are form-encoded before they are put
// into the header (RFC 6749, section 2.3.1).
func decoded(user, password string) (id, secret string, ok bool) {
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	return id, secret, err1 == nil && err2 == nil
}

// prove identifies the caller, or answers the request with an error. An app
// gives its id alone; that is enough where it also presents a secret of its
// own, such as a code.
func (s *Server) prove(w http.ResponseWriter, r *http.Request) (caller, bool) {
	c, no := credentialsOf(r)
	if no != nil {
		refuse(w, http.StatusBadRequest, no.code, no.text)
		return caller{}, false
	}
	if a, ok := s.app(c.id); ok && !c.inHeader && c.secret == "" {
		return caller{app: a}, true
	}
	guess, err := s.guess(w, r, c.id)
	if err != nil {
		s.Gate.RefuseTo(w, r, actionOf(r), s.claimedClient(c.id), err)
		return caller{}, false
	}
	client, err := s.authenticate(c)
	if err != nil {
		s.note(w, r, actionOf(r), s.claimedClient(c.id), err)
		if c.inHeader {
			w.Header().Set("WWW-Authenticate", `Basic realm="sandbank"`)
		}
		refuse(w, http.StatusUnauthorized, "invalid_client", fault.From(err).Message+" "+fault.From(err).Hint)
		return caller{}, false
	}
	guess.Right()
	return caller{client: client}, true
}

// guess begins to look at a secret, unless too many were wrong.
func (s *Server) guess(w http.ResponseWriter, r *http.Request, who string) (*gate.Guess, error) {
	if s.Gate == nil {
		return nil, nil
	}
	return s.Gate.Limits.Guess(w, r, who)
}
