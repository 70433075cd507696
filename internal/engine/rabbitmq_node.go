package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// tell is erl_call, or "" where Erlang came without it.
type rabbitMQPaths struct{ server, ctl, names, tell string }

type rabbitMQPorts struct{ amqp, management, names, distribution, mqtt, stomp int }

// findRabbitMQ finds the broker's own scripts. Debian's wrappers in PATH change to the user
// rabbitmq, which could not read the private folder.
func findRabbitMQ() (rabbitMQPaths, error) {
	const pkg = "rabbitmq-server"
	server, err := find("rabbitmq-server", pkg, "/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server")
	if err != nil {
		return rabbitMQPaths{}, err
	}
	ctl, err := find("rabbitmqctl", pkg, "/usr/lib/rabbitmq/bin/rabbitmqctl", "/opt/rabbitmq/sbin/rabbitmqctl")
	if err != nil {
		return rabbitMQPaths{}, err
	}
	names, err := find("epmd", "erlang-base", "/usr/lib/erlang/erts-*/bin/epmd", "/opt/erlang/lib/erlang/erts-*/bin/epmd")
	tell, missing := find("erl_call", "erlang-base", "/usr/lib/erlang/erts-*/bin/erl_call", "/opt/erlang/lib/erlang/erts-*/bin/erl_call")
	if missing != nil {
		tell = ""
	}
	return rabbitMQPaths{server: server, ctl: ctl, names: names, tell: tell}, err
}

// furnish writes the configuration. Plain files take the place of everything under /etc/rabbitmq,
// so that a broker installed for another purpose changes nothing.
func (r *RabbitMQ) furnish() error {
	for _, dir := range []string{"home", "conf.d"} {
		if err := os.Mkdir(r.room.join(dir), 0o700); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	for name, content := range map[string]string{
		"rabbitmq.conf": r.configuration(),
		"plugins":       "[" + strings.Join(r.plugins(), ",") + "].",
		// Fixed here, or the node and rabbitmqctl would each make one and not know the other.
		"home/.erlang.cookie": r.cookie,
	} {
		if err := r.room.write(name, content, 0o400); err != nil {
			return err
		}
	}
	return nil
}

func (r *RabbitMQ) plugins() (list []string) {
	for name, wanted := range map[string]bool{
		"rabbitmq_management": r.option.Management, "rabbitmq_mqtt": r.option.MQTT, "rabbitmq_stomp": r.option.STOMP,
	} {
		if wanted {
			list = append(list, name)
		}
	}
	return list
}

func (r *RabbitMQ) configuration() string {
	settings := map[string]string{
		"listeners.tcp.1": address(r.ports.amqp),
		"loopback_users":  "none",
		"log.file":        "false",
		"log.console":     "true",
		// A nearly full disk should fail a test by its own alarm, not all of them by this one.
		"disk_free_limit.absolute": "20MB",
		// The default of 512 MB lets each broker's memory grow by as much before it writes out.
		"raft.wal_max_size_bytes": "67108864",
	}
	if r.option.Management {
		settings["management.tcp.ip"] = "127.0.0.1"
		settings["management.tcp.port"] = fmt.Sprint(r.ports.management)
	}
	if r.option.MQTT {
		settings["mqtt.listeners.tcp.1"] = address(r.ports.mqtt)
	}
	if r.option.STOMP {
		settings["stomp.listeners.tcp.1"] = address(r.ports.stomp)
	}
	maps.Copy(settings, r.option.Settings)
	var lines strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&lines, "%s = %s\n", key, settings[key])
	}
	return lines.String()
}

// environment points every file RabbitMQ knows of into the room, and every listener at loopback.
func (r *RabbitMQ) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"HOME=" + r.room.join("home"),
		"ERL_CRASH_DUMP_SECONDS=0",
		"ERL_EPMD_PORT=" + fmt.Sprint(r.ports.names),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_NODENAME=" + r.node,
		"RABBITMQ_DIST_PORT=" + fmt.Sprint(r.ports.distribution),
		"RABBITMQ_MNESIA_BASE=" + r.room.join("data"),
		"RABBITMQ_LOG_BASE=" + r.room.join("log"),
		"RABBITMQ_PID_FILE=" + r.room.join("pid"),
		"RABBITMQ_CONFIG_FILE=" + r.room.join("rabbitmq.conf"),
		"RABBITMQ_CONFIG_FILES=" + r.room.join("conf.d"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + r.room.join("advanced.config"),
		"RABBITMQ_CONF_ENV_FILE=" + r.room.join("rabbitmq-env.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + r.room.join("plugins"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=" + r.erlang(),
		// Several brokers on one machine must not all bind their schedulers to the same cores.
		"RABBITMQ_SCHEDULER_BIND_TYPE=u",
		// The script then becomes the node instead of watching over it: one process, one pid.
		"RABBITMQ_ALLOW_INPUT=1",
	}
}

// erlang is what the virtual machine of Erlang is told further.
func (r *RabbitMQ) erlang() string {
	const near = "-kernel inet_dist_use_interface {127,0,0,1}"
	if r.option.AllCores {
		return near
	}
	return near + " +S 1:1 +SDcpu 1:1"
}

// startNames starts a name server for this node alone. Left to itself, the first node on a
// machine starts a shared one as a daemon, which outlives it. The nodes of a cluster share the first one's.
func (r *RabbitMQ) startNames() error {
	if r.option.names != 0 || r.names != nil && !r.names.ended() {
		return nil
	}
	cmd := exec.Command(r.paths.names, "-address", "127.0.0.1", "-port", fmt.Sprint(r.ports.names))
	cmd.Dir = r.room.path
	names, err := startProcess(cmd, r.room.join("epmd.log"), syscall.SIGKILL)
	r.names = names
	return err
}

func (r *RabbitMQ) startBroker() error {
	cmd := exec.Command(r.paths.server, "-noinput")
	cmd.Dir = r.room.path
	cmd.Env = r.environment()
	broker, err := startProcess(cmd, r.room.join("rabbitmq.log"), syscall.SIGKILL)
	if err == nil {
		r.broker = broker
	}
	return err
}

// probe asks for a full AMQP handshake: the port alone opens before users may log in.
func (r *RabbitMQ) probe(ctx context.Context) error {
	dial := func(network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return conn, conn.SetDeadline(time.Now().Add(10 * time.Second))
	}
	conn, err := amqp.DialConfig(r.URL(), amqp.Config{Dial: dial})
	if err != nil {
		return err
	}
	return conn.Close()
}

// randomName returns a short name that is fit for a node, a database and a virtual host.
func randomName() string { return strings.ToLower(rand.Text()[:10]) }
