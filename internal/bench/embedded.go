package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sandbank/node"
)

// embeddedWord makes the bench serve instead of measure; see serveEmbedded.
const embeddedWord = "serve-embedded"

// serveEmbedded runs an embedded processor in memory, made as every program makes
// it, and prints its URL. It is what the bench runs in a process of its own:
// beside the clients that drive it, the two would share one heap and one
// collector, and the memory of a payment could not be told from theirs.
//
// It keeps the newest payments, 0 for all, and pays out every night.
func serveEmbedded(ctx context.Context, keep int) (err error) {
	payoutAt := 23*time.Hour + 30*time.Minute
	n, err := node.New(ctx, node.Config{
		AMQP: node.AMQP{Addr: "127.0.0.1:0"}, Store: node.Database{Keep: &keep}, Money: node.Money{PayoutAt: &payoutAt, Transit: time.Second},
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, n.Close(ctx))
	}()
	if err := errors.Join(n.Start(ctx), n.Await(ctx)); err != nil {
		return err
	}
	fmt.Println(n.URL(), n.StripeURL())
	<-ctx.Done()
	return nil
}

// embedded is an embedded processor in a process of its own.
type embedded struct {
	process *exec.Cmd
	url     string
	stripe  string // where it speaks Stripe's API
}

// startEmbedded returns when the processor, which keeps so many payments, is ready.
// It ends with its context, or with stop.
func startEmbedded(ctx context.Context, keep int) (*embedded, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	e := &embedded{process: exec.CommandContext(ctx, program, embeddedWord, strconv.Itoa(keep))}
	e.process.Stderr = os.Stderr
	e.process.Cancel = func() error { return e.process.Process.Signal(syscall.SIGTERM) }
	out, err := e.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) || said == "" {
		return nil, errors.Join(fmt.Errorf("the embedded processor did not say where it is: %w", err), e.stop())
	}
	e.url, e.stripe, _ = strings.Cut(strings.TrimSpace(said), " ")
	return e, nil
}

func (e *embedded) stop() error {
	return errors.Join(e.process.Process.Signal(syscall.SIGTERM), e.process.Wait())
}
