package gate

import "context"

type waitsKey struct{}

// Waiting is a context in which [Waits] calls a function.
func Waiting(ctx context.Context, waits func()) context.Context {
	return context.WithValue(ctx, waitsKey{}, waits)
}

// Waits says that a request begins to wait for news: a stream, or a long poll. Whoever wants the requests under way to be
// done need not wait for it any more.
func Waits(ctx context.Context) {
	if waits, ok := ctx.Value(waitsKey{}).(func()); ok {
		waits()
	}
}
