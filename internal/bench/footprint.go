package main

import (
	"context"
	"errors"

	"sandbank/identity"
	"sandbank/merchant/load"
)

// footprint is the memory, in bytes, that an embedded processor that keeps
// nothing on disk takes for each complete payment, banks and all: the resident
// size after the second half of them, less that after the first.
func footprint(ctx context.Context, o options) (perPayment float64, err error) {
	e, err := startEmbedded(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.stop()) }()
	var resident [2]int // in KB
	for half := range resident {
		_, err := load.Run(ctx, load.Options{
			Bases: []string{e.url}, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(),
			Payments: o.Payments, Concurrency: o.Concurrency,
		}, nil)
		if err != nil {
			return 0, err
		}
		resident[half] = memory(e.process.Process.Pid)
	}
	return float64(resident[1]-resident[0]) * 1024 / float64(o.Payments), nil
}
