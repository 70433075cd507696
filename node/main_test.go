package node

import (
	"context"
	"html"
	"log/slog"
	"regexp"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/processor/invariant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// american is a card of fifteen digits, whose security code has four.
const american = "378282246310005"

// made is a node that serves nothing, and is closed with the test.
func made(t *testing.T, c Config) *Node {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	n, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := n.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return n
}

// started is a node that is ready. At the end of the test it holds all invariants.
func started(t *testing.T, c Config) *Node {
	t.Helper()
	return startedAround(t, c, func(s Store) Store { return s })
}

// startedAround is a started node with something around its store, as its resets see it.
func startedAround(t *testing.T, c Config, around func(Store) Store) *Node {
	t.Helper()
	c.Ended = func(s Store) error {
		now := time.Now()
		if c.Clock != nil {
			now = c.Clock.Now()
		}
		report, err := invariant.Check(context.Background(), s, now, 10*time.Second)
		for _, v := range report.Violations {
			t.Error("an invariant does not hold:", v)
		}
		return err
	}
	n := made(t, c)
	n.store = around(n.store)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.Await(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

func hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}
