package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"sandbank/identity"
	"sandbank/merchant/load"
)

// footprint is how many bytes of memory an embedded processor that keeps nothing
// on disk takes for each complete payment, banks and all: what is resident after
// the second half of them, less what was after the first.
func (p *product) footprint(ctx context.Context, o options) (perPayment float64, err error) {
	addr, err := freeAddress()
	if err != nil {
		return 0, err
	}
	c := exec.Command(filepath.Join(p.folder, "processor"), "--addr", addr, "--quiet", "--no-shop", "--amqp-addr", "127.0.0.1:0")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Process.Signal(syscall.SIGTERM), c.Wait()) }()
	if err := await(ctx, "the embedded processor", func() error {
		return exec.CommandContext(ctx, filepath.Join(p.folder, "processor"), "health", "--addr", addr).Run()
	}); err != nil {
		return 0, err
	}
	var resident [2]int // in KB
	for half := range resident {
		_, err := load.Run(ctx, load.Options{
			Bases: []string{"http://" + addr}, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(),
			Payments: o.Payments, Concurrency: o.Concurrency,
		}, nil)
		if err != nil {
			return 0, err
		}
		resident[half] = memory(c.Process.Pid)
	}
	return float64(resident[1]-resident[0]) * 1024 / float64(o.Payments), nil
}
