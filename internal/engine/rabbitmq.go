package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// RabbitMQOptions says how a private RabbitMQ differs from the plain one.
type RabbitMQOptions struct {
	// Management serves the HTTP management API. It costs start time and memory, and makes a
	// polite Shutdown slow.
	Management bool
	// AllCores has it use every core, for measurements. Otherwise it uses one: a start then costs a fifth less,
	// and brokers of tests that run beside each other do not all spread over the machine.
	AllCores bool
	// MQTT and STOMP serve those protocols as well, by RabbitMQ's own plugins.
	MQTT, STOMP bool
	// Settings are further lines of rabbitmq.conf, by key.
	Settings map[string]string

	// In a cluster: the port of a name server that runs already, and the secret that the nodes share.
	names  int
	cookie string
}

// RabbitMQ is a private broker, listening on loopback for user guest, password guest.
// Its methods may be called from several goroutines.
type RabbitMQ struct {
	room   *room
	paths  rabbitMQPaths
	ports  rabbitMQPorts
	node   string
	cookie string // what the node and its commands know each other by
	option RabbitMQOptions

	mu     sync.Mutex
	names  *process // epmd, the node's name server
	broker *process
}

// StartRabbitMQ starts a private broker and returns when it answers an AMQP handshake. Quorum
// queues work. The context bounds the start only; the broker runs until Stop.
func StartRabbitMQ(ctx context.Context, options RabbitMQOptions) (*RabbitMQ, error) {
	paths, err := findRabbitMQ()
	if err != nil {
		return nil, err
	}
	r, err := newRabbitMQ(paths, options)
	if err != nil {
		return nil, err
	}
	if err := r.Restart(ctx); err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	return r, nil
}

func newRabbitMQ(paths rabbitMQPaths, options RabbitMQOptions) (*RabbitMQ, error) {
	ports, err := freePorts(6)
	if err != nil {
		return nil, err
	}
	room, err := newRoom("rabbitmq")
	if err != nil {
		return nil, err
	}
	if options.names != 0 {
		ports[2] = options.names
	}
	r := &RabbitMQ{
		room:   room,
		paths:  paths,
		ports:  rabbitMQPorts{amqp: ports[0], management: ports[1], names: ports[2], distribution: ports[3], mqtt: ports[4], stomp: ports[5]},
		node:   "sandbank-" + randomName() + "@localhost",
		cookie: cmp.Or(options.cookie, rand.Text()),
		option: options,
	}
	if err := r.furnish(); err != nil {
		return nil, errors.Join(err, room.remove())
	}
	return r, nil
}

// URL returns the AMQP URL, credentials included, of virtual host "/".
func (r *RabbitMQ) URL() string { return r.VirtualHostURL("") }

// VirtualHostURL returns the AMQP URL of the named virtual host; "" is the default one, "/".
func (r *RabbitMQ) VirtualHostURL(name string) string {
	return r.UserURL("guest", "guest", name)
}

// UserURL returns the AMQP URL for a user added with Ctl.
func (r *RabbitMQ) UserURL(user, password, virtualHost string) string {
	return fmt.Sprintf("amqp://%s:%s@%s/%s", user, password, r.Address(), virtualHost)
}

// Address returns the host and port where AMQP is spoken, for a proxy to stand before it.
func (r *RabbitMQ) Address() string { return address(r.ports.amqp) }

// ManagementURL returns the base URL of the management API, or "" if the option was not set.
func (r *RabbitMQ) ManagementURL() string {
	if !r.option.Management {
		return ""
	}
	return "http://" + address(r.ports.management)
}

// MQTTAddress returns the host and port where MQTT is spoken, if the option was set.
func (r *RabbitMQ) MQTTAddress() string { return address(r.ports.mqtt) }

// STOMPAddress returns the host and port where STOMP is spoken, if the option was set.
func (r *RabbitMQ) STOMPAddress() string { return address(r.ports.stomp) }

// Kill ends the broker at once (kill -9). Its data stays for Restart.
func (r *RabbitMQ) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broker == nil {
		return nil
	}
	return r.broker.kill()
}

// Shutdown ends the broker politely: clients are told, data is flushed. Its data stays for Restart.
func (r *RabbitMQ) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broker == nil {
		return nil
	}
	return r.broker.shutdown(ctx, syscall.SIGTERM)
}

// Restart starts the broker again on the same port and data, and returns when it answers. A
// running broker is killed first.
func (r *RabbitMQ) Restart(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broker != nil {
		if err := r.broker.kill(); err != nil {
			return err
		}
	}
	if err := r.startNames(); err != nil {
		return err
	}
	if err := r.startBroker(); err != nil {
		return err
	}
	return awaitReady(ctx, r.broker, r.probe)
}

// Stop ends the broker for good and removes its data. Stopping twice is fine.
func (r *RabbitMQ) Stop() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, p := range []*process{r.broker, r.names} {
		if p != nil {
			errs = append(errs, p.kill())
		}
	}
	r.broker, r.names = nil, nil
	return errors.Join(append(errs, r.room.remove())...)
}

// Ctl does what rabbitmqctl does with these arguments at this broker, and returns what it printed, for instance
// Ctl(ctx, "add_user", "bank", "secret"). One call takes some hundredths of a second where the node can be told the change
// directly, and a second or two otherwise.
//
// A broker takes connections a moment before it takes commands; on a busy machine the moment is
// long. A command that comes too early has done nothing, and is given again.
func (r *RabbitMQ) Ctl(ctx context.Context, args ...string) (string, error) {
	give := r.ctl
	if change := inErlang(args); change != "" && r.paths.tell != "" {
		give = func(ctx context.Context, _ ...string) (string, error) { return r.tell(ctx, change) }
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		out, err := give(ctx, args...)
		if err == nil || !strings.Contains(out, notRunning) {
			return out, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return out, err
		}
	}
}

// notRunning is what a node answers that runs without its broker, which is how it starts and ends.
const notRunning = "requires the 'rabbit' app to be running"

func (r *RabbitMQ) ctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, r.paths.ctl, append([]string{"--quiet", "--node", r.node}, args...)...)
	cmd.Env = r.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("engine: rabbitmqctl %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}

// AddVirtualHost makes a virtual host that guest may use, and returns its URL.
func (r *RabbitMQ) AddVirtualHost(ctx context.Context, name string) (string, error) {
	if _, err := r.Ctl(ctx, "add_vhost", name); err != nil {
		return "", err
	}
	if _, err := r.Ctl(ctx, "set_permissions", "--vhost", name, "guest", ".*", ".*", ".*"); err != nil {
		return "", err
	}
	return r.VirtualHostURL(name), nil
}
