package main

import (
	"context"

	"sandbank/processor"
)

// transcriptCommand reads a whole database and writes what happened.
type transcriptCommand struct {
	database
}

// Run writes it, a line of JSON for each thing that happened.
func (c *transcriptCommand) Run(ctx context.Context, to output) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return processor.WriteTranscript(ctx, s, processor.Everyone(), to.out)
}
