package main

import (
	"errors"
	"fmt"
	"regexp"

	"sandbank/identity"
	"sandbank/node"
	"sandbank/secret"
)

// clientFlags are the API's clients and their roles.
type clientFlags struct {
	Clients []secret.Text `name:"client" sep:"none" placeholder:"ID:SECRET:NAME" help:"A merchant's client credentials and name; repeat for more. Default: the development credentials, also those of a reader, an operator and an auditor."`
	Readers []secret.Text `name:"reader" sep:"none" placeholder:"ID:SECRET:MERCHANT" help:"Client credentials that read and listen for one merchant, by the id of its --client, and change nothing; repeat for more."`
	Staff   []secret.Text `name:"staff" sep:"none" placeholder:"ID:SECRET:ROLE" help:"Client credentials of no merchant: operator, auditor or administrator; repeat for more. See /docs/roles."`
}

const minSecret = 12

var clientID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// parse reads the clients, merchants first, and reports all faults together.
func (f clientFlags) parse() ([]identity.Client, error) {
	var list []identity.Client
	var faults []error
	add := func(flag, last string, texts []secret.Text, finish func(c *identity.Client, last string) error) {
		for _, text := range entries(texts) {
			c, rest, err := parseClient(flag, last, text.Reveal())
			if err == nil {
				err = finish(&c, rest)
			}
			if faults = append(faults, err); err == nil {
				list = append(list, c)
			}
		}
	}
	if len(f.Clients) == 0 {
		list = identity.Development()
	}
	add("--client", "NAME", f.Clients, func(c *identity.Client, name string) error {
		c.Role, c.Merchant = identity.RoleMerchant, identity.Merchant{ID: c.ID, Name: name}
		return nil
	})
	merchants := identity.NewRegistry(list...)
	add("--reader", "MERCHANT", f.Readers, func(c *identity.Client, id string) (err error) {
		var known bool
		if c.Merchant, known = merchants.Merchant(id); !known {
			err = fmt.Errorf("--reader %s: there is no merchant %q; it is the id of a --client", c.ID, id)
		}
		c.Role = identity.RoleMerchantReader
		return err
	})
	add("--staff", "ROLE", f.Staff, func(c *identity.Client, role string) error {
		switch c.Role = identity.Role(role); c.Role {
		case identity.RoleOperator, identity.RoleAuditor, identity.RoleAdministrator:
			return nil
		}
		return fmt.Errorf("--staff %s: the role is operator, auditor or administrator, not %q", c.ID, role)
	})
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	if id := twice(ids); id != "" {
		faults = append(faults, fmt.Errorf("--client, --reader, --staff: %s is given twice", id))
	}
	return list, errors.Join(faults...)
}

// parseClient reads ID:SECRET and the parts after it. A complaint never repeats
// a possible secret.
func parseClient(flag, last, text string) (c identity.Client, rest string, err error) {
	parts := parts(text)
	// The id is a word of a routing key, a name of a user and part of names of queues.
	named := clientID.MatchString(parts[0])
	if named && len(parts) > 3 {
		return c, "", fmt.Errorf("%s %s: there is a colon too many; write one that is part of the secret or of what follows as \\:, a backslash before it", flag, parts[0])
	}
	if len(parts) != 3 || len(parts[1]) < minSecret || parts[2] == "" {
		return c, "", fmt.Errorf("%s: write it as ID:SECRET:%s, with a secret of at least %d characters", flag, last, minSecret)
	}
	if !named || parts[0] == node.BrokerUser {
		return c, "", fmt.Errorf("%s %s: the id is of letters, digits, - and _, at most 64, and not %q", flag, parts[0], node.BrokerUser)
	}
	return identity.Client{ID: parts[0], Secret: secret.Text(parts[1])}, parts[2], nil
}
