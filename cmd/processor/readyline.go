package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/node"
)

// ready is the ready line, as JSON has it.
type ready struct {
	PID     int           `json:"pid"`
	Seed    uint64        `json:"seed,omitempty"` // 0 for none
	URL     string        `json:"url"`            // base of the rest
	URLs    readyURLs     `json:"urls"`
	CA      string        `json:"ca,omitempty"` // file of the authority that --tls=dev made
	Clients []readyClient `json:"clients"`
	People  []readyPerson `json:"people"`
	Banks   []string      `json:"banks"` // identifiers of those in this process
}

type readyURLs struct {
	API       string `json:"api"`
	Token     string `json:"token"`
	Dashboard string `json:"dashboard"`
	Docs      string `json:"docs"`
	OpenAPI   string `json:"openapi"`
	AsyncAPI  string `json:"asyncapi"`
	GraphQL   string `json:"graphql"`
	Stream    string `json:"stream"`
	WebSocket string `json:"websocket"`
	Ready     string `json:"readyz"`
	Shop      string `json:"shop,omitempty"`
	BankPage  string `json:"bank_page,omitempty"`
	AMQP      string `json:"amqp,omitempty"` // of the embedded broker, with its development user
	AMQPS     string `json:"amqps,omitempty"`
	Stripe    string `json:"stripe,omitempty"` // base of Stripe's API, without /v1
	Mollie    string `json:"mollie"`           // base of Mollie's API, with /v2/
}

type readyClient struct {
	ID       string `json:"id"`
	Secret   string `json:"secret"`
	Role     string `json:"role"`
	Merchant string `json:"merchant,omitempty"` // its id
	// Keys for Stripe's API, where that is spoken.
	StripeSecret      string `json:"stripe_secret_key,omitempty"`
	StripePublishable string `json:"stripe_publishable_key,omitempty"`
	MollieKey         string `json:"mollie_api_key"`
}

type readyPerson struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// readyLine is what a program has to know of a processor, in one line.
func readyLine(n *node.Node, s settings) []byte {
	base := n.URL()
	r := ready{
		PID: os.Getpid(), Seed: s.node.Seed, URL: base, Clients: []readyClient{}, People: []readyPerson{}, Banks: []string{},
		URLs: readyURLs{
			API: base + "/v1", Token: base + "/oauth/token", Dashboard: base + "/", Docs: base + "/docs",
			OpenAPI: base + "/openapi.json", AsyncAPI: base + "/asyncapi.json", GraphQL: base + "/graphql",
			Stream: base + "/v1/events/stream", WebSocket: strings.Replace(base, "http", "ws", 1) + "/v1/events/ws", Ready: base + "/readyz",
			Shop: n.ShopURL(), BankPage: n.BankPageURL(), AMQP: n.AMQPURL(), Stripe: n.StripeURL(), Mollie: base + "/mollie/v2/",
		},
	}
	if a := s.node.HTTP.TLS.Authority; a != nil {
		r.CA = a.Path
	}
	if at := n.AMQPSAddr(); at != "" {
		r.URLs.AMQPS = fmt.Sprintf("amqps://%s:%s@%s/", node.BrokerUser, node.BrokerPassword, at)
	}
	for _, c := range n.Clients() {
		one := readyClient{ID: c.ID, Secret: c.Secret.Reveal(), Role: string(cmp.Or(c.Role, identity.RoleMerchant)), Merchant: c.Merchant.ID, MollieKey: mollie.KeyOf(c)}
		if r.URLs.Stripe != "" {
			k := stripe.KeysOf(c)
			one.StripeSecret, one.StripePublishable = k.Secret, k.Publishable
		}
		r.Clients = append(r.Clients, one)
	}
	for _, p := range n.Shown() {
		r.People = append(r.People, readyPerson{p.Name, p.Password.Reveal(), string(p.Role)})
	}
	for _, b := range n.Banks() {
		r.Banks = append(r.Banks, b.Identifier)
	}
	line, err := json.Marshal(r)
	if err != nil {
		panic("processor: " + err.Error()) // texts and numbers alone
	}
	return append(line, '\n')
}
