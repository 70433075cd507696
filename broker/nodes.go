package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A comma may be part of a password; one before a scheme cannot, since a password has no plain slash.
var betweenNodes = regexp.MustCompile(`,\s*[a-z]+://`)

// Nodes separates the addresses of a cluster's nodes, which are written one after the other with commas between
// them: amqp://user:password@one:5672/,amqp://user:password@two:5672/. One address alone is a list of one.
func Nodes(addresses string) (list []string) {
	for {
		at := betweenNodes.FindStringIndex(addresses)
		if at == nil {
			return append(list, strings.TrimSpace(addresses))
		}
		list = append(list, strings.TrimSpace(addresses[:at[0]]))
		addresses = addresses[at[0]+1:]
	}
}

var (
	// No error has a cause, which would repeat a part of the address, perhaps the password.
	errAddress = errors.New("write it as amqp://user:password@host:5672/, with special characters percent-encoded")
	errList    = errors.New("write the whole address of each node, with commas between: amqp://user:password@one:5672/,amqp://user:password@two:5672/")
	errNodes   = errors.New("the nodes of a cluster have one virtual host and the same users: give each address the same scheme, user, password and path")
)

// parseNodes reads the addresses of one broker's nodes.
func parseNodes(addresses string) ([]amqp.URI, error) {
	var list []amqp.URI
	for _, address := range Nodes(addresses) {
		u, err := amqp.ParseURI(address)
		if err != nil || u.Port < 1 || u.Port > 65535 {
			return nil, errAddress
		}
		if strings.Contains(u.Host, ",") || strings.HasSuffix(address, ",") {
			return nil, errList
		}
		list = append(list, u)
	}
	for _, u := range list {
		if first := list[0]; u.Scheme != first.Scheme || u.Vhost != first.Vhost || u.Username != first.Username || u.Password != first.Password {
			return nil, errNodes
		}
	}
	return list, nil
}

// Address reads an address, or several of one cluster, and returns what they have in common: the scheme, the user, the
// password and the virtual host; host and port are the first one's.
func Address(addresses string) (amqp.URI, error) {
	list, err := parseNodes(addresses)
	if err != nil {
		return amqp.URI{}, err
	}
	return list[0], nil
}

// VirtualHost returns the virtual host that an address names.
func VirtualHost(addresses string) (string, error) {
	u, err := Address(addresses)
	return u.Vhost, err
}

// Hosts is where the nodes are, without what is secret, for people; "" where the addresses cannot be read.
func Hosts(addresses string) string {
	list, err := parseNodes(addresses)
	if err != nil {
		return ""
	}
	var hosts []string
	for _, u := range list {
		hosts = append(hosts, net.JoinHostPort(u.Host, strconv.Itoa(u.Port)))
	}
	return strings.Join(hosts, ", ")
}

// anyNode dials the nodes in their order, beginning with the one that answered last, until one answers.
func anyNode(nodes []string, dial func(ctx context.Context, address, name string) (*amqp.Connection, error)) Dialer {
	var last atomic.Int64
	return func(ctx context.Context, name string) (*amqp.Connection, error) {
		var failed error
		begin := int(last.Load())
		for i := range nodes {
			at := (begin + i) % len(nodes)
			conn, err := dial(ctx, nodes[at], name)
			if err == nil {
				last.Store(int64(at))
				return conn, nil
			}
			if failed = both(failed, err); ctx.Err() != nil {
				break
			}
		}
		return nil, failed
	}
}

// both is two errors on one line, as logs want it.
func both(a, b error) error {
	if a == nil {
		return b
	}
	return fmt.Errorf("%w; %w", a, b)
}
