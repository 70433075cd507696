package processor

import (
	"context"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/settlement"
	"sandbank/settlement/statement"
)

// Statement is a bank's batch as received, and the sum of the batches before
// it.
func (p *Processor) Statement(ctx context.Context, s settlement.Settlement) (statement.Statement, error) {
	kept, err := p.store.RecordOf(ctx, BatchRecord, BatchID(s))
	if err != nil {
		return statement.Statement{}, err
	}
	batch, err := wire.ReadSettlement(kept.Doc)
	if err != nil {
		return statement.Statement{}, err
	}
	opening := money.Zero(s.Currency)
	err = p.eachRecord(ctx, RecordFilter{Kind: SettlementRecord, Bank: s.Bank}, func(r Record) (bool, error) {
		other, err := Decode[settlement.Settlement](r)
		// By the bank's count: one may have overtaken another on its way.
		if err == nil && other.Currency == s.Currency && other.Sequence < s.Sequence {
			opening = opening.Add(other.Net.Amount)
		}
		return true, err
	})
	return statement.Statement{Settlement: batch, Opening: opening.Net()}, err
}
