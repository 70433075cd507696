package main

import (
	"errors"
	"fmt"
	"strings"

	"sandbank/broker"
	"sandbank/identity"
	"sandbank/payment/instrument"
	"sandbank/secret"
)

// bankFlags are the users that banks connect to the broker with.
type bankFlags struct {
	BankUsers []secret.Text `name:"bank-user" sep:"none" placeholder:"NAME:PASSWORD:BIC+BIC" help:"A user of the broker that may answer as these banks, and as no other; repeat for more. On RabbitMQ the processor's own user is narrowed as well."`
}

// parse reads the users, and reports all faults together.
func (f bankFlags) parse(clients []identity.Client) ([]broker.User, error) {
	var list []broker.User
	var faults []error
	names := make([]string, 0, len(clients)+len(f.BankUsers))
	for _, c := range clients {
		names = append(names, c.ID)
	}
	for _, text := range entries(f.BankUsers) {
		c, rest, err := parseClient("--bank-user", "BIC", text.Reveal())
		if err != nil {
			faults = append(faults, err)
			continue
		}
		bics := strings.Split(rest, "+")
		for _, bic := range bics {
			if !instrument.ValidBIC(bic) {
				faults = append(faults, fmt.Errorf("--bank-user %s: %q is no BIC; write several as SANDNL2A+SLOWDE2A", c.ID, bic))
			}
		}
		list, names = append(list, broker.Access(broker.RoleBank, c.ID, c.Secret.Reveal(), bics...)), append(names, c.ID)
	}
	if name := twice(names); name != "" {
		faults = append(faults, fmt.Errorf("--bank-user %s: there is a client or another bank user of that name", name))
	}
	return list, errors.Join(faults...)
}

// checkBankUsers finds flags that do not go together with users of the banks'
// own.
func (c runCommand) checkBankUsers() error {
	switch {
	case len(c.BankUsers) == 0 || c.AMQPURL == "":
		return nil
	case c.AMQPAdminURL == "":
		return errors.New("--bank-user: on RabbitMQ it takes --amqp-admin-url; without that run what the command amqp-users prints")
	case len(c.Banks) > 0:
		return errors.New("--bank-user, --banks: banks in this process use its own user, which may answer as no bank; run the command bank")
	}
	return nil
}

// processorUser is the user of an address, narrowed to a processor's needs.
func processorUser(address string) (broker.User, error) {
	u, err := broker.Address(address)
	return broker.Access(broker.RoleProcessor, u.Username, u.Password), err
}
