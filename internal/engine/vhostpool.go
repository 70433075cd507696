package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
)

// hostBatch is how many virtual hosts are made at once: one call of rabbitmqctl costs half a
// second of processor time, whether it makes one or many.
const hostBatch = 12

// A hostPool hands out virtual hosts that nobody has used.
type hostPool struct {
	mu   sync.Mutex
	free []string
}

// take returns a fresh virtual host of the broker.
func (p *hostPool) take(ctx context.Context, broker *RabbitMQ) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		names, err := broker.addVirtualHosts(ctx, hostBatch)
		if err != nil {
			return "", err
		}
		p.free = names
	}
	name := p.free[0]
	p.free = p.free[1:]
	return name, nil
}

type hostDefinition struct {
	Name string `json:"name"`
}

type permissionDefinition struct {
	User      string `json:"user"`
	Host      string `json:"vhost"`
	Configure string `json:"configure"`
	Write     string `json:"write"`
	Read      string `json:"read"`
}

// addVirtualHosts makes n virtual hosts that guest may use, by importing their definitions.
func (r *RabbitMQ) addVirtualHosts(ctx context.Context, n int) ([]string, error) {
	var names []string
	var definitions struct {
		Hosts       []hostDefinition       `json:"vhosts"`
		Permissions []permissionDefinition `json:"permissions"`
	}
	for range n {
		name := "test-" + randomName()
		names = append(names, name)
		definitions.Hosts = append(definitions.Hosts, hostDefinition{Name: name})
		definitions.Permissions = append(definitions.Permissions,
			permissionDefinition{User: "guest", Host: name, Configure: ".*", Write: ".*", Read: ".*"})
	}
	content, err := json.Marshal(definitions)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	file := "definitions-" + randomName() + ".json"
	if err := r.room.write(file, string(content), 0o600); err != nil {
		return nil, err
	}
	_, err = r.Ctl(ctx, "import_definitions", r.room.join(file))
	return names, err
}
