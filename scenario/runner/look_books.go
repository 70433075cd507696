package runner

import (
	"context"
	"strings"

	"github.com/shopspring/decimal"

	"sandbank/scenario"
)

// baseline is what there was before the scenario began.
type baseline struct {
	sequence string                     // of the merchant's newest event
	balances map[string]decimal.Decimal // by account and currency
	breaks   map[string]bool            // ids of open ones
}

// remember notes what there is before anything is done.
func (p *play) remember(ctx context.Context) (err error) {
	p.before.sequence = "0"
	if p.stage.Own {
		return nil
	}
	a, err := p.api.must(ctx, request{method: "POST", path: "/graphql", by: "merchant", body: map[string]any{"query": "{ lastSequence }"}})
	if err != nil {
		return err
	}
	p.before.sequence = textAt(a.tree, "data.lastSequence")
	if p.before.balances, err = p.balances(ctx); err != nil {
		return err
	}
	p.before.breaks = map[string]bool{}
	list, err := p.openBreaks(ctx)
	for _, b := range list {
		p.before.breaks[textAt(b, "id")] = true
	}
	return err
}

func (p *play) balances(ctx context.Context) (map[string]decimal.Decimal, error) {
	a, err := p.api.must(ctx, request{method: "GET", path: "/v1/ledger/accounts", by: "operator"})
	if err != nil {
		return nil, err
	}
	m := map[string]decimal.Decimal{}
	list, _ := memberAt(a.tree, "data").([]any)
	for _, one := range list {
		net, err := decimal.NewFromString(textAt(one, "net.value"))
		if err != nil {
			return nil, err
		}
		m[textAt(one, "account")+" "+textAt(one, "net.currency")] = net
	}
	return m, nil
}

func (p *play) openBreaks(ctx context.Context) ([]any, error) {
	a, err := p.api.must(ctx, request{method: "GET", path: "/v1/breaks?status=open&limit=100", by: "operator"})
	list, _ := memberAt(a.tree, "data").([]any)
	return list, err
}

// lookAtBooks holds balances and breaks to what the scenario made of them.
func (t *thread) lookAtBooks(ctx context.Context, e scenario.Expect) (*miss, error) {
	if len(e.Balances) > 0 {
		now, err := t.balances(ctx)
		if err != nil {
			return nil, err
		}
		for account, want := range e.Balances {
			value, currency, _ := strings.Cut(t.filled(want), " ")
			sum, err := decimal.NewFromString(value)
			if err != nil {
				return nil, err
			}
			key := strings.Replace(t.filled(account), "merchant:payable", "merchant:"+t.stage.Merchant.ID+":payable", 1) + " " + currency
			if got := now[key].Sub(t.before.balances[key]); !got.Equal(sum) {
				return &miss{"the account " + account + " at " + want, got.String() + " " + currency}, nil
			}
		}
	}
	if e.Breaks == nil {
		return nil, nil
	}
	list, err := t.openBreaks(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	for _, b := range list {
		if !t.before.breaks[textAt(b, "id")] {
			found[textAt(b, "kind")]++
		}
	}
	if scenario.Brief(found) != scenario.Brief(without0(e.Breaks)) {
		return &miss{"the breaks " + orNothing(scenario.Brief(e.Breaks)), orNothing(scenario.Brief(found))}, nil
	}
	return nil, nil
}

func without0(m map[string]int) map[string]int {
	n := map[string]int{}
	for k, v := range m {
		if v > 0 {
			n[k] = v
		}
	}
	return n
}
