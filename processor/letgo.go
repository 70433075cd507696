package processor

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"sandbank/chance"
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
// means to count all that stay, so it is done once for many new ones. Where payments go by their age, new
// ones have nobody look.
func (k Keeping) step() int {
	if k.Age > 0 {
		return math.MaxInt
	}
	return max(1, min(2000, k.Payments/10))
}

// pace is how long the tidier waits for payments to become old, in simulated time, and again is after how
// long it looks anew at those that had to stay.
func (k Keeping) pace() time.Duration  { return min(time.Hour, k.Age/100) }
func (k Keeping) again() time.Duration { return min(24*time.Hour, k.Age/4) }

// tidy lets old payments go, until ctx ends. It looks at each old one once; at those that had to stay
// it looks again when money has arrived, or when so many were made, or so much time has passed, that it
// costs little beside them.
func (p *Processor) tidy(ctx context.Context) {
	var pass letGoPass
	made := int64(0)
	for ctx.Err() == nil {
		var err error
		if made += p.old.made.Swap(0); p.old.again.Swap(false) || p.manyMade(made, pass) || p.longAgo(pass) {
			pass, made = letGoPass{begun: p.now()}, 0
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
		p.restUntilOld(ctx)
	}
}

func (p *Processor) manyMade(made int64, pass letGoPass) bool {
	keep := p.config.Keep
	return made >= int64(max(keep.Payments/4, pass.stayed/2, keep.step()))
}

func (p *Processor) longAgo(pass letGoPass) bool {
	return p.config.Keep.Age > 0 && !p.now().Before(pass.begun.Add(p.config.Keep.again()))
}

// restUntilOld waits until there may be more to let go.
func (p *Processor) restUntilOld(ctx context.Context) {
	var older <-chan time.Time
	if p.config.Keep.Age > 0 {
		timer := p.config.Clock.NewTimerAt(p.now().Add(p.config.Keep.pace()))
		defer timer.Stop()
		older = timer.C()
	}
	select {
	case <-ctx.Done():
	case <-p.old.wake:
	case <-older:
	}
}

// letGoPass is how far one look at all old payments has come.
type letGoPass struct {
	begun  time.Time
	after  string // id of the last one that was looked at
	border string // id of the oldest that stays, within one look
	nearly string // id of the first one that waits for something that passes by itself, such as a seal
	stayed int
	gone   int
}

// letGo looks at the next old payments, lets those go that may, and reports whether there may be more.
func (p *Processor) letGo(ctx context.Context, pass *letGoPass) (more bool, err error) {
	found, since, err := p.older(ctx, pass)
	if err != nil || len(found) == 0 {
		return false, err
	}
	load, err := p.leaving(ctx, found, since)
	if err != nil {
		return false, err
	}
	if len(load.Leaving) == 0 && slices.ContainsFunc(found, func(pay payment.Payment) bool { return p.isRecent(pay, since) }) {
		return false, nil // those behind them are as recent: they are looked at when newer ones have come
	}
	gone, nearly, err := p.part(ctx, load, since)
	if err != nil {
		return false, err
	}
	if pass.nearly == "" {
		pass.nearly = nearly
	}
	pass.after, pass.stayed, pass.gone = found[len(found)-1].ID, pass.stayed+len(found)-gone, pass.gone+gone
	return len(found) == letGoBatch, nil
}

// older finds the next payments beyond what is kept, and the instant since which nothing may have happened
// to those that go.
func (p *Processor) older(ctx context.Context, pass *letGoPass) (found []payment.Payment, since time.Time, err error) {
	o := Older{Keep: p.config.Keep.Payments, Oldest: pass.border, After: pass.after, Limit: letGoBatch}
	if p.config.Keep.Age > 0 {
		since = p.now().Add(-p.config.Keep.Age)
		o.Before = chance.FirstID("pay", since)
		found, _, err = p.store.Older(ctx, o)
		return found, since, err
	}
	found, oldest, err := p.store.Older(ctx, o)
	pass.border = oldest.ID
	return found, oldest.CreatedAt, err
}

// isRecent reports whether a payment waits for nothing but the time since its last change, as those that
// were made after it do. Of those that go by their age, one that was changed long after it was made says
// nothing of others.
func (p *Processor) isRecent(pay payment.Payment, since time.Time) bool {
	return Old{Payment: pay}.Recent(since) && (p.config.Keep.Age == 0 || pay.CreatedAt.After(since.Add(-2*disputable)))
}

// part archives and lets go those of the loaded old payments that may, as [Work.letGo] does.
func (p *Processor) part(ctx context.Context, load Load, since time.Time) (gone int, nearly string, err error) {
	if len(load.Leaving) == 0 {
		return 0, "", nil
	}
	may := func(Old) bool { return true }
	if p.config.Keep.Archive != nil {
		if may, err = p.archive(ctx, load, since); err != nil {
			return 0, "", err
		}
	}
	err = p.store.Commit(ctx, load, func(w *Work) error { gone, nearly = w.letGo(since, may); return nil })
	return gone, nearly, err
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

// letGo lets those of the loaded old payments go that may, by themselves and in the eyes of another, and
// reports how many, and the first of those for which something is still under way.
func (w *Work) letGo(since time.Time, may func(Old) bool) (gone int, nearly string) {
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
		if !may(o) {
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
