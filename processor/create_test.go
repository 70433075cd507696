package processor_test

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

func count(t *testing.T, r *Rig) int {
	t.Helper()
	list, err := r.Disk.Payments(t.Context(), processor.Filter{Limit: 1000})
	r.OK(err)
	return len(list)
}

func TestCreate_AnswersWithABankAndATime(t *testing.T) {
	r := New(t, nil)
	p := r.Made()
	if p.Status != payment.Created || p.Bank != "SANDNL2A" || !p.BankFixed || p.RoutedBy() != payment.RouteMerchant || p.ExpiresAt != Start.Add(15*time.Minute) || p.Version != 1 {
		t.Errorf("created a payment for a named bank: want it created with 15 minutes, got %+v", p)
	}
	if got := r.Now(p.ID); !reflect.DeepEqual(got, p) {
		t.Errorf("stored as %+v, answered %+v", got, p)
	}
	if len(r.Messages()) != 0 {
		t.Errorf("creating sent %+v", r.Messages())
	}
	wish := Wish()
	wish.Bank = ""
	routed, _, err := r.Create(t.Context(), wish)
	if err != nil || routed.Bank == "" || routed.BankFixed {
		t.Errorf("routed: %+v, %v", routed, err)
	}
}

func TestCreate_RefusedLeavesNoPayment(t *testing.T) {
	r := New(t, nil)
	offline := Health("MUTEIE2A")
	offline.Online = false
	r.ObserveBank(offline)
	for name, c := range map[string]struct {
		spoil func(*processor.NewPayment)
		kind  fault.Kind
		code  string
	}{
		"unknown bank":          {func(n *processor.NewPayment) { n.Bank = "NOPENL2A" }, fault.Unprocessable, "bank_unknown"},
		"no BIC":                {func(n *processor.NewPayment) { n.Bank = "sandnl2a" }, fault.Invalid, "bank_invalid"},
		"offline":               {func(n *processor.NewPayment) { n.Bank = "MUTEIE2A" }, fault.Unavailable, "bank_offline"},
		"wrong currency":        {func(n *processor.NewPayment) { n.Amount = money.Must("1.00", "USD") }, fault.Unprocessable, "bank_currency"},
		"nobody takes currency": {func(n *processor.NewPayment) { n.Bank, n.Amount = "", money.Must("1.00", "USD") }, fault.Unavailable, "no_bank"},
	} {
		wish := Wish()
		c.spoil(&wish)
		p, _, err := r.Create(t.Context(), wish)
		if !fault.Is(err, c.kind) || fault.Code(err) != c.code || p.ID != "" {
			t.Errorf("created a payment with a %s: want code %s and no payment, got %+v, %v", name, c.code, p, err)
		}
	}
	if n := count(t, r); n != 0 {
		t.Errorf("%d payments after refusals", n)
	}
}

func TestCreate_RepeatedKeyGivesTheFirstAnswer(t *testing.T) {
	r := New(t, nil)
	wish := Wish()
	wish.IdempotencyKey = "order-1"
	first, replayed, err := r.Create(t.Context(), wish)
	if err != nil || replayed {
		t.Fatal(replayed, err)
	}
	_, q := r.Try(first.ID)
	r.Say(Answer(q, payment.OutcomeApproved)) // a lot has happened since
	r.Clock.Advance(time.Hour)
	again, replayed, err := r.Create(t.Context(), wish)
	if err != nil || !replayed || !reflect.DeepEqual(again, first) {
		t.Errorf("again: %t, %v\n%+v, first\n%+v", replayed, err, again, first)
	}
	other := wish
	other.Reference = "another"
	if p, _, err := r.Create(t.Context(), other); !fault.Is(err, fault.Unprocessable) || p.ID != "" {
		t.Errorf("another payload: %+v, %v", p, err)
	}
	stranger := wish
	stranger.Merchant = "other-shop"
	if p, replayed, err := r.Create(t.Context(), stranger); err != nil || replayed || p.ID == first.ID {
		t.Errorf("another merchant's key: %s, %t, %v", p.ID, replayed, err)
	}
	wish.IdempotencyKey = ""
	if p, replayed, err := r.Create(t.Context(), wish); err != nil || replayed || p.ID == first.ID {
		t.Errorf("no key: %s, %t, %v", p.ID, replayed, err)
	}
	if n := count(t, r); n != 3 {
		t.Errorf("%d payments", n)
	}
}

func TestCreate_ManyWithOneKeyMakeOnePayment(t *testing.T) {
	r := New(t, nil)
	wish := Wish()
	wish.IdempotencyKey = "order-1"
	var made, inFlight atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, replayed, err := r.Create(t.Context(), wish)
			switch {
			case fault.Code(err) == "idempotency_key_in_flight" && fault.Is(err, fault.Conflict):
				inFlight.Add(1)
			case err != nil:
				t.Error(err)
			case !replayed:
				made.Add(1)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || count(t, r) != 1 {
		t.Errorf("%d made, %d stored, %d in flight", made.Load(), count(t, r), inFlight.Load())
	}
}

func TestCreate_SameKeyWhileInFlightIsAConflict(t *testing.T) {
	gate := &gate{}
	r := NewOver(t, gate.before, nil)
	wish := Wish()
	wish.IdempotencyKey = "order-1"
	gate.close()
	first := make(chan error, 1)
	go func() { _, _, err := r.Create(t.Context(), wish); first <- err }()
	<-gate.reached
	if _, _, err := r.Create(t.Context(), wish); fault.Code(err) != "idempotency_key_in_flight" {
		t.Errorf("the second: %v", err)
	}
	gate.open()
	r.OK(<-first)
	if _, replayed, err := r.Create(t.Context(), wish); err != nil || !replayed {
		t.Errorf("after the first: %t, %v", replayed, err)
	}
}

// A caller that gives up while its command is being carried out gets an error
// and nothing else; the command goes on.
func TestCommands_CallerMayGiveUp(t *testing.T) {
	for name, call := range map[string]func(context.Context, *Rig, string) (payment.Payment, error){
		"create": func(ctx context.Context, r *Rig, _ string) (payment.Payment, error) {
			p, _, err := r.Create(ctx, Wish())
			return p, err
		},
		"pay": func(ctx context.Context, r *Rig, id string) (payment.Payment, error) {
			return r.Pay(ctx, id, Visa, "")
		},
		"cancel": func(ctx context.Context, r *Rig, id string) (payment.Payment, error) {
			return r.Cancel(ctx, id, payment.ByMerchant)
		},
	} {
		for range 5 {
			giveUp(t, name, call)
		}
	}
}

func giveUp(t *testing.T, name string, call func(context.Context, *Rig, string) (payment.Payment, error)) {
	t.Helper()
	gate := &gate{}
	r := NewOver(t, gate.before, nil)
	id := r.Made().ID
	gate.close()
	ctx, cancel := context.WithCancel(t.Context())
	type answer struct {
		p   payment.Payment
		err error
	}
	got := make(chan answer, 1)
	go func() { p, err := call(ctx, r, id); got <- answer{p, err} }()
	<-gate.reached
	cancel()
	gate.open() // the command is carried out while its caller leaves
	a := <-got
	if a.err != nil && (!fault.Is(a.err, fault.Unavailable) || a.p.ID != "") { // else it was quicker
		t.Errorf("%s, and the caller left: want it done, or unavailable and nothing told, got %+v, %v", name, a.p, a.err)
	}
}

func TestCreate_RefusedWhileTooMuchWaits(t *testing.T) {
	r := New(t, func(c *processor.Config) { c.MaxOpen = 3 })
	r.Paid() // an event and a request wait in the outbox
	r.Paid()
	refused := func() error {
		r.Computer.AwaitTimers(1)
		r.Computer.Advance(5 * time.Second) // the sweep counts
		r.Computer.AwaitTimers(1)
		_, _, err := r.Create(t.Context(), Wish())
		return err
	}
	if err := refused(); !fault.Is(err, fault.Unavailable) || fault.Code(err) != "outbox_full" {
		t.Errorf("with four waiting and three allowed: %v", err)
	}
	if _, err := r.Pay(t.Context(), r.Now(firstID(t, r)).ID, Visa, ""); fault.Code(err) != "outbox_full" {
		t.Errorf("paying: %v", err)
	}
	var ids []string
	for _, m := range r.Messages() {
		ids = append(ids, m.ID)
	}
	r.OK(r.Disk.Published(t.Context(), ids))
	if err := refused(); err != nil {
		t.Errorf("after the outbox was emptied: %v", err)
	}
}

func firstID(t *testing.T, r *Rig) string {
	t.Helper()
	list, err := r.Disk.Payments(t.Context(), processor.Filter{Limit: 1})
	r.OK(err)
	return list[0].ID
}

// gate is a store that can hold a commit, or fail it.
type gate struct {
	processor.Store
	mu      sync.Mutex
	shut    chan struct{}
	reached chan struct{}
	err     error
	failed  atomic.Int64
}

func (g *gate) before(s processor.Store) processor.Store { g.Store = s; return g }

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut, g.reached = make(chan struct{}), make(chan struct{}, 100)
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

func (g *gate) Commit(ctx context.Context, load processor.Load, decide func(*processor.Work) error) error {
	g.mu.Lock()
	shut, reached, err := g.shut, g.reached, g.err
	g.mu.Unlock()
	if shut != nil {
		reached <- struct{}{}
		<-shut
	}
	if err != nil {
		g.failed.Add(1)
		return err
	}
	return g.Store.Commit(ctx, load, decide)
}
