package gate

import (
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment/form"
)

// Dialect is how one API is spoken at the gate: how it authenticates callers,
// which bodies it reads, and how it refuses. Permissions, limits and the audit
// log are the same for all APIs. The house's own dialect is in own.go; another
// API is a package with a Dialect that its routes name. A member that is left
// out is as in the house's own.
type Dialect struct {
	Authenticator Authenticator
	Body          Body
	Refuser       Refuser
	// Owns reports whether a request is addressed to this API, by its path or its
	// host. It decides which dialect answers a request that no route takes.
	Owns func(r *http.Request) bool
}

// Authenticator authenticates the callers of an API.
type Authenticator interface {
	// Authenticate finds the caller. An error of the kind [fault.Unauthenticated]
	// counts as a wrong guess, unless its code is [TokenMissing].
	Authenticate(r *http.Request) (identity.Principal, error)
	// Named is the id of the merchant on whose behalf the caller asks; "" where
	// the request names none.
	Named(r *http.Request) string
}

// TokenMissing is the code of the error for a request without any credential.
const TokenMissing = "token_missing"

// Refuser writes errors as an API does.
type Refuser interface {
	// Refuse answers the request: headers, status and body. Headers that all APIs
	// have, such as Retry-After, are set already.
	Refuse(w http.ResponseWriter, r *http.Request, refusal Refusal)
}

// Refusal is an error on its way to a caller.
type Refusal struct {
	Fault     *fault.Error
	Status    int // the HTTP status of its kind
	RequestID string
}

// Body is what an API takes as a request's body.
type Body struct {
	Name  string // in an error: "The body must be JSON."
	Media string // the media type
	Limit int64  // in bytes; 0 for 64 KiB
}

// JSON is the body of the house's own API.
var JSON = Body{Name: "JSON", Media: "application/json"}

const usualLimit = 64 << 10

func (b Body) limit() int64 { return cmp.Or(b.Limit, usualLimit) }

// bound cuts a request's body off at the limit.
func (b Body) bound(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, b.limit())
}

// Read reads the whole body of a request that declares the media type, and
// inflates one that came compressed, within the same limit. The content is for the
// handler to judge.
func (b Body) Read(r *http.Request) ([]byte, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != b.Media {
		return nil, fault.New(fault.MediaType, "content_type", "The body must be %s.", b.Name).Hinting("Send \"Content-Type: %s\".", b.Media)
	}
	plain, err := inflated(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(plain, b.limit()+1))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	switch {
	case err != nil && plain != r.Body:
		return nil, fault.New(fault.Invalid, "body_unreadable", "The body is not gzip, as its Content-Encoding says.").Because(err)
	case err != nil:
		return nil, fault.New(fault.Invalid, "body_unreadable", "The body did not arrive whole.").Because(err)
	case int64(len(body)) > b.limit(): // once it was inflated
		return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than %d bytes.", b.limit())
	}
	return body, nil
}

// inflated is a request's body without its coding (RFC 9110, section 8.4). The
// caller has to bound the read: a small body may become a large one.
func inflated(r *http.Request) (io.Reader, error) {
	var codings []string
	for _, coding := range tokens(r.Header, "Content-Encoding") {
		if coding != "" && coding != "identity" {
			codings = append(codings, coding)
		}
	}
	switch {
	case len(codings) == 0:
		return r.Body, nil
	case len(codings) > 1 || codings[0] != "gzip" && codings[0] != "x-gzip":
		return nil, fault.New(fault.MediaType, "content_encoding", "A body in the coding %s is not read here.", form.Shown(strings.Join(codings, ", "))).
			Hinting("Send it plain, or with \"Content-Encoding: gzip\".")
	}
	plain, err := gzip.NewReader(r.Body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than %d bytes.", tooLarge.Limit)
		}
		return nil, fault.New(fault.Invalid, "body_unreadable", "The body is not gzip, as its Content-Encoding says.").Because(err)
	}
	return plain, nil
}

// dialectOf is the dialect of a route.
func (g *Gate) dialectOf(route Route) Dialect {
	own := g.own()
	if route.Dialect == nil {
		return own
	}
	return own.but(*route.Dialect)
}

// but is the dialect with what another one has in its stead.
func (d Dialect) but(other Dialect) Dialect {
	d.Owns = other.Owns
	if other.Authenticator != nil {
		d.Authenticator = other.Authenticator
	}
	if other.Body.Media != "" {
		d.Body = other.Body
	}
	if other.Refuser != nil {
		d.Refuser = other.Refuser
	}
	return d
}

// spoken is the dialect in which a request outside any route is refused, and
// whether the request names one.
func (g *Gate) spoken(r *http.Request) (d Dialect, named bool) {
	for _, d := range g.dialects {
		if d.Owns(r) {
			return g.own().but(*d), true
		}
	}
	return g.own(), ownPath(r.URL.Path)
}
