package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// RabbitMQCluster is several private nodes that are one broker: what is kept in quorum queues stands on each.
type RabbitMQCluster struct {
	Nodes  []*RabbitMQ
	cookie string
}

// PrivateRabbitMQCluster starts a cluster of so many nodes for the test alone.
func PrivateRabbitMQCluster(t testing.TB, nodes int, options RabbitMQOptions) *RabbitMQCluster {
	t.Helper()
	c, err := StartRabbitMQCluster(context.Background(), nodes, options)
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, c)
	return c
}

// StartRabbitMQCluster starts the nodes one after the other, and returns when all are members. A node that can reach no
// more than half of them stops serving until it can, as RabbitMQ's documentation advises for clusters of three.
func StartRabbitMQCluster(ctx context.Context, nodes int, options RabbitMQOptions) (*RabbitMQCluster, error) {
	c := &RabbitMQCluster{cookie: rand.Text()}
	for range nodes {
		if err := c.add(ctx, options); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	return c, nil
}

func (c *RabbitMQCluster) add(ctx context.Context, options RabbitMQOptions) error {
	settings := map[string]string{
		"cluster_partition_handling":               "pause_minority",
		"cluster_formation.peer_discovery_backend": "classic_config",
	}
	for key, value := range options.Settings {
		settings[key] = value
	}
	if len(c.Nodes) > 0 { // the first is alone, and the others join it
		options.names, settings["cluster_formation.classic_config.nodes.1"] = c.Nodes[0].ports.names, c.Nodes[0].node
	}
	options.Settings, options.cookie = settings, c.cookie
	node, err := StartRabbitMQ(ctx, options)
	if err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, node)
	return node.AwaitMembers(ctx, len(c.Nodes))
}

// AwaitMembers waits until a node sees so many running members of its cluster, itself among them.
func (r *RabbitMQ) AwaitMembers(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		members, err := r.ctl(ctx, "eval", "length(mnesia:system_info(running_db_nodes)).")
		members = strings.TrimSpace(members)
		if err == nil && members == fmt.Sprint(want) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("engine: %s sees %q members of its cluster; want %d: %w", r.node, members, want, errors.Join(err, ctx.Err()))
		}
	}
}

// URL returns the AMQP URLs of all nodes, separated by commas.
func (c *RabbitMQCluster) URL() string {
	var list []string
	for _, n := range c.Nodes {
		list = append(list, n.URL())
	}
	return strings.Join(list, ",")
}

// Cut parts a node from the others as a broken network between them would, until the function that it returns is called;
// clients reach all of them meanwhile. The node expects another secret from the others, and lets go of them.
func (c *RabbitMQCluster) Cut(ctx context.Context, node int) (heal func(context.Context) error, err error) {
	var others []string
	for i, n := range c.Nodes {
		if i != node {
			others = append(others, "'"+n.node+"'")
		}
	}
	expect := func(ctx context.Context, cookie string) error {
		_, err := c.Nodes[node].ctl(ctx, "eval", fmt.Sprintf(
			"[begin erlang:set_cookie(N, '%s'), erlang:disconnect_node(N) end || N <- [%s]].", cookie, strings.Join(others, ", ")))
		return err
	}
	return func(ctx context.Context) error { return expect(ctx, c.cookie) }, expect(ctx, rand.Text())
}

// Stop ends all nodes for good and removes their data. The first has the name server of all, and goes last.
func (c *RabbitMQCluster) Stop() error {
	var errs []error
	for _, n := range slices.Backward(c.Nodes) {
		errs = append(errs, n.Stop())
	}
	return errors.Join(errs...)
}
