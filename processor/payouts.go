package processor

import (
	"context"

	"sandbank/money"
	"sandbank/settlement"
)

// Payouts lists payouts, newest first; a status of "" stands for all.
func (p *Processor) Payouts(ctx context.Context, in Reach, status settlement.PayoutStatus, w Window) (Page[settlement.Payout], error) {
	return recordPage[settlement.Payout](ctx, p, in, RecordFilter{Kind: PayoutRecord, Status: string(status)}, w)
}

// Payout finds a payout.
func (p *Processor) Payout(ctx context.Context, in Reach, id string) (settlement.Payout, error) {
	out, _, err := recordOf[settlement.Payout](ctx, p, in, PayoutRecord, id)
	return out, err
}

// FeeOf is what a merchant pays for a capture.
func (p *Processor) FeeOf(merchant string, amount money.Amount) money.Amount {
	return p.config.Fees.Capture(merchant, amount)
}

// PayoutItems lists a payout's items, by id.
func (p *Processor) PayoutItems(ctx context.Context, of settlement.Payout, w Window) (Page[settlement.Item], error) {
	return p.itemPage(ctx, ItemFilter{Payout: of.ID}, w)
}
