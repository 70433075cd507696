package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"

	"sandbank/merchant/client"
	"sandbank/secret"
)

// triggerCommand makes things happen to payments, without a browser.
type triggerCommand struct {
	Customer triggerCustomer `cmd:"" help:"Have the customer of a payment do something: pay, retry, submit_twice, cancel, walk_away or come_back_late."`
	Bank     triggerBank     `cmd:"" help:"Have the bank of a payment do something: approved, declined, error, challenge, silent or wrong_amount."`
	Plan     triggerPlan     `cmd:"" help:"Say what happens on purpose to a payment, as the JSON that stands under \"simulate\"."`
}

// Help is shown by trigger --help.
func (*triggerCommand) Help() string {
	return `Acts on a payment that exists, as a customer or a bank would. What is refused is printed with the field that is wrong. /docs/steer lists the words.`
}

// shopAccount is the merchant whose payments they are.
type shopAccount struct {
	URL          string      `name:"url" default:"http://127.0.0.1:8080" help:"Address of the processor."`
	ClientID     string      `default:"demo-shop" help:"The merchant's client id."`
	ClientSecret secret.Text `default:"demo-shop-secret" help:"The merchant's client secret."`

	trust *tls.Config // nil is the system's authorities
}

func (a *shopAccount) open() (*client.Client, error) {
	c, err := client.New(client.Config{Base: a.URL, ID: a.ClientID, Secret: a.ClientSecret, Trust: a.trust})
	if err != nil {
		return nil, fmt.Errorf("--url, --client-id, --client-secret: %w", err)
	}
	return c, nil
}

// triggered prints where a payment is now.
func triggered(to output, f formatFlag, p client.Payment, err error) error {
	if err != nil {
		return err
	}
	if f.json() {
		return printRaw(to.out, p.Body)
	}
	_, err = fmt.Fprintf(to.out, "%s is %s\n", p.ID, p.Status)
	return err
}

type triggerCustomer struct {
	shopAccount
	formatFlag
	Payment string `arg:"" help:"The payment's id, pay_…."`
	Action  string `arg:"" help:"What the customer does."`
	Card    string `help:"Test card to pay with. Default: 4242 4242 4242 4242, where no IBAN is given."`
	IBAN    string `name:"iban" help:"Test account to pay with."`
	Holder  string `help:"The holder's name, which may stand for an outcome."`
	Bank    string `placeholder:"BIC" help:"Bank that the customer picks."`
	After   string `placeholder:"3s" help:"How long from now. Default: at once."`
}

// Run has the customer act.
func (c *triggerCustomer) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	p, err := from.Act(ctx, c.Payment, client.Act{Action: c.Action, After: c.After, Card: c.Card, IBAN: c.IBAN, Holder: c.Holder, Bank: c.Bank})
	return triggered(to, c.formatFlag, p, err)
}

type triggerBank struct {
	shopAccount
	formatFlag
	Payment string `arg:"" help:"The payment's id, pay_…."`
	Outcome string `arg:"" help:"What the bank makes of the request."`
	Of      string `enum:"authorize,capture,refund" default:"authorize" help:"Which request: authorize, capture or refund."`
	Reason  string `help:"Reason of a decline or an error, such as insufficient_funds."`
	After   string `placeholder:"3s" help:"How long from the request, or after_deadline, or never. Default: as the bank would."`
	Times   int    `help:"For how many requests it holds. Default: all."`
}

// Run has the bank act.
func (c *triggerBank) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	part := c.Of
	if part == "authorize" {
		part = ""
	}
	p, err := from.Answer(ctx, c.Payment, part, client.BankAnswer{Outcome: c.Outcome, Reason: c.Reason, After: c.After, Times: c.Times})
	return triggered(to, c.formatFlag, p, err)
}

type triggerPlan struct {
	shopAccount
	formatFlag
	Payment string `arg:"" help:"The payment's id, pay_…."`
	Plan    string `arg:"" help:"Such as '{\"channels\": {\"webhook\": {\"how\": [\"twice\"]}}}'."`
}

// Run changes what is simulated.
func (c *triggerPlan) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	if !json.Valid([]byte(c.Plan)) {
		return errors.New("the plan is no JSON")
	}
	p, err := from.Simulate(ctx, c.Payment, json.RawMessage(c.Plan))
	return triggered(to, c.formatFlag, p, err)
}
