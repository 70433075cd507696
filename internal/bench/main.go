// Command bench says how fast Sandbank is on this machine, as a ratio of what
// its engines do bare: it starts a private RabbitMQ and PostgreSQL, and in turn,
// round by round, lets each do its bare work and then drives complete payments
// through real processes. A shared machine is noisy; a ratio within one run says
// more than a number.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// options is what one may choose.
type options struct {
	Rounds      int           `default:"3" help:"How often each measurement is made; the median is told."`
	Payments    int           `default:"10000" help:"Complete payments per round."`
	Concurrency int           `default:"256" help:"Customers at the same time."`
	Bare        time.Duration `default:"4s" help:"How long each bare engine is measured, per round."`
	Streams     int           `default:"1000" help:"Open streams of events; 0 leaves them out."`
	StreamRate  float64       `default:"200" help:"Payments a second while streams are open."`
	Footprint   []int         `placeholder:"KEEP" help:"Measure nothing but the memory of an embedded processor that keeps so many payments, 0 for all; repeat to compare, in turn."`
	Cost        bool          `help:"Measure nothing but what a create and a payment cost, in processor time, rows and WAL."`
	Dialects    bool          `help:"Measure nothing but creates in Stripe's dialect, beside the stateless mock, with the processor time of each."`
	Clients     int           `default:"64" help:"With --dialects: how many clients ask at the same time."`
	Beside      []string      `placeholder:"URL#PID" help:"With --dialects: other servers of Stripe's API that are measured as well, with the key sk_test_12345; #PID has their processor time told."`
	Against     []string      `placeholder:"CHECKOUT" help:"With --cost: folders of other checkouts whose costs are measured, too, in turn."`
	AtSize      int           `name:"at-size" placeholder:"N" help:"Measure nothing but what N stored payments change: the rate beside that of an empty database, in turn, the start, and what is read."`
	Open        int           `placeholder:"N" help:"Measure nothing but N open payments: a processor's memory, and how fast they expire."`
	Processors  int           `placeholder:"N" help:"Measure nothing but how the rate grows with 1 to N processors side by side, in turn."`
	StreamTime  time.Duration `default:"30s" help:"How long payments are made while streams are open."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if keep, serves := servesEmbedded(os.Args[1:]); serves {
		err = serveEmbedded(ctx, keep)
	} else if served, failed := servesSkeleton(ctx, os.Args[1:]); served {
		err = failed
	} else {
		debug.SetGCPercent(400) // as the merchant's load has it: what makes the payments is not what is measured
		var o options
		kong.Parse(&o, kong.Name("bench"), kong.Description("Complete payments per second, as a ratio of the bare engines."))
		err = run(ctx, o)
	}
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figures are one round's.
type figures struct {
	hops, commits, payments   float64 // per second
	skeleton                  float64 // payments per second of the same durable work alone
	cost, skeletonCost        cost
	createP50, endP50, endP99 float64 // milliseconds
	mockCreates, ourCreates   float64 // per second, embedded
	footprint, bounded        float64 // bytes of memory for each further payment, embedded: where all are kept, and beyond --keep
	hooks                     float64 // webhooks delivered per second
	transfers, plainTransfers float64 // booked in a ledger per second
}

func run(ctx context.Context, o options) error {
	if len(o.Footprint) > 0 {
		return footprints(ctx, o)
	}
	if o.Dialects {
		return dialects(ctx, o)
	}
	if o.AtSize > 0 {
		return sizes(ctx, o)
	}
	if o.Open > 0 {
		return opens(ctx, o)
	}
	if o.Processors > 0 {
		return grows(ctx, o)
	}
	if o.Cost {
		return costs(ctx, o)
	}
	e, stop, err := startEngines(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if o.Streams > 0 { // first, on an empty database
		if err := benchStreams(ctx, o, e.rabbit.URL(), e.pg.URL()); err != nil {
			return err
		}
	}
	if o.Rounds == 0 {
		return nil
	}
	product, err := start(ctx, e.rabbit.URL(), e.pg.URL())
	if err != nil {
		return err
	}
	defer product.stop()
	bare, err := e.startBones(ctx)
	defer func() { _ = bare.stop(ctx) }()
	if err != nil {
		return fmt.Errorf("skeleton: %w", err)
	}
	mock, err := startRival(ctx, product.folder)
	defer mock.stop()
	if err != nil {
		return err
	}
	say("A first round to warm up, then %d that count.", o.Rounds)
	var rounds []figures
	for i := range o.Rounds + 1 {
		f, err := round(ctx, o, e, product, bare, mock)
		if err != nil {
			return err
		}
		say("  %s  bare %7.0f two-hop messages/s  %6.0f durable commits/s   ours %5.0f payments/s  = %.3f of the messages, %.3f of the commits, %.2f of the skeleton's %.0f",
			name(i), f.hops, f.commits, f.payments, f.payments/f.hops, f.payments/f.commits, f.payments/f.skeleton, f.skeleton)
		if i > 0 {
			rounds = append(rounds, f)
		}
	}
	report(rounds)
	return product.check(ctx)
}

func name(i int) string {
	if i == 0 {
		return "warm-up"
	}
	return fmt.Sprintf("round %d", i)
}

func round(ctx context.Context, o options, e engines, p *product, b *bones, r *rival) (f figures, err error) {
	if f.hops, err = bareHops(ctx, e.rabbit.URL(), o.Bare); err != nil {
		return f, fmt.Errorf("bare RabbitMQ: %w", err)
	}
	if f.commits, err = bareCommits(ctx, e.pg.URL(), o.Bare); err != nil {
		return f, fmt.Errorf("bare PostgreSQL: %w", err)
	}
	if err = f.besideSkeleton(ctx, o, e, p, b); err != nil {
		return f, err
	}
	if f.mockCreates, f.ourCreates, err = r.creates(ctx, o.Bare); err != nil {
		return f, err
	}
	if f.hooks, err = hooks(ctx); err != nil {
		return f, err
	}
	if err = f.memory(ctx, o); err != nil {
		return f, err
	}
	f.transfers, f.plainTransfers, err = transfers(ctx, e.pg.URL(), o.Bare)
	return f, err
}

func report(rounds []figures) {
	middleOf := func(of func(figures) float64) float64 {
		var list []float64
		for _, f := range rounds {
			list = append(list, of(f))
		}
		return middle(list)
	}
	say("")
	say("Medians of %d rounds:", len(rounds))
	say("  complete payments                %8.0f /s", middleOf(func(f figures) float64 { return f.payments }))
	say("  the skeleton's                   %8.0f /s   payments are %.2f of it", middleOf(func(f figures) float64 { return f.skeleton }),
		middleOf(func(f figures) float64 { return f.payments / f.skeleton }))
	say("  bare two-hop messages            %8.0f /s   payments are %.3f of it", middleOf(func(f figures) float64 { return f.hops }),
		middleOf(func(f figures) float64 { return f.payments / f.hops }))
	say("  bare durable single-row commits  %8.0f /s   payments are %.3f of it", middleOf(func(f figures) float64 { return f.commits }),
		middleOf(func(f figures) float64 { return f.payments / f.commits }))
	say("  embedded creates                 %8.0f /s   %.2f of a stateless mock's %.0f", middleOf(func(f figures) float64 { return f.ourCreates }),
		middleOf(func(f figures) float64 { return f.ourCreates / f.mockCreates }), middleOf(func(f figures) float64 { return f.mockCreates }))
	say("  embedded memory                  %8.0f B   for each complete payment, in memory; %.0f B beyond --keep", middleOf(func(f figures) float64 { return f.footprint }),
		middleOf(func(f figures) float64 { return f.bounded }))
	say("  webhooks delivered               %8.0f /s   signed, posted on loopback, recorded in SQLite", middleOf(func(f figures) float64 { return f.hooks }))
	say("  ledger transfers                 %8.0f /s   booked and sealed; %.1f of the %.0f of one transfer in each transaction", middleOf(func(f figures) float64 { return f.transfers }),
		middleOf(func(f figures) float64 { return f.transfers / f.plainTransfers }), middleOf(func(f figures) float64 { return f.plainTransfers }))
	say("  under that load: create p50 %.1f ms, end to end p50 %.1f ms, p99 %.1f ms", middleOf(func(f figures) float64 { return f.createP50 }),
		middleOf(func(f figures) float64 { return f.endP50 }), middleOf(func(f figures) float64 { return f.endP99 }))
	printBeside(rounds)
}

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
