package processor

import (
	"context"

	"sandbank/settlement"
)

// Settlements and breaks belong to no merchant: every caller with the permission
// sees all.

// Settlements lists banks' batches, newest first; a status of "" stands for all.
func (p *Processor) Settlements(ctx context.Context, status settlement.Status, w Window) (Page[settlement.Settlement], error) {
	return recordPage[settlement.Settlement](ctx, p, Everyone(), RecordFilter{Kind: SettlementRecord, Status: string(status)}, w)
}

// Settlement finds a bank's batch.
func (p *Processor) Settlement(ctx context.Context, id string) (settlement.Settlement, error) {
	s, _, err := recordOf[settlement.Settlement](ctx, p, Everyone(), SettlementRecord, id)
	return s, err
}

// SettlementItems lists a settlement's items, by id.
func (p *Processor) SettlementItems(ctx context.Context, of settlement.Settlement, w Window) (Page[settlement.Item], error) {
	return p.itemPage(ctx, ItemFilter{Settlement: of.ID}, w)
}

// BreakQuery narrows a list of breaks; "" stands for all.
type BreakQuery struct {
	Settlement string // whose breaks
	Status     settlement.BreakStatus
}

// Breaks lists breaks, newest first.
func (p *Processor) Breaks(ctx context.Context, q BreakQuery, w Window) (Page[settlement.Break], error) {
	return recordPage[settlement.Break](ctx, p, Everyone(), RecordFilter{Kind: BreakRecord, Settlement: q.Settlement, Status: string(q.Status)}, w)
}

// Break finds a break.
func (p *Processor) Break(ctx context.Context, id string) (settlement.Break, error) {
	k, _, err := recordOf[settlement.Break](ctx, p, Everyone(), BreakRecord, id)
	return k, err
}
