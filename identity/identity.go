// Package identity defines who may speak to the processor: merchants, the
// clients that act for them, and the secrets in URLs.
package identity

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"sandbank/secret"
)

// Merchant is the owner of payments.
type Merchant struct {
	ID   string
	Name string // shown to customers
}

// Client is a program with OAuth client credentials. It acts for its merchant
// or, in a role without a merchant, for the merchant that a request names.
type Client struct {
	ID       string
	Secret   secret.Text
	Merchant Merchant // empty for a role without one
	Role     Role     // "" is RoleMerchant
}

// Principal is the author of a request.
type Principal struct {
	Client   string
	Person   string // the person who signed in; "" for a program
	Role     Role
	Scope    string    // the permissions of its token, separated by spaces; "" for all of its role
	Merchant Merchant  // empty for a role without one
	Until    time.Time // when its credential expires; zero for never
}

// May reports whether the role has a permission, and the credential includes it.
func (p Principal) May(x Permission) bool {
	return p.Role.May(x) && (p.Scope == "" || slices.Contains(strings.Fields(p.Scope), string(x)))
}

// Expired reports whether the credential has expired.
func (p Principal) Expired(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// Left returns how long the credential is still valid, at most the given time.
func (p Principal) Left(now time.Time, most time.Duration) time.Duration {
	if p.Until.IsZero() {
		return most
	}
	return min(most, p.Until.Sub(now))
}

// The development credentials are fixed, printed at the start, and refused
// unless the listener is on loopback.
var (
	DemoShop     = Client{ID: "demo-shop", Secret: "demo-shop-secret", Merchant: Merchant{ID: "demo-shop", Name: "Harbor Goods"}, Role: RoleMerchant}
	OtherShop    = Client{ID: "other-shop", Secret: "other-shop-secret", Merchant: Merchant{ID: "other-shop", Name: "Other Shop"}, Role: RoleMerchant}
	DemoReader   = Client{ID: "demo-reader", Secret: "demo-reader-secret", Merchant: DemoShop.Merchant, Role: RoleMerchantReader}
	DemoOperator = Client{ID: "demo-operator", Secret: "demo-operator-secret", Role: RoleOperator}
	DemoAuditor  = Client{ID: "demo-auditor", Secret: "demo-auditor-secret", Role: RoleAuditor}
)

// Development lists the development credentials, merchants first.
func Development() []Client {
	return []Client{DemoShop, OtherShop, DemoReader, DemoOperator, DemoAuditor}
}

// Checkout makes and reads the secret in a checkout URL: the payment's UUID and
// half an HMAC-SHA256 of it, so that it needs no column and no look-up, and
// cannot be guessed from the payment's id.
type Checkout struct{ macs *sync.Pool }

// NewCheckout uses a key of at least 32 bytes, the same on every processor.
func NewCheckout(key []byte) Checkout {
	key = bytes.Clone(key)
	return Checkout{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

const paymentPrefix = "pay_"

// Token is the secret for a payment id.
func (c Checkout) Token(paymentID string) string {
	id, err := uuid.Parse(paymentID[len(paymentPrefix):])
	if err != nil {
		panic("identity: not a payment id: " + paymentID)
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], c.mac(id)...))
}

// Payment reads a token; false where it was not made with this key.
func (c Checkout) Payment(token string) (string, bool) {
	// The decoder skips line ends; a token has one spelling only.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 32 || len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return "", false
	}
	id := uuid.UUID(raw[:16])
	return paymentPrefix + id.String(), hmac.Equal(raw[16:], c.mac(id))
}

func (c Checkout) mac(id uuid.UUID) []byte {
	m := c.macs.Get().(hash.Hash) // one that was used keeps what it made of the key
	defer c.macs.Put(m)
	m.Reset()
	m.Write([]byte("checkout\n"))
	m.Write(id[:])
	return m.Sum(nil)[:16]
}
