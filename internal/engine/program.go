package engine

import (
	"context"
	"os/exec"
	"syscall"
)

// A Program is a program of the project, run as a process of its own, as its users run it. It ends
// at the latest with the test binary, by any cause.
type Program struct{ process *process }

// StartProgram runs cmd, appends its output to the file log, and waits until ready succeeds.
func StartProgram(ctx context.Context, cmd *exec.Cmd, log string, ready func(context.Context) error) (*Program, error) {
	p, err := startProcess(cmd, log, syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	if err := awaitReady(ctx, p, ready); err != nil {
		return nil, err
	}
	return &Program{p}, nil
}

// Kill ends the program at once, as a power cut would.
func (p *Program) Kill() error { return p.process.kill() }

// Stop asks the program to end, by SIGTERM, and waits for it.
func (p *Program) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	return p.process.shutdown(ctx, syscall.SIGTERM)
}
