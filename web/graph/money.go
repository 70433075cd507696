package graph

import (
	"context"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/web/graph/generated"
	"sandbank/web/graph/model"
)

// SignedMoney implements [generated.ResolverRoot].
func (r root) SignedMoney() generated.SignedMoneyResolver { return nets{} }

type nets struct{}

func (nets) Currency(_ context.Context, n *money.Net) (string, error) {
	return string(n.Currency()), nil
}

func (q queries) Disputes(ctx context.Context, status *payment.DisputeStatus, cursor *string, limit int) (*model.DisputePage, error) {
	problem := invalid()
	at := window(problem, "dp", cursor, limit)
	if len(problem.Fields) > 0 {
		return nil, problem
	}
	found, err := q.Processor.Disputes(ctx, own(ctx), valueOf(status), at)
	if err != nil {
		return nil, err
	}
	return &model.DisputePage{Data: append([]payment.DisputeResource{}, found.Items...), NextCursor: next(found.Next), OlderLetGo: found.LetGo}, nil
}

func (q queries) Payouts(ctx context.Context, status *settlement.PayoutStatus, cursor *string, limit int) (*model.PayoutPage, error) {
	problem := invalid()
	at := window(problem, "po", cursor, limit)
	if len(problem.Fields) > 0 {
		return nil, problem
	}
	found, err := q.Processor.Payouts(ctx, own(ctx), valueOf(status), at)
	if err != nil {
		return nil, err
	}
	page := &model.PayoutPage{Data: make([]settlement.PayoutResource, 0, len(found.Items)), NextCursor: next(found.Next)}
	for _, p := range found.Items {
		page.Data = append(page.Data, p.Resource(q.Address.Payout(p.ID)))
	}
	return page, nil
}
