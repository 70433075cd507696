package processor

import (
	"context"
	"time"

	"sandbank/money"
	"sandbank/settlement"
)

// Items reads what is settled and paid out.
type Items interface {
	// Items lists items by id.
	Items(ctx context.Context, f ItemFilter) ([]settlement.Item, error)
	// OpenAfter is what a bank's open items in a currency come to that were booked after an instant; see
	// [settlement.Item.Claim].
	OpenAfter(ctx context.Context, bank string, currency money.Currency, after time.Time) (money.Net, error)
	// Payable lists for which merchants there is something to pay out.
	Payable(ctx context.Context) ([]PayScope, error)
}

// itemPage reads a page of items by id.
func (p *Processor) itemPage(ctx context.Context, f ItemFilter, w Window) (Page[settlement.Item], error) {
	found, err := paged(w, func(i settlement.Item) string { return i.ID }, func(limit int) ([]settlement.Item, error) {
		f.After, f.Limit = w.Cursor, limit
		return p.store.Items(ctx, f)
	})
	return lastSays(ctx, p.store, found, err)
}
