package main

import (
	"errors"
	"fmt"
	"strings"

	"sandbank/broker"
	"sandbank/broker/rabbitmq"
	"sandbank/identity"
	"sandbank/node"
)

// brokerUsers are those that are to be set up besides the merchants'. The processor's own is
// narrowed only where the banks have others than that.
func (c runCommand) brokerUsers(clients []identity.Client) ([]broker.User, error) {
	banks, err := c.bankFlags.parse(clients)
	if err = errors.Join(err, c.checkBankUsers()); err != nil {
		return nil, err
	}
	list := banks
	if len(banks) > 0 && c.AMQPURL != "" {
		own, err := processorUser(c.AMQPURL.Reveal())
		if err != nil {
			return nil, nil //nolint:nilerr // which was said already
		}
		list = append(list, own)
	}
	return list, nil
}

// accessCommand prints what an administrator of RabbitMQ runs where the processor
// has no credentials to do it.
type accessCommand struct {
	clientFlags
	bankFlags
	ProcessorUser string `placeholder:"NAME:PASSWORD" help:"The processor's own user, who may do what a processor does and no more."`
	VirtualHost   string `default:"/" help:"RabbitMQ's virtual host."`
	Format        string `enum:"commands,definitions" default:"commands" help:"commands for rabbitmqctl, or definitions: a file for its import_definitions."`
}

// Run prints the commands, or the file.
func (c *accessCommand) Run(to output) error {
	clients, err := c.clientFlags.parse()
	banks, err2 := c.bankFlags.parse(clients)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	list := append(node.MerchantUsers(clients), banks...)
	if c.ProcessorUser != "" {
		u, _, err := parseClient("--processor-user", "", c.ProcessorUser+":x")
		if err != nil {
			return errors.New("--processor-user: write it as NAME:PASSWORD, with a password of at least 12 characters")
		}
		list = append(list, broker.Access(broker.RoleProcessor, u.ID, u.Secret.Reveal()))
	}
	if c.Format == "definitions" {
		_, _ = fmt.Fprintf(to.out, "%s\n", broker.Definitions(c.VirtualHost, broker.MerchantBounds, list))
		return nil
	}
	commands := [][]string{broker.MerchantBounds.Command(c.VirtualHost)}
	for _, u := range list {
		commands = append(commands, u.Commands(c.VirtualHost)...)
	}
	for _, args := range commands {
		line := "rabbitmqctl"
		for _, a := range args {
			line += " " + shellWord(a)
		}
		_, _ = fmt.Fprintln(to.out, line)
	}
	return nil
}

// shellWord quotes a word unless a shell would take it unchanged.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// administrator makes the client that sets up users on RabbitMQ.
func (c runCommand) administrator() (*rabbitmq.Admin, error) {
	if c.AMQPAdminURL == "" {
		return nil, nil
	}
	if c.AMQPURL == "" {
		return nil, fmt.Errorf("--amqp-admin-url: it is for RabbitMQ; the embedded broker knows the merchants by itself")
	}
	host, err := broker.VirtualHost(c.AMQPURL.Reveal())
	if err != nil {
		return nil, nil //nolint:nilerr // which was said already
	}
	admin, err := rabbitmq.New(c.AMQPAdminURL.Reveal(), host)
	if err != nil {
		return nil, fmt.Errorf("--amqp-admin-url: %w", err)
	}
	return admin, nil
}
