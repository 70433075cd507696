package client

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// UnreachedError says that no answer came from the processor's address: nothing
// listens there, or the program that does says nothing.
type UnreachedError struct {
	Base string // the address
	Err  error
}

func (e *UnreachedError) Error() string {
	what := "cannot be reached"
	if errors.Is(e.Err, context.DeadlineExceeded) {
		what = "does not answer in time"
	}
	return fmt.Sprintf("the processor at %s %s: %v; start one, or name another address", e.Base, what, e.Err)
}

// Unwrap returns the connection's error.
func (e *UnreachedError) Unwrap() error { return e.Err }

// reached tells an error of the connection from what a processor has answered.
func (c *Client) reached(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, errUnreadable) {
		return err
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return &UnreachedError{c.base, err}
	}
	return err
}
