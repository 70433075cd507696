package node

import (
	"fmt"
	"net"

	"github.com/gorilla/mux"

	"sandbank/bank"
	"sandbank/identity"
	"sandbank/processor"
)

// Format implements [fmt.Formatter]: package fmt does not ask what is in unexported fields how it
// wants to be shown, and there are secrets among them.
func (n *life) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "processor at %s", n.base) }

// URL is the base of all links, without a slash at its end.
func (n *life) URL() string { return n.base }

// ShopURL is where the demo shop is, "" where there is none.
func (n *life) ShopURL() string { return n.shopURL }

// BankPageURL is where the banks of this node ask customers to confirm, "" where they do not.
func (n *life) BankPageURL() string {
	if n.banks == nil || n.banks.Site == nil {
		return ""
	}
	return n.banks.Site.URL()
}

// AMQPAddr is where the embedded broker listens, "" where there is none.
func (n *life) AMQPAddr() string { return written(n.amqpAddr) }

// AMQPSAddr is where the embedded broker speaks TLS, "" where it does not.
func (n *life) AMQPSAddr() string { return written(n.amqpsAddr) }

// AMQPURL is the embedded broker for its development user, "" where there is none.
func (n *life) AMQPURL() string {
	if n.amqpAddr == nil {
		return ""
	}
	return "amqp://" + BrokerUser + ":" + BrokerPassword + "@" + n.AMQPAddr() + "/"
}

// RedirectAddr is where plain HTTP is led to HTTPS, "" where it is not.
func (n *life) RedirectAddr() string {
	if n.plain == nil {
		return ""
	}
	return n.plain.Addr().String()
}

// StripeURL is where Stripe's API is spoken, without a slash at its end; "" for
// nowhere.
func (n *life) StripeURL() string {
	if n.stripe == nil {
		return ""
	}
	return n.encryption.scheme() + n.stripe.Addr().String()
}

// written is an address as text, "" for none.
func written(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

// Clients are the credentials that the API takes.
func (n *life) Clients() []identity.Client { return n.config.People.Clients }

// Shown are the people whose passwords the sign-in page shows.
func (n *life) Shown() []identity.Person { return n.config.People.Shown }

// Banks are the banks of this process.
func (n *life) Banks() []bank.Temper { return n.config.Banks.Tempers }

// Sinks are the logs to which all events are written.
func (n *life) Sinks() []Sink { return n.config.Sinks }

// Processor carries out the use cases.
func (n *life) Processor() *processor.Processor { return n.processor }

// Store is the database, which invariant.Check can look at.
func (n *life) Store() Store { return n.store }

// Routes has every route of every transport.
func (n *life) Routes() *mux.Router { return n.routes }

// Curl is a command that makes a first payment; it works when pasted.
func (n *life) Curl() string {
	c := n.config.People.Clients[0]
	curl := "curl -s"
	if a := n.config.HTTP.TLS.Authority; a != nil && a.Path != "" {
		curl += " --cacert " + ShellQuoted(a.Path)
	}
	return fmt.Sprintf(`TOKEN=$(%s -u %s -d grant_type=client_credentials %s/oauth/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
%s %s/v1/payments -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{"amount":{"value":"19.99","currency":"EUR"},"reference":"order-1042","return_url":"https://shop.example/orders/1042"}'`,
		curl, ShellQuoted(c.ID+":"+c.Secret.Reveal()), n.base, curl, n.base)
}
