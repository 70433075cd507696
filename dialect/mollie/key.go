package mollie

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/web/gate"
)

// The prefixes of API keys.
const (
	testKey = "test_"
	liveKey = "live_"
	// tokenPrefix begins Mollie's access tokens; those of this house are taken with it and without it.
	tokenPrefix = "access_"
)

// KeyOf is a client's API key. It follows from its id and secret, so that there is one credential to keep, and a new secret
// ends it.
func KeyOf(c identity.Client) string {
	mac := hmac.New(sha256.New, []byte(c.Secret.Reveal()))
	_, _ = mac.Write([]byte("mollie key of " + c.ID))
	return testKey + guest.Mark(c.ID) + hex.EncodeToString(mac.Sum(nil)[:20])
}

// ring knows whose each key is.
type ring map[string]identity.Principal

func newRing(clients ...identity.Client) ring {
	r := ring{}
	for _, c := range clients {
		r[KeyOf(c)] = identity.Principal{Client: c.ID, Role: cmp.Or(c.Role, identity.RoleMerchant), Merchant: c.Merchant}
	}
	return r
}

// holder is whose a key is. That of a merchant made at run time says which one's it may be.
func (a *API) holder(key string) (identity.Principal, bool) {
	id, marked := guest.Marked(strings.TrimPrefix(key, testKey))
	if !marked {
		return a.keys.find(key)
	}
	c, here := a.Clients.Client(id)
	if !here {
		return identity.Principal{}, false
	}
	return newRing(c).find(key)
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

// Authenticate implements [gate.Authenticator]: an API key, or an access token of this house.
func (a *API) Authenticate(r *http.Request) (identity.Principal, error) {
	key := gate.Bearer(r.Header.Get("Authorization"))
	switch {
	case key == "":
		return identity.Principal{}, fault.New(fault.Unauthenticated, gate.TokenMissing, "Missing authentication, or failed to authenticate. Send an API key: \"Authorization: Bearer test_…\".")
	case strings.HasPrefix(key, liveKey):
		return identity.Principal{}, fault.New(fault.Unauthenticated, "live_key_refused",
			"This is Sandbank, a simulator, and you sent a live key. It was not looked at and is kept nowhere; if it came over a network, replace it.")
	case !strings.HasPrefix(key, testKey):
		return a.Tokens(strings.TrimPrefix(key, tokenPrefix))
	}
	caller, known := a.holder(key)
	if !known {
		return caller, fault.New(fault.Unauthenticated, "api_key_invalid", "Missing authentication, or failed to authenticate. The keys of this Sandbank are printed at its start.")
	}
	return caller, nil
}

// Named implements [gate.Authenticator]: a role without a merchant names one as in the house's own API, or by its profile.
func (*API) Named(r *http.Request) string {
	if profile, ok := strings.CutPrefix(r.URL.Query().Get("profileId"), object.ProfilePrefix); ok {
		return profile
	}
	return r.Header.Get(gate.MerchantHeader)
}

// owns reports whether a request is this API's.
func owns(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/mollie/") }
