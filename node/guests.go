package node

import (
	"context"
	"fmt"

	"sandbank/broker"
	"sandbank/clock"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/node/lifecycle"
	"sandbank/web/api"
)

// openGuests opens the book of merchants that are made at run time.
func (n *life) openGuests(ctx context.Context) (err error) {
	n.guests, err = guest.New(ctx, guest.Config{
		Shelf: n.store, Registry: n.clients, Clock: clock.Real{}, Broker: guestUsers{n}, Shared: n.config.Store.URL != "", Log: n.log,
		Gone: func() {
			if n.tokens != nil {
				n.tokens.Recheck()
			}
		},
	})
	if err != nil {
		return fmt.Errorf("the merchants made at run time: %w", err)
	}
	n.parts.Add(lifecycle.Part{Name: "guests", Needs: []string{"store"}, Run: n.guests.Run})
	return nil
}

// keysOf are a client's keys in other APIs.
func keysOf(c identity.Client) api.DialectKeys {
	k := stripe.KeysOf(c)
	return api.DialectKeys{StripeSecret: k.Secret, StripePublishable: k.Publishable, Mollie: mollie.KeyOf(c)}
}

// guestUsers has merchants that were made at run time listen over AMQP, where the broker's users are this node's to
// set up.
type guestUsers struct{ n *life }

// Admit implements [guest.Broker]. An embedded broker, which begins empty, is told of each; RabbitMQ of fresh ones.
func (u guestUsers) Admit(ctx context.Context, c identity.Client, fresh bool) error {
	for _, user := range MerchantUsers([]identity.Client{c}) {
		if u.n.broker != nil {
			return u.n.broker.SetUser(embeddedUser(user))
		}
		if admin := u.n.config.AMQP.Admin; admin != nil && fresh {
			return admin.Grant(ctx, broker.MerchantBounds, user)
		}
	}
	return nil
}

// Dismiss implements [guest.Broker].
func (u guestUsers) Dismiss(ctx context.Context, id string) error {
	if u.n.broker != nil {
		u.n.broker.RemoveUser(id)
		return nil
	}
	if admin := u.n.config.AMQP.Admin; admin != nil {
		return admin.Revoke(ctx, id)
	}
	return nil
}
