package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sandbank/identity"
	"sandbank/merchant/load"
)

// footprintRounds is how many rounds of payments a footprint is measured over.
const footprintRounds = 4

// growth is the memory of an embedded processor: the resident size, in bytes, after
// each round of payments. Beside it stand the rate of complete payments, banks and all,
// and their processor time, which says more on a busy machine.
type growth struct {
	resident  []int
	perSecond float64
	cpu       time.Duration // for each payment
}

// perPayment is the memory, in bytes, of each payment of the second half of the rounds.
func (g growth) perPayment(payments int) float64 {
	last := len(g.resident) - 1
	half := last / 2
	return float64(g.resident[last]-g.resident[half]) / float64((last-half)*payments)
}

// memory measures the growth with all payments kept, and with half a round of them.
func (f *figures) memory(ctx context.Context, o options) error {
	for keep, into := range map[int]*float64{0: &f.footprint, max(o.Payments/2, 1): &f.bounded} {
		g, err := footprint(ctx, o, keep)
		if err != nil {
			return err
		}
		*into = g.perPayment(o.Payments)
	}
	return nil
}

// footprint makes rounds of payments at an embedded processor that keeps the newest
// ones in memory, 0 for all. Where some are to go, a day of simulated time passes after
// each round, in which everything is settled and paid out.
func footprint(ctx context.Context, o options, keep int) (g growth, err error) {
	e, err := startEmbedded(ctx, keep)
	if err != nil {
		return g, err
	}
	defer func() {
		err = errors.Join(err, e.stop())
		g.cpu = (e.process.ProcessState.UserTime() + e.process.ProcessState.SystemTime()) / time.Duration(footprintRounds*o.Payments)
	}()
	for range footprintRounds {
		r, err := load.Run(ctx, load.Options{
			Bases: []string{e.url}, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(),
			Payments: o.Payments, Concurrency: o.Concurrency,
		}, nil)
		if err == nil && !r.OK() {
			err = fmt.Errorf("the load was not clean: %+v", r)
		}
		if err == nil && keep > 0 {
			err = passDay(ctx, e.url)
		}
		if err != nil {
			return g, err
		}
		g.resident = append(g.resident, memory(e.process.Process.Pid)*1024)
		g.perSecond += r.PerSecond / footprintRounds
	}
	return g, nil
}

// passDay lets a day of simulated time pass.
func passDay(ctx context.Context, base string) error {
	token, err := tokenOf(ctx, base, identity.DemoOperator)
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sim/clock", bytes.NewBufferString(`{"advance": {"by": "25h"}, "follow": true}`))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	return exchange(&http.Client{Timeout: 10 * time.Minute}, q, http.StatusOK)
}

// footprints measures the growth with each bound, in turn, and prints it.
func footprints(ctx context.Context, o options) error {
	for range max(o.Rounds, 1) {
		for _, keep := range o.Footprint {
			g, err := footprint(ctx, o, keep)
			if err != nil {
				return err
			}
			say("  --keep %-6d %6.0f B for each further payment  %5.0f payments/s  %6s of processor time each   resident after each %d: %v MB",
				keep, g.perPayment(o.Payments), g.perSecond, g.cpu.Round(time.Microsecond), o.Payments, megabytes(g.resident))
		}
	}
	return nil
}

func megabytes(list []int) (out []int) {
	for _, n := range list {
		out = append(out, n>>20)
	}
	return out
}

// servesEmbedded reads the words by which the bench serves instead of measuring.
func servesEmbedded(args []string) (keep int, serves bool) {
	if len(args) != 2 || args[0] != embeddedWord {
		return 0, false
	}
	keep, err := strconv.Atoi(args[1])
	return keep, err == nil
}
