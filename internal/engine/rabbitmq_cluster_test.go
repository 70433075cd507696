//go:build soak

package engine_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/internal/engine"
)

// TestCluster_GoesOnWithTwoOfThree kills a node, and parts another from the rest: what was confirmed is still there, and
// the node that is alone takes nothing.
func TestCluster_GoesOnWithTwoOfThree(t *testing.T) {
	c := engine.PrivateRabbitMQCluster(t, 3, engine.RabbitMQOptions{})
	declare(t, open(t, c.Nodes[0].URL()), "work")
	insist(t, c.Nodes[0], "first")
	if err := c.Nodes[0].Kill(); err != nil {
		t.Fatal(err)
	}
	insist(t, c.Nodes[1], "second")
	if err := c.Nodes[0].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	sees(t, c.Nodes[0], 3)

	heal, err := c.Cut(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sees(t, c.Nodes[2], 2)
	insist(t, c.Nodes[2], "third")
	refuses(t, c.Nodes[1])
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	sees(t, c.Nodes[1], 3)
	ch := open(t, c.Nodes[1].URL())
	for _, want := range []string{"first", "second", "third"} {
		m, ok, err := ch.Get("work", true)
		if err != nil || !ok || string(m.Body) != want {
			t.Fatalf("got %q, %v, %v; want %q", m.Body, ok, err, want)
		}
	}
}

func sees(t *testing.T, node *engine.RabbitMQ, members int) {
	t.Helper()
	if err := node.AwaitMembers(t.Context(), members); err != nil {
		t.Fatal(err)
	}
}

// refuses waits until a node, which has seen that it is alone, takes no connections any more.
func refuses(t *testing.T, node *engine.RabbitMQ) {
	t.Helper()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	late := time.After(5 * time.Minute)
	for {
		conn, err := amqp.Dial(node.URL())
		if err != nil {
			return
		}
		_ = conn.Close()
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("a node that is alone takes connections")
		}
	}
}

// insist publishes to the queue "work" until it is confirmed: while a queue has no leader, the broker refuses, and a channel
// goes on asking the leader that it knew.
func insist(t *testing.T, node *engine.RabbitMQ, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		ch := open(t, node.URL())
		if err := ch.Confirm(false); err != nil {
			t.Fatal(err)
		}
		confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", "work", true, false,
			amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := confirm.WaitContext(ctx); err != nil {
			t.Fatal(err)
		} else if kept {
			return
		}
		<-tick.C
	}
}
