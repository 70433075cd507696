package shop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"sandbank/chance"
	"sandbank/web/host"
)

// cookieName differs from the checkout's: browsers send cookies to every port
// of a host.
func (s *Shop) cookieName() string {
	if s.secure() {
		return "__Host-sandbank-shop"
	}
	return "sandbank-shop"
}

func (s *Shop) secure() bool { return strings.HasPrefix(s.PublicURL, "https://") }

const sessionBytes = 16

func (s *Shop) session(r *http.Request) string {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil || len(cookie.Value) != base64.RawURLEncoding.EncodedLen(sessionBytes) {
		return ""
	}
	return cookie.Value
}

// csrf is the form's token, bound to the browser's session, which begins here
// if there is none.
func (s *Shop) csrf(w http.ResponseWriter, r *http.Request) string {
	session := s.session(r)
	if session == "" {
		session = base64.RawURLEncoding.EncodeToString(chance.Secret(sessionBytes))
		http.SetCookie(w, &http.Cookie{
			Name: s.cookieName(), Value: session, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
		})
	}
	return s.tokenOf(session)
}

func (s *Shop) tokenOf(session string) string {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(session))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// ownForm reports whether a submit comes from a form of ours, in the browser
// that got it.
func (s *Shop) ownForm(r *http.Request) bool {
	if !host.FromOwnPage(r, s.PublicURL) {
		return false
	}
	session := s.session(r)
	return session != "" && hmac.Equal([]byte(r.PostForm.Get("csrf")), []byte(s.tokenOf(session)))
}
