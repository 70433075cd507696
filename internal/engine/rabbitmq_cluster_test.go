//go:build soak

package engine_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/internal/engine"
)

// TestCluster_GoesOnWithTwoOfThree kills a node, and parts another from the rest: what was confirmed is still there, and
// the node that is alone takes nothing.
func TestCluster_GoesOnWithTwoOfThree(t *testing.T) {
	c := engine.PrivateRabbitMQCluster(t, 3, engine.RabbitMQOptions{})
	declare(t, open(t, c.Nodes[0].URL()), "work")
	publish(t, open(t, c.Nodes[0].URL()), "work", "first")
	if err := c.Nodes[0].Kill(); err != nil {
		t.Fatal(err)
	}
	publish(t, open(t, c.Nodes[1].URL()), "work", "second")
	if err := c.Nodes[0].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}

	heal, err := c.Cut(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Nodes[2].AwaitMembers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	publish(t, open(t, c.Nodes[2].URL()), "work", "third")
	if conn, err := amqp.Dial(c.Nodes[1].URL()); err == nil {
		_ = conn.Close()
		t.Error("a node that is alone takes connections")
	}
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Nodes[1].AwaitMembers(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	ch := open(t, c.Nodes[1].URL())
	for _, want := range []string{"first", "second", "third"} {
		m, ok, err := ch.Get("work", true)
		if err != nil || !ok || string(m.Body) != want {
			t.Fatalf("got %q, %v, %v; want %q", m.Body, ok, err, want)
		}
	}
}
