// Package grant is what the authorization server has given out and may take back:
// the keys that sign its tokens, the grants of people to apps, the secrets that
// stand for a grant, and what was revoked. It is all that processors side by
// side have to share; the rules that need no store are here, too.
package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"sandbank/identity"
)

// Grant is what one sign-in of a person allows one app: the family of everything
// that was issued for it. To revoke the grant is to revoke the family.
type Grant struct {
	ID       string        `json:"id"`
	App      string        `json:"app"`
	Person   string        `json:"person"`
	Role     identity.Role `json:"role"`
	Merchant string        `json:"merchant,omitempty"`
	Scope    string        `json:"scope"` // permissions, a space between them
	MadeAt   time.Time     `json:"made_at"`
	Until    time.Time     `json:"until"`
}

// Kind is what a ticket is good for.
type Kind string

// The kinds of tickets.
const (
	Code    Kind = "code"    // exchanged for tokens, once
	Refresh Kind = "refresh" // exchanged for the next ones, once
	Session Kind = "session" // a browser's, of the dashboard
)

// Ticket is a secret that stands for a grant. Only its hash is kept: who reads the
// database can use none. They are made of chance, so a plain hash will do.
type Ticket struct {
	Hash        string    `json:"hash"`
	Grant       string    `json:"grant"`
	Kind        Kind      `json:"kind"`
	RedirectURI string    `json:"redirect_uri,omitempty"` // of a code
	Challenge   string    `json:"challenge,omitempty"`    // of a code, S256
	Until       time.Time `json:"-"`
	Spent       bool      `json:"-"`
}

// ErrNoTicket says that there is no such ticket or grant, or not any more.
var ErrNoTicket = errors.New("there is no such grant, or it was taken back")

// Hash is what is kept of a secret.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Revocation takes back a token, by its id, or everything of a grant, by that one's.
type Revocation struct {
	Number int64 // in the order of revoking
	ID     string
	Until  time.Time // afterwards nothing of it would be valid anyway
}
