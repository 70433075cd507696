package guest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/clock"
)

// The names of the documents.
const (
	listName = "guests"
	keyName  = "guests key"
)

// Documents names what is kept on the shelf, and must not leave it.
func Documents() []string { return []string{listName, keyName} }

// line is a guest as it is stored.
type line struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Until  time.Time `json:"until"`
	Silent bool      `json:"silent,omitempty"`
}

func decode(doc []byte) (list []line, err error) {
	if len(doc) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(doc, &list); err != nil {
		return nil, fmt.Errorf("the merchants made at run time cannot be read: %w", err)
	}
	return list, nil
}

// change changes the document, lets those go whose time is up, and has the registry follow. The caller holds the lock.
func (b *Book) change(ctx context.Context, do func([]line) ([]line, error)) error {
	now, had := b.Clock.Now(), []line(nil)
	doc, err := b.Shelf.ChangeSecret(ctx, listName, func(old []byte) ([]byte, error) {
		list, err := decode(old)
		if err != nil {
			return nil, err
		}
		had = list
		list = slices.DeleteFunc(slices.Clone(list), func(l line) bool { return !now.Before(l.Until) })
		if list, err = do(list); err != nil {
			return nil, err
		}
		slices.SortFunc(list, sooner)
		return json.Marshal(list)
	})
	if err != nil {
		return err
	}
	list, err := decode(doc)
	if err != nil {
		return err
	}
	// Whoever takes a guest out of the document tells the broker. Without it, a guest that is gone may listen on,
	// and hears nothing: it has no more events.
	for _, l := range had {
		if b.Broker != nil && !l.Silent && !has(list, l.ID) {
			b.warn(l.ID, b.Broker.Dismiss(ctx, l.ID))
		}
	}
	b.follow(ctx, list)
	return nil
}

func (b *Book) warn(id string, err error) {
	if err != nil {
		b.Log.Warn("the broker could not be told of a merchant that was made at run time", "merchant", id, "error", err)
	}
}

func has(list []line, id string) bool {
	return slices.ContainsFunc(list, func(l line) bool { return l.ID == id })
}

// heed has the registry follow the document.
func (b *Book) heed(ctx context.Context) error {
	doc, err := b.Shelf.Secret(ctx, listName, func() ([]byte, error) { return []byte("[]"), nil })
	if err != nil {
		return err
	}
	list, err := decode(doc)
	if err != nil {
		return err
	}
	b.follow(ctx, list)
	return nil
}

// follow has the registry know those in the document, and no others.
func (b *Book) follow(ctx context.Context, list []line) {
	gone, here := false, map[string]bool{}
	for _, g := range b.Registry.Guests() {
		here[g.ID] = true
		if !has(list, g.ID) {
			b.Registry.Dismiss(g.ID)
			gone = true
		}
	}
	for _, l := range list {
		if here[l.ID] {
			continue
		}
		g := b.guest(l)
		b.Registry.Admit(g)
		if b.Broker != nil && !l.Silent {
			b.warn(l.ID, b.Broker.Admit(ctx, g.Client, false))
		}
	}
	if gone && b.Gone != nil {
		b.Gone()
	}
}

// asked looks for a guest that another processor may have made a moment ago, not too often.
func (b *Book) asked(id string) {
	if !b.Shared || !ours(id) || !b.rereads.AllowN(b.Clock.Now(), 1) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.heed(ctx); err != nil {
		b.Log.Warn("a merchant made at run time could not be looked for", "error", err)
	}
}

// How often the book is looked at, in the computer's time: for what other processors changed, and for those whose
// time is up.
const (
	lookShared = time.Second
	lookAlone  = time.Minute
)

// Run lets guests go whose time is up, and follows other processors.
func (b *Book) Run(ctx context.Context) {
	pause := lookAlone
	if b.Shared {
		pause = lookShared
	}
	for clock.Pause(ctx, pause) == nil {
		if err := b.Look(ctx); err != nil && ctx.Err() == nil {
			b.Log.Warn("the merchants made at run time could not be looked at", "error", err)
		}
	}
}

// Look lets guests go whose time is up, and follows other processors, once.
func (b *Book) Look(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Clock.Now()
	for _, g := range b.Registry.Guests() {
		if !now.Before(g.Until) {
			return b.change(ctx, func(list []line) ([]line, error) { return list, nil })
		}
	}
	if !b.Shared {
		return nil
	}
	return b.heed(ctx)
}
