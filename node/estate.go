package node

import (
	"context"
	"net"
	"slices"
	"time"

	"sandbank/bank/book"
	"sandbank/chance"
	"sandbank/identity/grant"
	"sandbank/identity/guest"
	"sandbank/web/oauth"
)

// checkoutKeyName is the document with the key of checkouts' addresses.
const checkoutKeyName = "checkout"

// credentials names the documents by which what others hold stays valid. No snapshot has them.
func credentials() []string {
	return slices.Concat(oauth.Secrets(), guest.Documents(), []string{checkoutKeyName})
}

// estate is the state that one life leaves to the next: the keys by which tokens and signatures that
// others hold stay valid, the revocations by which they stay invalid, and the addresses of the shop and the
// banks' page. The first life gets an empty one.
type estate struct {
	secrets     map[string][]byte
	revocations []grant.Revocation
	shop, page  string // addresses; "" for none

	chance *chance.State // of a snapshot with a seed; nil for none
	// Of a snapshot, in memory; nil for none.
	database []byte
	banks    map[string][]book.Record
}

// leaving reads the estate from a life's store. [Node.follow] adds the addresses.
func leaving(ctx context.Context, s Store) (*estate, error) {
	left := &estate{secrets: map[string][]byte{}}
	for _, name := range credentials() {
		doc, err := s.Secret(ctx, name, func() ([]byte, error) { return []byte{}, nil })
		if err != nil {
			return nil, err
		}
		if len(doc) > 0 {
			left.secrets[name] = doc
		}
	}
	var err error
	left.revocations, err = s.Revocations(ctx, 0, time.Time{})
	return left, err
}

// inherited puts what a former life left into a new database.
func (e *estate) inherited(ctx context.Context, s Store) error {
	for name, doc := range e.secrets {
		if _, err := s.ChangeSecret(ctx, name, func([]byte) ([]byte, error) { return doc, nil }); err != nil {
			return err
		}
	}
	for _, r := range e.revocations {
		if err := s.Revoke(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// addressOf is a listener's address, "" for none.
func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
