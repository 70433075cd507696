package stripe

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/web/gate"
)

// The kinds of keys by their prefixes.
const (
	secretKey      = "sk_test_"
	restrictedKey  = "rk_test_" // of roles that change nothing
	publishableKey = "pk_test_" // for browsers: sees what it has a client secret of
)

// Keys are what one client calls this API with.
type Keys struct {
	Secret      string // sk_test_… or, of a role that changes nothing, rk_test_…
	Publishable string // pk_test_…; "" for a client without a merchant
}

// KeysOf are the keys of a client. They follow from its id and secret, so that there
// is one credential to keep, and a new secret ends them.
func KeysOf(c identity.Client) Keys {
	role, k := cmp.Or(c.Role, identity.RoleMerchant), Keys{}
	if role.May(identity.WritePayments) {
		k.Secret = secretKey + guest.Mark(c.ID) + derived(c, "secret key")
	} else {
		k.Secret = restrictedKey + derived(c, "restricted key")
	}
	if role == identity.RoleMerchant {
		k.Publishable = publishableKey + guest.Mark(c.ID) + derived(c, "publishable key")
	}
	return k
}

func derived(c identity.Client, what string) string {
	mac := hmac.New(sha256.New, []byte(c.Secret.Reveal()))
	_, _ = mac.Write([]byte("stripe " + what + " of " + c.ID))
	return hex.EncodeToString(mac.Sum(nil)[:24])
}

// ring knows whose each key is.
type ring map[string]identity.Principal

func newRing(clients ...identity.Client) ring {
	r := ring{}
	for _, c := range clients {
		caller := identity.Principal{Client: c.ID, Role: cmp.Or(c.Role, identity.RoleMerchant), Merchant: c.Merchant}
		k := KeysOf(c)
		if r[k.Secret] = caller; k.Publishable != "" {
			r[k.Publishable] = caller
		}
	}
	return r
}

// holder is whose a key is. That of a merchant made at run time says which one's it may be.
func (a *API) holder(key string) (identity.Principal, bool) {
	for _, prefix := range []string{secretKey, publishableKey} {
		if id, marked := guest.Marked(strings.TrimPrefix(key, prefix)); marked {
			c, here := a.Clients.Client(id)
			if !here {
				return identity.Principal{}, false
			}
			return newRing(c).find(key)
		}
	}
	return a.keys.find(key)
}

// find compares every key, so that the time it takes says nothing about one.
func (r ring) find(key string) (found identity.Principal, known bool) {
	for k, caller := range r {
		if subtle.ConstantTimeCompare([]byte(k), []byte(key)) == 1 {
			found, known = caller, true
		}
	}
	return found, known
}

// keyOf is the key of a request: a bearer token, or the user name of Basic
// authentication.
func keyOf(r *http.Request) string {
	if name, _, basic := r.BasicAuth(); basic {
		return name
	}
	return gate.Bearer(r.Header.Get("Authorization"))
}

func publishable(r *http.Request) bool { return strings.HasPrefix(keyOf(r), publishableKey) }

// Authenticate implements [gate.Authenticator].
func (a *API) Authenticate(r *http.Request) (identity.Principal, error) {
	key := keyOf(r)
	_, kind, _ := strings.Cut(key, "_")
	switch {
	case key == "":
		return identity.Principal{}, fault.New(fault.Unauthenticated, gate.TokenMissing,
			"You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	case strings.HasPrefix(kind, "live_"):
		return identity.Principal{}, fault.New(fault.Unauthenticated, "live_key_refused",
			"This is Sandbank, a simulator, and you sent a live key. It was not looked at and is kept nowhere; if it came over a network, roll it.")
	}
	caller, known := a.holder(key)
	if !known {
		return caller, fault.New(fault.Unauthenticated, "api_key_invalid", "Invalid API Key provided: %s. The keys of this Sandbank are printed at its start.", masked(key))
	}
	return caller, nil
}

// masked is a key as an error may repeat it.
func masked(key string) string {
	for _, prefix := range []string{secretKey, restrictedKey, publishableKey} {
		if strings.HasPrefix(key, prefix) {
			return prefix + "****"
		}
	}
	return "****"
}

// accountPrefix begins the identifier of a merchant's account.
const accountPrefix = object.AccountPrefix

// Named implements [gate.Authenticator]: Stripe-Account names the merchant for a key
// of a role without one.
func (*API) Named(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Stripe-Account"), accountPrefix)
}
