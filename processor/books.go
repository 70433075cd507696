package processor

import (
	"context"
	"time"

	"sandbank/ledger"
)

// Ledger reads the ledger.
type Ledger interface {
	// Entries lists the newest first.
	Entries(ctx context.Context, f EntryFilter) ([]SealedEntry, error)
	// LatestEntries lists the newest entries of the ledger, newest first.
	LatestEntries(ctx context.Context, limit int) ([]SealedEntry, error)
	// Balances folds every posting committed so far.
	Balances(ctx context.Context) ([]ledger.Balance, error)
	// BalancesAt folds the postings of entries that were booked until an instant.
	BalancesAt(ctx context.Context, at time.Time) ([]ledger.Balance, error)
}

// SealedEntry is an entry with its place in the chain, if it has one yet.
type SealedEntry struct {
	ledger.Entry
	Seal ledger.Seal // zero until sealed
}

// EntryQuery narrows a list of entries; "" stands for all.
type EntryQuery struct {
	Account     ledger.Account
	Kind        string
	From, Until time.Time // booked at From or later, and before Until; zero for always
}

// Entries lists entries of the ledger, newest first; of one account they are its
// statement.
func (p *Processor) Entries(ctx context.Context, q EntryQuery, w Window) (Page[SealedEntry], error) {
	found, err := paged(w, func(e SealedEntry) string { return e.ID }, func(limit int) ([]SealedEntry, error) {
		return p.store.Entries(ctx, EntryFilter{Account: q.Account, Kind: q.Kind, From: q.From, Until: q.Until, Before: w.Cursor, Limit: limit})
	})
	return lastSays(ctx, p.store, found, err)
}

// LatestEntries lists the newest entries by their place in the chain, newest
// first, those that have none yet before them.
func (p *Processor) LatestEntries(ctx context.Context, limit int) ([]SealedEntry, error) {
	return p.store.LatestEntries(ctx, limit)
}

// Balances are what stands on every account that was ever used: at an instant,
// or now where it is zero.
func (p *Processor) Balances(ctx context.Context, at time.Time) ([]ledger.Balance, error) {
	if at.IsZero() {
		return p.store.Balances(ctx)
	}
	return p.store.BalancesAt(ctx, at)
}
