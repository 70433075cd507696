package engine

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// A command is a change by rabbitmqctl, as Erlang that is evaluated in the node: rabbitmqctl starts a virtual machine of
// its own for each command, which costs more than a second of processor time, erl_call some hundredths. The functions are those
// that RabbitMQ's own commands call (rabbitmq_cli, lib/rabbitmq/cli/ctl/commands); a test holds both to one outcome.
type command func(host string, args []string) string

// commands are those that tests give often; takes says how many arguments a command has beside its flags. What is written otherwise,
// and every other command, is left to rabbitmqctl.
var commands = map[string]struct {
	takes  int
	erlang command
}{
	"add_vhost": {1, func(_ string, a []string) string { return call("rabbit_vhost:add", a[0], by) }},
	"add_user": {2, func(_ string, a []string) string {
		return call("rabbit_auth_backend_internal:add_user", a[0], a[1], by)
	}},
	"delete_user": {1, func(_ string, a []string) string {
		return call("rabbit_auth_backend_internal:delete_user", a[0], by)
	}},
	"set_permissions": {4, func(host string, a []string) string {
		return call("rabbit_auth_backend_internal:set_permissions", a[0], host, a[1], a[2], a[3], by)
	}},
	"clear_permissions": {1, func(host string, a []string) string {
		return call("rabbit_auth_backend_internal:clear_permissions", a[0], host, by)
	}},
	"set_topic_permissions": {4, func(host string, a []string) string {
		return call("rabbit_auth_backend_internal:set_topic_permissions", a[0], host, a[1], a[2], a[3], by)
	}},
	"close_all_connections": {1, func(host string, a []string) string {
		return "begin [rabbit_networking:close_connection(P, " + binary(a[0]) + ") || C <- rabbit_connection_tracking:list(" + binary(host) +
			"), P <- tuple_to_list(C), is_pid(P)], ok end"
	}},
	"set_vm_memory_high_watermark": {1, func(_ string, a []string) string {
		share, err := strconv.ParseFloat(a[0], 64)
		if err != nil {
			return ""
		}
		return "vm_memory_monitor:set_vm_memory_high_watermark(" + strconv.FormatFloat(share, 'f', 10, 64) + ")"
	}},
}

// by is who the node's log says has changed something.
const by = "engine"

// inErlang is a command of rabbitmqctl as an expression whose value is ok; "" where there is none.
func inErlang(args []string) string {
	host, rest := "/", slices.Clone(args)
	if len(rest) > 2 && rest[1] == "--vhost" {
		host = rest[2]
		rest = slices.Delete(rest, 1, 3)
	}
	c, known := commands[rest[0]]
	if !known || len(rest) != c.takes+1 || strings.HasPrefix(rest[1], "-") {
		return ""
	}
	return c.erlang(host, rest[1:])
}

// call is the call of a function with texts.
func call(function string, texts ...string) string {
	for i, t := range texts {
		texts[i] = binary(t)
	}
	return function + "(" + strings.Join(texts, ", ") + ")"
}

// binary is a text as Erlang has it, by its bytes, so that nothing in it has a meaning.
func binary(text string) string {
	list := make([]string, len(text))
	for i := range len(text) {
		list[i] = strconv.Itoa(int(text[i]))
	}
	return "<<" + strings.Join(list, ",") + ">>"
}

// tell has the node evaluate an expression whose value must be ok, and returns what else came of it. A node that cannot be reached has
// done nothing: it is one that starts, or that has much else to do.
func (r *RabbitMQ) tell(ctx context.Context, expression string) (string, error) {
	cmd := exec.CommandContext(ctx, r.paths.tell, "-c", r.cookie, "-name", r.node, "-e")
	cmd.Env = r.environment()
	cmd.Stdin = strings.NewReader("case rabbit:is_running() of true -> " + expression + `; false -> "` + notRunning + "\" end.\n")
	out, err := cmd.CombinedOutput()
	if err == nil && string(out) == "{ok, ok}" {
		return "", nil
	}
	said := string(out)
	if strings.Contains(said, "failed to connect to node") {
		said += ": it " + notRunning
	}
	return said, fmt.Errorf("engine: erl_call told the broker\n%s\nwhich answered %s (%w)", expression, out, err)
}
