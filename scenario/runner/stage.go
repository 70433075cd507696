package runner

import (
	"context"
	"crypto/tls"
	"net"

	"sandbank/scenario"
	"sandbank/secret"
)

// Stage is a Sandbank on which one scenario is played.
type Stage struct {
	Base     string   // of the public interface, without a slash at its end
	More     []string // bases of further processors on the same database: calls alternate between all
	Merchant Account
	Operator Account
	Dialects map[string]Dialect // by name; a call in one that is missing cannot be made
	Trust    *tls.Config        // for an https:// Base; nil trusts the system's authorities
	AMQP     string             // URL of the broker; "" where it is not known
	// Clock moves time where several scenarios are played on this Sandbank at a time; nil where one alone is.
	Clock *Conductor
	// Own is for a Sandbank that nobody else uses and that ends with the scenario.
	Own bool
	// Fenced has calls go nowhere but to Base and More: a scenario that somebody else wrote may name any URL.
	Fenced bool
	// Hooks is where the merchant's endpoint listens; nil is a free port of loopback. The run closes it.
	Hooks net.Listener
	// Close ends what was begun for the scenario; nil for nothing.
	Close func(context.Context) error
}

// Dialect is where another API is spoken, and with which keys.
type Dialect struct {
	Base               string // without a slash at its end
	Merchant, Operator secret.Text
}

// Account is a client's credentials.
type Account struct {
	ID     string
	Secret secret.Text
}

// Opener opens the stage for a scenario.
type Opener func(ctx context.Context, s scenario.Scenario) (Stage, error)
