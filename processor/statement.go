package processor

import (
	"context"

	"sandbank/money"
	"sandbank/settlement"
	"sandbank/statement"
	"sandbank/wire"
)

// Statement is a bank's batch as it came, and what the batches before it had
// paid.
func (p *Processor) Statement(ctx context.Context, s settlement.Settlement) (statement.Statement, error) {
	kept, err := p.Store.RecordOf(ctx, BatchRecord, BatchID(s))
	if err != nil {
		return statement.Statement{}, err
	}
	batch, err := wire.ReadSettlement(kept.Doc)
	if err != nil {
		return statement.Statement{}, err
	}
	opening := money.Zero(s.Currency)
	f := RecordFilter{Kind: SettlementRecord, Bank: s.Bank, Before: s.ID, Limit: 200}
	for {
		list, err := p.Store.Records(ctx, f)
		if err != nil {
			return statement.Statement{}, err
		}
		for _, r := range list {
			earlier, err := Decode[settlement.Settlement](r)
			if err != nil {
				return statement.Statement{}, err
			}
			if earlier.Currency == s.Currency {
				opening = opening.Add(earlier.Net.Amount)
			}
		}
		if len(list) < f.Limit {
			return statement.Statement{Settlement: batch, Opening: opening.Net()}, nil
		}
		f.Before = list[len(list)-1].ID
	}
}
