package hostedpage

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment/instrument"
	"sandbank/web/host"
)

// details are the form's details that the review and the confirm step need.
// They have no card number and no security code.
type details struct {
	Instrument instrument.Instrument `json:"i"`
	Bank       string                `json:"b,omitempty"`
	Holder     string                `json:"h,omitempty"`
}

// vault seals details for the way through the browser, bound to its session, so
// that nothing is kept here between the steps and nobody can make them up.
type vault struct {
	aead cipher.AEAD
	key  []byte
}

func newVault(key []byte) (vault, error) {
	if len(key) != 32 {
		return vault{}, fmt.Errorf("hostedpage: the key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(derive(key, "details"))
	if err != nil {
		return vault{}, err
	}
	aead, err := cipher.NewGCM(block)
	return vault{aead, derive(key, "csrf")}, err
}

func derive(key []byte, purpose string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose))
	return m.Sum(nil)
}

func (v vault) seal(d details, session string) string {
	plain, _ := json.Marshal(d) // a struct of strings always encodes
	nonce := chance.Secret(v.aead.NonceSize())
	return base64.RawURLEncoding.EncodeToString(v.aead.Seal(nonce, nonce, plain, []byte(session)))
}

func (v vault) open(sealed, session string) (d details, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < v.aead.NonceSize() || session == "" {
		return d, false
	}
	n := v.aead.NonceSize()
	plain, err := v.aead.Open(nil, raw[:n], raw[n:], []byte(session))
	return d, err == nil && json.Unmarshal(plain, &d) == nil
}

// cookieName carries the __Host- prefix where the browser would honor it.
func (c *Checkout) cookieName() string {
	if c.Secure {
		return "__Host-sandbank-checkout"
	}
	return "sandbank-checkout"
}

func (v *visit) readSession() string {
	cookie, err := v.r.Cookie(v.cookieName())
	if err != nil || len(cookie.Value) != 22 {
		return ""
	}
	return cookie.Value
}

// csrf is the form's token, bound to the browser's session, which begins here
// if there is none. Lax lets the customer come back from the bank's page.
func (v *visit) csrf() string {
	if v.session == "" {
		v.session = base64.RawURLEncoding.EncodeToString(chance.Secret(16))
		http.SetCookie(v.w, &http.Cookie{
			Name: v.cookieName(), Value: v.session, Path: "/", HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
		})
	}
	return v.vault.csrf(v.session)
}

func (v vault) csrf(session string) string {
	m := hmac.New(sha256.New, v.key)
	m.Write([]byte(session))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// checkOrigin refuses a submit that does not come from a form of ours: neither
// a foreign Origin nor a missing token gets through. A form that another address's
// page sent, or ours through a proxy that nobody told of, is form_foreign.
func (v *visit) checkOrigin() error {
	if !host.FromOwnPage(v.r, v.PublicURL) {
		return fault.New(fault.Forbidden, "form_foreign", "The form was sent from %.100s (Origin), and arrived at %.100s (Host).", v.r.Header.Get("Origin"), v.r.Host).
			Hinting("This processor is public at %s.", cmp.Or(v.PublicURL, "no other address"))
	}
	refused := fault.New(fault.Forbidden, "form_stale", "The form was not made for this browser.")
	if v.session == "" || !hmac.Equal([]byte(v.r.PostForm.Get("csrf")), []byte(v.vault.csrf(v.session))) {
		return refused
	}
	return nil
}
