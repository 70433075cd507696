package processor

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"sandbank/payment"
	"sandbank/settlement"
)

// letGoBatch is how many payments are looked at, and let go, in one transaction. Commands wait for
// no more than that.
const letGoBatch = 32

// tidier counts what makes old payments go: new ones, and what happens to old ones.
type tidier struct {
	wake  chan struct{}
	made  atomic.Int64 // payments made since it last looked
	again atomic.Bool  // payments that had to stay may go now
}

// committed notes what a commit means for old payments.
func (t *tidier) committed(w *Work, step int) {
	arrived := slices.ContainsFunc(w.Records, func(r Record) bool {
		return r.Kind == PayoutRecord && r.Status == string(settlement.PayoutPaid) || r.Kind == BreakRecord && r.Status != string(settlement.BreakOpen)
	})
	if arrived {
		t.again.Store(true)
	}
	if made := t.made.Add(int64(len(w.Created))); arrived || made >= int64(step) {
		t.look()
	}
}

// look has the tidier look at what it has not seen yet, and again at what was nearly quiet. It never
// blocks.
func (t *tidier) look() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// step is how many payments are made until the oldest ones are looked at. To find the oldest that stays
// means to count all that stay, so it is done once for many new ones.
func (k Keeping) step() int { return max(1, min(2000, k.Payments/10)) }

// tidy lets old payments go, until ctx ends. It looks at each old one once; at those that had to stay
// it looks again when money has arrived, or when so many were made that it costs little beside them.
func (p *Processor) tidy(ctx context.Context) {
	var pass letGoPass
	made := int64(0)
	for ctx.Err() == nil {
		var err error
		if made += p.old.made.Swap(0); p.old.again.Swap(false) || made >= int64(max(p.config.Keep.Payments/4, pass.stayed/2, p.config.Keep.step())) {
			pass, made = letGoPass{}, 0
		}
		if pass.nearly != "" {
			pass.after, pass.nearly = pass.nearly[:len(pass.nearly)-1], "" // sorts right before it
		}
		pass.border = ""
		for more := true; more && err == nil; {
			more, err = p.letGo(ctx, &pass)
		}
		if err != nil && ctx.Err() == nil {
			p.config.Log.Warn("old payments could not be let go yet", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-p.old.wake:
		}
	}
}

// letGoPass is how far one look at all old payments has come.
type letGoPass struct {
	after  string // id of the last one that was looked at
	border string // id of the oldest that stays, within one look
	nearly string // id of the first one that waits for something that passes by itself, such as a seal
	stayed int
	gone   int
}

// letGo looks at the next old payments, lets those go that may, and reports whether there may be more.
func (p *Processor) letGo(ctx context.Context, pass *letGoPass) (more bool, err error) {
	found, oldest, err := p.store.Older(ctx, Older{Keep: p.config.Keep.Payments, Oldest: pass.border, After: pass.after, Limit: letGoBatch})
	if err != nil || len(found) == 0 {
		return false, err
	}
	pass.border = oldest.ID
	load, err := p.leaving(ctx, found, oldest.CreatedAt)
	if err != nil {
		return false, err
	}
	if len(load.Leaving) == 0 && slices.ContainsFunc(found, func(pay payment.Payment) bool { return Old{Payment: pay}.Recent(oldest.CreatedAt) }) {
		return false, nil // those behind them are as recent: they are looked at when newer ones have come
	}
	gone, nearly := 0, ""
	if len(load.Leaving) > 0 {
		err = p.store.Commit(ctx, load, func(w *Work) error { gone, nearly = w.letGo(oldest.CreatedAt); return nil })
	}
	if err != nil {
		return false, err
	}
	if pass.nearly == "" {
		pass.nearly = nearly
	}
	pass.after, pass.stayed, pass.gone = found[len(found)-1].ID, pass.stayed+len(found)-gone, pass.gone+gone
	return len(found) == letGoBatch, nil
}

// leaving names those of old payments that look as if they may go, and the payouts that they are in.
func (p *Processor) leaving(ctx context.Context, old []payment.Payment, since time.Time) (load Load, err error) {
	load.Sinks = p.config.Keep.Sinks
	ids := []string{}
	for _, pay := range old {
		if o := (Old{Payment: pay}); o.Final(since) {
			l := LeavingOf(pay)
			load.Leaving, ids = append(load.Leaving, l), append(ids, l.Items...)
		}
	}
	if len(ids) == 0 {
		return load, nil
	}
	items, err := p.store.Items(ctx, ItemFilter{IDs: ids, Limit: len(ids)})
	if err != nil {
		return load, err
	}
	stays := map[string]bool{}
	for _, i := range items {
		if i.State != settlement.ItemSettled || i.Kind.Pays() && i.Payout == "" {
			stays[i.Payment] = true
		} else if i.Payout != "" {
			load.Records = append(load.Records, i.Payout)
		}
	}
	load.Leaving = slices.DeleteFunc(load.Leaving, func(l Leaving) bool { return stays[l.Payment] })
	slices.Sort(load.Records)
	load.Records = slices.Compact(load.Records)
	return load, nil
}

// letGo lets those of the loaded old payments go that may, and reports how many, and the first of those
// for which something is still under way.
func (w *Work) letGo(since time.Time) (gone int, nearly string) {
	payouts := map[string]settlement.Payout{}
	for id, r := range w.records {
		if out, err := Decode[settlement.Payout](r); err == nil && r.Kind == PayoutRecord {
			payouts[id] = out
		}
	}
	paid := func(id string) bool { return payouts[id].Status == settlement.PayoutPaid }
	settled := map[string]bool{}
	for _, o := range w.old {
		if !o.Final(since) || !o.Quiet(paid) {
			if o.UnderWay > 0 && (nearly == "" || o.Payment.ID < nearly) {
				nearly = o.Payment.ID
			}
			continue
		}
		gone++
		w.Gone.Payments = append(w.Gone.Payments, LeavingOf(o.Payment))
		for _, i := range o.Items {
			if i.Payout != "" {
				payouts[i.Payout] = payouts[i.Payout].Without(i)
				w.keep(NewRecord(w.records[i.Payout], payouts[i.Payout]))
			}
			if i.Settlement != "" {
				settled[i.Settlement] = true
			}
		}
	}
	for id := range settled {
		w.Gone.Settlements = append(w.Gone.Settlements, id)
	}
	slices.Sort(w.Gone.Settlements)
	return gone, nearly
}
