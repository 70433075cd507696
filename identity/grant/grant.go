// Package grant holds what the authorization server has issued and may revoke:
// the keys that sign its tokens, the grants of people to apps, the secrets that
// represent a grant, and the revocations. Processors side by side share nothing
// else of it. The rules that need no store are here, too.
package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"sandbank/identity"
)

// Grant is the permission that one sign-in of a person gives one app. All codes,
// tokens and sessions issued for it belong to it; to revoke the grant is to
// revoke them all.
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

// Kind is the use of a ticket.
type Kind string

// The kinds of tickets.
const (
	Code    Kind = "code"    // exchanged for tokens, once
	Refresh Kind = "refresh" // exchanged for the next ones, once
	Session Kind = "session" // kept by a browser, for the dashboard
)

// Ticket is a secret that represents a grant. Only its hash is kept, so that a
// reader of the database can use none. Tickets are random, so a plain hash is
// enough.
type Ticket struct {
	Hash        string    `json:"hash"`
	Grant       string    `json:"grant"`
	Kind        Kind      `json:"kind"`
	RedirectURI string    `json:"redirect_uri,omitempty"` // of a code
	Challenge   string    `json:"challenge,omitempty"`    // of a code, S256
	Until       time.Time `json:"-"`
	Spent       bool      `json:"-"`
}

// ErrNoTicket says that there is no such ticket or grant, or that it was
// revoked.
var ErrNoTicket = errors.New("there is no such grant, or it was taken back")

// Hash returns the stored form of a secret.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Revocation revokes a token by its id, or everything of a grant by the grant's
// id.
type Revocation struct {
	Number int64 // in the order of revoking
	ID     string
	Until  time.Time // when all of it has expired anyway
}
