package processor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/clock/turn"
	"sandbank/payment"
	"sandbank/settlement"
)

// Deadlines finds what time has work to do on.
type Deadlines interface {
	// Due lists up to limit payments on which time has work to do, most overdue
	// first, and the earliest instant at which there will be more to do (zero when
	// never).
	Due(ctx context.Context, now time.Time, limit int) (ids []string, next time.Time, err error)
	// DueRecords does the same for records, and lists them whole.
	DueRecords(ctx context.Context, now time.Time, limit int) (list []Record, next time.Time, err error)
}

// sweeper does what time alone does: abandonment and bank deadlines. Open
// payments cost no timer each; it sleeps until the earliest one is due, which
// the store knows, and which every commit may bring nearer.
type sweeper struct {
	mu   sync.Mutex
	next time.Time // when it means to wake; zero for not before idle
	wake chan struct{}

	sweeps clock.Count // asked for, or begun by time
	asked  int         // hints that the next sweep answers
}

// sweepIdle bounds how long a payment that only another processor knows of can
// wait for this one, should that other one be gone. It is of the computer's time.
const sweepIdle = 5 * time.Second

// sweepBatch is how many due payments are looked up at once.
const sweepBatch = 4 * maxBatch

// hint tells the sweeper that something is due at an instant.
func (s *sweeper) hint(at time.Time) {
	if at.IsZero() {
		return
	}
	s.mu.Lock()
	earlier := s.next.IsZero() || at.Before(s.next)
	if earlier {
		s.next = at
		s.asked++
		s.sweeps.Begin(1)
	}
	s.mu.Unlock()
	if earlier {
		s.stir()
	}
}

// stir wakes the sweeper.
func (s *sweeper) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (p *Processor) sweep(ctx context.Context) {
	answers := 0
	for ctx.Err() == nil {
		answers += p.due.begin()
		done := p.config.Turns.Take(ctx, turn.Due)
		idle := p.sweepOnce(ctx)
		if done(); !idle {
			continue // there was work; there may be more
		}
		p.due.sweeps.End(answers)
		answers = 0
		p.restUntilDue(ctx)
	}
}

// begin begins a sweep, and returns how many were asked for that this one is.
func (s *sweeper) begin() (answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweeps.Begin(1)
	answers, s.asked = s.asked+1, 0
	return answers
}

// look says whether something is to be swept at an instant, and when.
func (s *sweeper) look(now time.Time) clock.Look {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := clock.Look{Begun: s.sweeps.Begun(), Next: s.next}
	if s.sweeps.Open() > 0 || !s.next.IsZero() && !s.next.After(now) {
		l.Busy = "what time has to do is not done yet"
	}
	return l
}

// restUntilDue waits until something is due, or has to be looked for again: that goes by the
// computer's clock, since other processors work also while simulated time stands still.
func (p *Processor) restUntilDue(ctx context.Context) {
	p.due.mu.Lock()
	next := p.due.next
	p.due.mu.Unlock()
	var due <-chan time.Time
	if !next.IsZero() {
		timer := p.config.Clock.NewTimerAt(next)
		defer timer.Stop()
		due = timer.C()
	}
	idle := p.config.Computer.NewTimer(sweepIdle)
	defer idle.Stop()
	select {
	case <-ctx.Done():
	case <-idle.C():
	case <-due:
	case <-p.due.wake:
	}
}

// sweepOnce expires due payments and reports whether none is left for now.
func (p *Processor) sweepOnce(ctx context.Context) (idle bool) {
	p.tendHolds(ctx)
	now := p.now()
	ids, next, err := p.store.Due(ctx, now, sweepBatch)
	records, nextRecord, errRecords := p.store.DueRecords(ctx, now, sweepBatch)
	next, err = sooner(next, nextRecord), errors.Join(err, errRecords)
	if n, berr := p.store.Backlog(ctx); berr == nil {
		p.backlog.Store(int64(n))
	}
	if p.nextPayout.After(now) { // else they are made below, or tried again when idle
		next = sooner(next, p.nextPayout)
	}
	p.due.mu.Lock()
	p.due.next = next
	p.due.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			p.config.Log.Warn("the store does not answer; deadlines wait", "error", err)
		}
		return true
	}
	var all sync.WaitGroup
	each := all.Go
	if p.config.Turns.Held() { // a run that is repeated has one order
		each = func(f func()) { f() }
	}
	for _, id := range ids {
		each(func() {
			if err := p.expire(ctx, id); err != nil && ctx.Err() == nil {
				p.config.Log.Warn("a payment could not be expired yet", "payment", id, "error", err)
			}
		})
	}
	batches, rest := inOrder(records)
	each(func() {
		for _, r := range batches {
			p.takeFurther(ctx, r)
		}
	})
	for _, r := range rest {
		each(func() { p.takeFurther(ctx, r) })
	}
	all.Wait()
	p.payDaily(ctx, now)
	return len(ids) < sweepBatch && len(records) < sweepBatch
}

// sooner is the earlier of two instants, of which zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// inOrder picks the settlements among due records, in the order in which their
// banks sent them: each waits for the one before. The rest wait for nothing.
func inOrder(due []Record) (batches, rest []Record) {
	for _, r := range due {
		if r.Kind == SettlementRecord {
			batches = append(batches, r)
		} else {
			rest = append(rest, r)
		}
	}
	number := func(r Record) int {
		s, _ := Decode[settlement.Settlement](r) // the next step reports what is wrong with it
		return s.Sequence
	}
	slices.SortStableFunc(batches, func(a, b Record) int { return cmp.Compare(number(a), number(b)) })
	return batches, rest
}

func (p *Processor) takeFurther(ctx context.Context, r Record) {
	if err := p.recordDue(ctx, r); err != nil && ctx.Err() == nil {
		p.config.Log.Warn("a "+string(r.Kind)+" could not be taken further yet", "id", r.ID, "error", err)
	}
}

// recordDue does what time has to do on a record.
func (p *Processor) recordDue(ctx context.Context, r Record) error {
	switch r.Kind {
	case SettlementRecord:
		return p.match(ctx, r)
	case PayoutRecord:
		return p.arrive(ctx, r.ID)
	case LateRecord:
		return p.tellLate(ctx, r)
	case StopsRecord:
		return p.endHoldsDue(ctx)
	case StoppedRecord:
		return p.rescue(ctx, r)
	case HoldRecord, DisputeRecord, BatchRecord, BreakRecord, PaydayRecord, ForeignRecord:
	}
	return nil
}

// expire does what time has to do on a payment: the customer's next act, or its end.
func (p *Processor) expire(ctx context.Context, id string) error {
	_, err := p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		if act, due := pay.NextAct(p.now()); due {
			return p.perform(w, pay, act)
		}
		next, due := pay.Expire(p.now())
		if !due {
			return pay, nil // another command was quicker
		}
		return p.expired(w, pay, next), nil
	})
	return err
}

// expired follows up a payment whose time is over: an approval still under way
// at the bank will be reversed.
func (p *Processor) expired(w *Work, before, pay payment.Payment) payment.Payment {
	if pay.Status == payment.Failed || before.Status == payment.Authorized && pay.Status != payment.Authorized {
		pay = p.reverse(w, pay, len(pay.Attempts))
	}
	for i, o := range pay.Operations {
		if o.Status == payment.OpFailed && before.Operations[i].Status == payment.OpPending && o.Kind != payment.OpVoid {
			pay = p.reverseOperation(w, pay, o)
		}
	}
	return p.follow(w, before, pay)
}
