package processor

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sandbank/event"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/settlement"
)

// PayOut pays the merchants within reach their settled money, one payout for
// each currency.
func (p *Processor) PayOut(ctx context.Context, to Reach) ([]settlement.Payout, error) {
	scopes, err := p.store.Payable(ctx)
	if err != nil {
		return nil, err
	}
	var made []settlement.Payout
	for _, scope := range scopes {
		if !to.Sees(scope.Merchant) {
			continue
		}
		load := func(l *Load) { l.Pays, l.Tells = append(l.Pays, scope), append(l.Tells, scope.Merchant) }
		one, err := submit(ctx, p.batch, load, func(w *Work) (list []settlement.Payout, err error) {
			if out, ok := p.payOut(w, scope); ok {
				list = append(list, out)
			}
			return list, nil
		})
		if err != nil {
			return made, err
		}
		made = append(made, one...)
	}
	return made, nil
}

// PayOutSum pays a merchant's settled money of one currency if it is this sum. If it is not, nothing is paid, and
// payable says what the sum is.
func (p *Processor) PayOutSum(ctx context.Context, merchant string, sum money.Amount) (out settlement.Payout, payable money.Amount, err error) {
	scope := PayScope{Merchant: merchant, Currency: sum.Currency()}
	load := func(l *Load) { l.Pays, l.Tells = append(l.Pays, scope), append(l.Tells, merchant) }
	type answer struct {
		made    settlement.Payout
		payable money.Amount
	}
	a, err := submit(ctx, p.batch, load, func(w *Work) (answer, error) {
		could, items, ok := p.payable(w, scope)
		switch {
		case !ok:
			return answer{payable: money.Zero(scope.Currency)}, nil
		case !could.Amount.Equal(sum):
			return answer{payable: could.Amount}, nil
		}
		p.paysOut(w, could, items)
		return answer{could, could.Amount}, nil
	})
	return a.made, a.payable, err
}

func (p *Processor) payOut(w *Work, scope PayScope) (settlement.Payout, bool) {
	out, items, ok := p.payable(w, scope)
	if ok {
		p.paysOut(w, out, items)
	}
	return out, ok
}

// payable is the payout that could be made of a scope, with its items; false where there is none.
func (p *Processor) payable(w *Work, scope PayScope) (settlement.Payout, []settlement.Item, bool) {
	var items []settlement.Item
	for _, i := range w.items {
		if i.Merchant == scope.Merchant && i.Amount.Currency() == scope.Currency && i.Payable() {
			items = append(items, i)
		}
	}
	byID(items, func(i settlement.Item) string { return i.ID })
	now := p.now()
	return settlement.PayOut(p.newID("po", idsOf(items)...), items, now, now.Add(p.config.Transit))
}

// paysOut makes a payout.
func (p *Processor) paysOut(w *Work, out settlement.Payout, items []settlement.Item) {
	for _, i := range items {
		w.item(i)
	}
	w.Entries = append(w.Entries, ledger.Payout(ledger.Subject{EntryID: p.newID("ent", out.ID), Of: out.ID, At: out.CreatedAt}, out.Merchant, out.Amount))
	p.keepPayout(w, out, event.PayoutCreated, out.CreatedAt)
}

// idsOf names items, which no two payouts share.
func idsOf(items []settlement.Item) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	return ids
}

func byID[T any](list []T, id func(T) string) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
}

// keepPayout keeps a payout and tells its merchant.
func (p *Processor) keepPayout(w *Work, out settlement.Payout, eventType string, now time.Time) {
	r := Record{Kind: PayoutRecord, ID: out.ID, Merchant: out.Merchant, Status: string(out.Status)}
	if out.Status == settlement.PayoutInTransit {
		r.DueAt = out.ArrivesAt
	}
	w.keep(NewRecord(r, out))
	data, err := json.Marshal(out.Resource(p.config.Address.Payout(out.ID)))
	if err != nil {
		panic("processor: " + err.Error()) // a payout always encodes
	}
	w.announce(event.Event{ID: p.newID("evt", out.ID, eventType), Type: eventType, Merchant: out.Merchant, At: now, Data: data},
		p.deliveryID)
}

// arrive ends a payout's way to its merchant.
func (p *Processor) arrive(ctx context.Context, id string) error {
	out, err := p.Payout(ctx, Everyone(), id)
	if err != nil {
		return err
	}
	_, err = p.batch.do(ctx, &command{
		load: func(l *Load) {
			l.Records, l.Tells = append(l.Records, id), append(l.Tells, out.Merchant)
		},
		decide: func(w *Work) error {
			now := p.now()
			out, err := Decode[settlement.Payout](w.records[id])
			if err != nil || out.Status != settlement.PayoutInTransit || now.Before(out.ArrivesAt) {
				return err
			}
			out.Status, out.PaidAt = settlement.PayoutPaid, now
			w.Entries = append(w.Entries, ledger.PayoutPaid(ledger.Subject{EntryID: p.newID("ent", id, "paid"), Of: id, At: now}, out.Amount, out.Shares))
			p.keepPayout(w, out, event.PayoutPaid, now)
			return nil
		},
	})
	return err
}

// payDaily pays out once a day, at the time of day that was set. The sweeper
// calls it; what another processor has paid already is not payable any more.
func (p *Processor) payDaily(ctx context.Context, now time.Time) {
	if p.config.PayoutAt < 0 {
		return
	}
	if p.nextPayout.IsZero() {
		last, err := p.lastPayday(ctx, now)
		if err != nil {
			p.config.Log.Warn("when the daily payouts were last made is not known yet", "error", err)
			return
		}
		p.nextPayout = p.payoutAfter(last)
	}
	if !now.Before(p.nextPayout) {
		if made, err := p.PayOut(ctx, Everyone()); err != nil {
			p.config.Log.Warn("the daily payouts are not complete; trying again", "made", len(made), "error", err)
			return
		}
		if err := p.keepPayday(ctx, now); err != nil {
			p.config.Log.Warn("the daily payouts are made and not noted; trying again", "error", err)
			return
		}
		p.nextPayout = p.payoutAfter(now)
	}
	p.due.hint(p.nextPayout)
}

// payoutAfter is the first time of payouts after an instant.
func (p *Processor) payoutAfter(t time.Time) time.Time {
	next := t.Truncate(24 * time.Hour).Add(p.config.PayoutAt)
	if !next.After(t) {
		next = next.Add(24 * time.Hour)
	}
	return next
}

// paydayID is the one record of its kind.
const paydayID = "payday"

// payday is its document: payouts that were due until Last are made. A processor
// that was away at the time so finds out that it has to catch up.
type payday struct {
	Last time.Time `json:"last"`
}

// lastPayday is until when all is made. For a store that is new, that is now.
func (p *Processor) lastPayday(ctx context.Context, now time.Time) (time.Time, error) {
	r, err := p.store.RecordOf(ctx, PaydayRecord, paydayID)
	if fault.Is(err, fault.NotFound) {
		return now, p.keepPayday(ctx, now)
	}
	if err != nil {
		return time.Time{}, err
	}
	d, err := Decode[payday](r)
	return d.Last, err
}

func (p *Processor) keepPayday(ctx context.Context, now time.Time) error {
	_, err := p.batch.do(ctx, &command{
		load: func(*Load) {},
		decide: func(w *Work) error {
			w.keep(NewRecord(Record{Kind: PaydayRecord, ID: paydayID}, payday{now}))
			return nil
		},
	})
	return err
}
