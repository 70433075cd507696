package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/rabbitmq"
	"sandbank/clock"
	"sandbank/identity"
)

// users are those who get an AMQP user: every client of a merchant, under its id,
// with its secret as the password, for the events of its merchant.
func users(clients []identity.Client) (list []broker.User) {
	for _, c := range clients {
		switch c.Role {
		case identity.RoleMerchant:
			list = append(list, broker.Access(broker.MerchantRole, c.ID, c.Secret.Reveal(), c.Merchant.ID))
		case identity.RoleMerchantReader:
			list = append(list, broker.Access(broker.ReaderRole, c.ID, c.Secret.Reveal(), c.Merchant.ID))
		case identity.RoleOperator, identity.RoleBank, identity.RoleAuditor, identity.RoleAdministrator:
		}
	}
	return list
}

// brokerUsers are all that are to be set up. The processor's own is narrowed only
// where the banks have others than that.
func (c runCommand) brokerUsers(clients []identity.Client) ([]broker.User, error) {
	banks, err := c.bankFlags.parse(clients)
	if err = errors.Join(err, c.checkBankUsers()); err != nil {
		return nil, err
	}
	list := append(users(clients), banks...)
	if len(banks) > 0 && c.AMQPURL != "" {
		own, err := processorUser(c.AMQPURL.Reveal())
		if err != nil {
			return nil, nil //nolint:nilerr // which was said already
		}
		list = append(list, own)
	}
	return list, nil
}

// embeddedUser is a user as the embedded broker has it.
func embeddedUser(u broker.User) amqpd.User {
	out := amqpd.User{Name: u.Name, Password: u.Password.Reveal(), Configure: u.Configure, Write: u.Write, Read: u.Read}
	for _, t := range u.Topics {
		out.Topics = append(out.Topics, amqpd.TopicPermission(t))
	}
	return out
}

// embeddedBroker is the configuration of the embedded broker: its development
// user, who may do everything, this process's own, and those to be set up.
func (p *program) embeddedBroker() amqpd.Config {
	b := broker.MerchantBounds
	config := amqpd.Config{
		Logger: p.log,
		Users:  []amqpd.User{{Name: brokerUser, Password: brokerPassword, Configure: ".*", Write: ".*", Read: ".*"}},
		Bounds: []amqpd.Bound{{Pattern: b.Pattern, Messages: int64(b.Messages), Bytes: int64(b.Bytes), Unused: b.Unused}},
	}
	own := append(slices.Collect(maps.Values(p.own.banks)), p.own.processor)
	for _, u := range append(own, p.settings.users...) {
		config.Users = append(config.Users, embeddedUser(u))
	}
	return config
}

const (
	grantAgain = 3 * time.Second // after a RabbitMQ that could not be told
	grantLook  = time.Minute     // how often it is looked whether it still knows
)

// grant tells RabbitMQ who its users are, until it has understood, and again
// when it has forgotten. Nothing waits for it: who connects before that tries
// again.
func (n *node) grant(ctx context.Context) {
	if n.admin == nil {
		return
	}
	defer n.admin.Close()
	list := n.users
	for known := false; ctx.Err() == nil; {
		var err error
		if known {
			known, err = n.admin.Granted(ctx, list...)
		}
		if !known && err == nil {
			err = n.admin.Grant(ctx, broker.MerchantBounds, list...)
			known = err == nil
		}
		pause := grantLook
		if err != nil && ctx.Err() == nil {
			n.log.Warn("the AMQP users could not be set up; trying again", "error", err)
			pause = grantAgain
		}
		_ = clock.Sleep(ctx, clock.Real{}, pause)
	}
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
	list := append(users(clients), banks...)
	if c.ProcessorUser != "" {
		u, _, err := parseClient("--processor-user", "", c.ProcessorUser+":x")
		if err != nil {
			return errors.New("--processor-user: write it as NAME:PASSWORD, with a password of at least 12 characters")
		}
		list = append(list, broker.Access(broker.ProcessorRole, u.ID, u.Secret.Reveal()))
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

// shellWord quotes what a shell would not take as it is.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// administrator makes the one who sets up users on RabbitMQ.
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
