package node

import (
	"context"
	"crypto/rand"
	"time"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/clock"
	"sandbank/identity"
)

// MerchantUsers are the broker's users of clients: every client of a merchant listens to the
// events of its merchant under its id, with its secret as the password.
func MerchantUsers(clients []identity.Client) (list []broker.User) {
	for _, c := range clients {
		switch c.Role {
		case identity.RoleMerchant:
			list = append(list, broker.Access(broker.RoleMerchant, c.ID, c.Secret.Reveal(), c.Merchant.ID))
		case identity.RoleMerchantReader:
			list = append(list, broker.Access(broker.RoleReader, c.ID, c.Secret.Reveal(), c.Merchant.ID))
		case identity.RoleOperator, identity.RoleBank, identity.RoleAuditor, identity.RoleAdministrator:
		}
	}
	return list
}

// users are all that are to be set up at the broker.
func (n *life) users() []broker.User {
	return append(MerchantUsers(n.config.People.Clients), n.config.AMQP.Users...)
}

// ownUsers are this node's own users on its embedded broker. A client's id has no dot, so none
// of them has the name of one.
type ownUsers struct {
	processor broker.User
	banks     map[string]broker.User
}

func newOwnUsers(tempers []bank.Temper) ownUsers {
	own := ownUsers{processor: broker.Access(broker.RoleProcessor, "sandbank.processor", rand.Text()), banks: map[string]broker.User{}}
	for _, t := range tempers {
		own.banks[t.Identifier] = broker.Access(broker.RoleBank, "bank."+t.Identifier, rand.Text(), t.Identifier)
	}
	return own
}

const (
	grantAgain = 3 * time.Second // after a RabbitMQ that could not be told
	grantLook  = time.Minute     // how often it is looked whether it still knows
)

// grant sets up RabbitMQ's users, until it succeeds, and again when they are gone.
// Nothing waits for it: a client that connects before that tries again.
func (n *life) grant(ctx context.Context) {
	admin := n.config.AMQP.Admin
	defer admin.Close()
	list := n.users()
	for known := false; ctx.Err() == nil; {
		var err error
		if known {
			known, err = admin.Granted(ctx, list...)
		}
		if !known && err == nil {
			err = admin.Grant(ctx, broker.MerchantBounds, list...)
			known = err == nil
		}
		pause := grantLook
		if err != nil && ctx.Err() == nil {
			n.log.Warn("the AMQP users could not be set up; trying again", "error", err)
			pause = grantAgain
		}
		_ = clock.Pause(ctx, pause)
	}
}
