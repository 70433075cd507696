package processor_test

import (
	"context"
	"testing"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
)

// gated is a store whose commits wait at a gate.
type gated struct {
	moneyStore
	gate *gate
}

func (g gated) Commit(ctx context.Context, load processor.Load, decide func(*processor.Work) error) error {
	return g.gate.Commit(ctx, load, decide)
}

// A caller that gives up gets an error, and no part of an answer that is still
// being written: the race detector watches.
func TestLaterCommands_CallerMayGiveUp(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, w *world, p payment.Payment, brk string) (id string, err error){
		"refund": func(ctx context.Context, w *world, p payment.Payment, _ string) (string, error) {
			o, _, err := w.proc.Operate(ctx, processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: payment.OpRefund})
			return o.ID, err
		},
		"write off": func(ctx context.Context, w *world, _ payment.Payment, brk string) (string, error) {
			k, err := w.proc.WriteOff(ctx, brk, "ada", "small")
			return k.ID, err
		},
		"claim": func(ctx context.Context, w *world, _ payment.Payment, brk string) (string, error) {
			k, err := w.proc.Claim(ctx, brk)
			return k.ID, err
		},
	} {
		for range 5 {
			w, k := broken(t, wire.BreakWrongAmount)
			p := w.payment(k.Payment)
			g := &gate{Store: w.store}
			store := w.store
			w.store = gated{store, g}
			w.restart()
			g.close()
			ctx, cancel := context.WithCancel(w.ctx)
			type answer struct {
				id  string
				err error
			}
			got := make(chan answer, 1)
			go func() { id, err := call(ctx, w, p, k.ID); got <- answer{id, err} }()
			<-g.reached
			cancel()
			g.open() // the command is carried out while its caller leaves
			if a := <-got; a.err != nil && (!fault.Is(a.err, fault.Unavailable) || a.id != "") {
				t.Errorf("%s, and the caller left: want it done, or unavailable and nothing told, got %q, %v", name, a.id, a.err)
			}
			w.store = store
			w.restart()
		}
	}
}
