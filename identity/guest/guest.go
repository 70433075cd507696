// Package guest makes merchants at run time, each for a while: for a scenario that wants one of its own, or for a
// student of a class. Processors on one database share them.
//
//	Open ─▶ document in the store ─▶ registry here, broker
//	                └─ another processor: asked for an id that it does not know, or by itself after a moment
//
// What is stored has no credentials: a guest's secret is derived from a key, so that every processor knows it, also
// after a restart.
package guest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/secret"
)

// Bounds of guests. A class, which has bounds of its own, counts apart.
const (
	Most     = 500 // at a time, with credentials
	Shortest = time.Minute
	Longest  = 24 * time.Hour
	Usual    = time.Hour
)

// Shelf keeps documents, which all processors on one database share.
type Shelf interface {
	// ChangeSecret changes a document under a lock; it is nil at first.
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
	// Secret reads a document, which is made where there is none.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
}

// Broker has guests listen over AMQP.
type Broker interface {
	// Admit lets a client listen. Fresh is for one that has just been made, by this processor.
	Admit(ctx context.Context, c identity.Client, fresh bool) error
	Dismiss(ctx context.Context, id string) error
}

// Config is what a book is made of.
type Config struct {
	Shelf    Shelf
	Registry *identity.Registry // where guests are entered
	Clock    clock.Computer
	Broker   Broker // nil for none
	Gone     func() // is called after guests have gone; nil for nobody
	Shared   bool   // other processors may be on the shelf
	Log      *slog.Logger
}

// Book has the guests.
type Book struct {
	Config
	key     []byte
	rereads *rate.Limiter // for ids that are not known

	mu sync.Mutex // one change at a time
}

// New opens the book, with the guests who are in it.
func New(ctx context.Context, c Config) (*Book, error) {
	b := &Book{Config: c, rereads: rate.NewLimiter(20, 20)}
	var err error
	if b.key, err = c.Shelf.Secret(ctx, keyName, func() ([]byte, error) { return chance.Secret(32), nil }); err != nil {
		return nil, err
	}
	if err := b.heed(ctx); err != nil {
		return nil, err
	}
	c.Registry.Ask(b.asked, c.Clock)
	return b, nil
}

// Wish is for a guest.
type Wish struct {
	Kind  string // the first part of its id: [ForScenario] or [ForStudent]
	Name  string // shown to customers
	Until time.Time
	// Silent is for one that nobody acts as by itself: it has no credentials.
	Silent bool
}

// The kinds of guests.
const (
	ForScenario = "guest"
	ForStudent  = "student"
)

// Open makes a guest.
func (b *Book) Open(ctx context.Context, w Wish) (identity.Guest, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := w.Kind + "-" + code()
	one := line{ID: id, Name: w.Name, Until: w.Until, Silent: w.Silent}
	err := b.change(ctx, func(list []line) ([]line, error) {
		if !w.Silent && count(list) >= Most {
			return nil, fault.New(fault.Conflict, "merchants_too_many", "%d merchants were made at run time and are still there, as many as there may be.", Most).
				Hinting("End some of them. GET /sim/merchants lists them.")
		}
		return append(list, one), nil
	})
	if err != nil {
		return identity.Guest{}, err
	}
	g := b.guest(one)
	if b.Broker != nil && !w.Silent {
		if err := b.Broker.Admit(ctx, g.Client, true); err != nil {
			err = errors.Join(err, b.drop(context.WithoutCancel(ctx), id))
			return identity.Guest{}, fault.New(fault.Unavailable, "broker_unavailable", "The broker could not be told of the merchant, so it was not made.").Because(err)
		}
	}
	return g, nil
}

func count(list []line) (n int) {
	for _, l := range list {
		if !l.Silent {
			n++
		}
	}
	return n
}

// Close ends guests, before their time or at it.
func (b *Book) Close(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drop(ctx, ids...)
}

// drop takes guests out of the document; change does the rest.
func (b *Book) drop(ctx context.Context, ids ...string) error {
	return b.change(ctx, func(list []line) ([]line, error) {
		return slices.DeleteFunc(list, func(l line) bool { return slices.Contains(ids, l.ID) }), nil
	})
}

// End ends one guest that has credentials.
func (b *Book) End(ctx context.Context, id string) error {
	if _, err := b.Find(id); err != nil {
		return err
	}
	return b.Close(ctx, id)
}

// List lists the guests that have credentials.
func (b *Book) List() []identity.Guest {
	now := b.Clock.Now()
	return slices.DeleteFunc(b.Registry.Guests(), func(g identity.Guest) bool { return g.Secret == "" || !now.Before(g.Until) })
}

// Find finds one of them.
func (b *Book) Find(id string) (identity.Guest, error) {
	b.Registry.Merchant(id) // which asks, if need be
	for _, g := range b.List() {
		if g.ID == id {
			return g, nil
		}
	}
	return identity.Guest{}, fault.New(fault.NotFound, "merchant_not_found", "No merchant that was made at run time has this id.").
		Hinting("GET /sim/merchants lists those that are there. One is gone when its time is up.")
}

// guest is a line with its secret.
func (b *Book) guest(l line) identity.Guest {
	g := identity.Guest{Until: l.Until, Client: identity.Client{ID: l.ID, Merchant: identity.Merchant{ID: l.ID, Name: l.Name}, Role: identity.RoleMerchant}}
	if !l.Silent {
		m := hmac.New(sha256.New, b.key)
		m.Write([]byte("guest\n" + l.ID))
		g.Secret = secret.Text(base64.RawURLEncoding.EncodeToString(m.Sum(nil)))
	}
	return g
}

// alphabet has as many characters as five bits count.
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"

const codeLength = 12

// code draws the second part of an id, which no other guest has.
func code() string {
	b := chance.Secret(codeLength)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// ours reports whether an id has the form of a guest's.
func ours(id string) bool {
	kind, code, _ := strings.Cut(id, "-")
	return (kind == ForScenario || kind == ForStudent) && len(code) == codeLength && strings.Trim(code, alphabet) == ""
}

// sooner orders lines by when they go.
func sooner(a, b line) int { return cmp.Or(a.Until.Compare(b.Until), strings.Compare(a.ID, b.ID)) }
