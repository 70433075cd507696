package main

import (
	"context"
	"fmt"
	"os"
)

// resetCommand puts everything back to the beginning.
type resetCommand struct {
	staff
	formatFlag
}

// Run resets the processor.
func (c *resetCommand) Run(ctx context.Context, to output) error {
	at, err := c.open()
	if err != nil {
		return err
	}
	defer at.Close()
	if err := at.Reset(ctx); err != nil {
		return err
	}
	return c.done(to.out, doneWord{Done: "reset"}, "everything is back at the beginning")
}

// snapshotCommand saves the whole state and brings it back.
type snapshotCommand struct {
	Save snapshotSave `cmd:"" help:"Save the whole state of an embedded processor."`
	Load snapshotLoad `cmd:"" help:"Begin anew with a state that was saved."`
}

type snapshotSave struct {
	staff
	formatFlag
	File string `arg:"" type:"path" help:"Where to, such as month.zip."`
}

// Run saves the state.
func (c *snapshotSave) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	packed, err := from.Snapshot(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.File, packed, 0o600); err != nil { // it has the merchants' webhook secrets
		return err
	}
	return c.done(to.out, doneWord{File: c.File, Bytes: len(packed), Done: "saved"}, fmt.Sprintf("%s has the whole state, %d bytes", c.File, len(packed)))
}

type snapshotLoad struct {
	staff
	formatFlag
	File string `arg:"" type:"existingfile" help:"A file that was saved."`
}

// Run brings the state back.
func (c *snapshotLoad) Run(ctx context.Context, to output) error {
	packed, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	at, err := c.open()
	if err != nil {
		return err
	}
	defer at.Close()
	if err := at.Restore(ctx, packed); err != nil {
		return err
	}
	return c.done(to.out, doneWord{File: c.File, Bytes: len(packed), Done: "loaded"}, fmt.Sprintf("everything is as %s has it", c.File))
}
