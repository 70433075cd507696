//go:build soak

package e2e_test

import (
	"context"
	"testing"

	"sandbank/internal/engine"
	"sandbank/payment"
)

// TestSoak_Cluster has payments run over two processors and two bank processes on three RabbitMQ nodes. Each node in turn is
// killed, the second is parted from the others, and all are shut down politely and started again, one after the other:
// nothing is lost, and nothing is booked twice.
func TestSoak_Cluster(t *testing.T) {
	w, c := newClusterWorld(t)
	_, first := w.processor()
	w.awaitUp(first)
	_, second := w.processor()
	w.bank("SANDNL2A")
	w.bank("SLOWDE2A")
	w.awaitReady(first)
	w.awaitReady(second)

	do := func(what string, act func(context.Context) error) {
		w.Logf("%s", what)
		if err := act(w.Context()); err != nil {
			w.Errorf("%s: %v", what, err)
		}
	}
	back := func(n *engine.RabbitMQ) {
		do("the node is a member again", n.Restart)
		do("all nodes see each other", func(ctx context.Context) error { return n.AwaitMembers(ctx, len(c.Nodes)) })
	}
	for i, n := range c.Nodes {
		w.nothingLost(w.load(perRound, map[int]func(){
			perRound / 10: func() {
				do("node "+string(rune('1'+i))+" killed", func(context.Context) error { return n.Kill() })
				back(n)
			},
		}, first, second))
	}
	w.nothingLost(w.load(perRound, map[int]func(){
		perRound / 10: func() {
			heal, err := c.Cut(w.Context(), 1)
			if err != nil {
				w.Error(err)
			}
			do("node 2 parted from the others", func(ctx context.Context) error { return c.Nodes[0].AwaitMembers(ctx, 2) })
			do("node 2 reaches the others again", heal)
			do("all nodes see each other", func(ctx context.Context) error { return c.Nodes[1].AwaitMembers(ctx, len(c.Nodes)) })
		},
	}, first, second))
	w.nothingLost(w.load(perRound, map[int]func(){
		perRound / 10: func() {
			for i, n := range c.Nodes {
				do("node "+string(rune('1'+i))+" rolled", n.Shutdown)
				back(n)
			}
		},
	}, first, second))

	found := w.settled()
	if n := found.ByStatus[payment.Captured]; n != found.Entries || n < 5*perRound {
		t.Errorf("%d captured, %d entries: %v", n, found.Entries, found.ByStatus)
	}
}

// newClusterWorld is a world whose broker is three nodes.
func newClusterWorld(t *testing.T) (*world, *engine.RabbitMQCluster) {
	t.Helper()
	w := bareWorld(t)
	c := engine.PrivateRabbitMQCluster(t, 3, engine.RabbitMQOptions{})
	w.rabbit, w.amqp = c.Nodes[0], c.URL()
	w.postgres = engine.PrivatePostgres(t, engine.PostgresOptions{})
	w.database = w.postgres.URL()
	return w, c
}
