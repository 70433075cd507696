package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"sandbank/merchant/client"
	"sandbank/money"
)

// paymentsCommand works with a merchant's payments.
type paymentsCommand struct {
	Create paymentsCreate `cmd:"" help:"Create a payment, and print its id and the address of its checkout page."`
	Pay    paymentsPay    `cmd:"" help:"Have the customer of a payment pay."`
	Get    paymentsGet    `cmd:"" help:"Print one payment."`
	List   paymentsList   `cmd:"" help:"Print payments, newest first."`
	Tail   paymentsTail   `cmd:"" help:"Print what becomes of one payment, or of all, as it happens."`
}

// Help is shown by payments --help.
func (*paymentsCommand) Help() string {
	return `Calls the processor as a merchant's server does. /docs/command-line has an example of each.`
}

type paymentsCreate struct {
	shopAccount
	formatFlag
	Amount        string `arg:"" help:"How much, in the currency's main unit, such as 19.99."`
	Currency      string `arg:"" help:"The currency's code, such as EUR."`
	Reference     string `default:"command-line" help:"Your own reference, such as the order's number."`
	Description   string `help:"What the customer reads."`
	Bank          string `placeholder:"BIC" help:"The bank. Default: the processor chooses."`
	ReturnURL     string `default:"https://shop.example/order" help:"Where the customer comes back to."`
	ManualCapture bool   `help:"Have the money only reserved, to be captured later."`
	Simulate      string `placeholder:"JSON" help:"What happens on purpose, such as '{\"bank\": {\"outcome\": \"declined\"}}'; /docs/steer lists the words."`
	Key           string `name:"idempotency-key" placeholder:"KEY" help:"Names the purchase, so that a repeat is harmless."`
}

// Run creates the payment.
func (c *paymentsCreate) Run(ctx context.Context, to output) error {
	amount, err := money.Parse(c.Amount, money.Currency(c.Currency), "/amount")
	if err != nil {
		return fmt.Errorf("amount %s %s: %w", c.Amount, c.Currency, err)
	}
	wish := client.NewPayment{Amount: amount, Reference: c.Reference, Description: c.Description, Bank: c.Bank, ReturnURL: c.ReturnURL}
	if c.ManualCapture {
		wish.Capture = "manual"
	}
	if c.Simulate != "" {
		if !json.Valid([]byte(c.Simulate)) {
			return errors.New("--simulate is no JSON: write it as '{\"bank\": {\"outcome\": \"declined\"}}'")
		}
		wish.Simulate = json.RawMessage(c.Simulate)
	}
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	p, err := from.CreatePayment(ctx, wish, client.IdempotencyKey(c.Key))
	if err != nil {
		return err
	}
	if c.json() {
		return printRaw(to.out, p.Body)
	}
	_, err = fmt.Fprintf(to.out, "%s  %s\n%s\n", p.ID, p.Amount, p.CheckoutURL)
	return err
}

type paymentsPay struct {
	shopAccount
	formatFlag
	Payment string        `arg:"" help:"The payment's id, pay_…."`
	Card    string        `placeholder:"NUMBER" help:"Test card to pay with. Default: 4242 4242 4242 4242, where no IBAN is given."`
	IBAN    string        `name:"iban" help:"Test account to pay with."`
	Holder  string        `help:"The holder's name, which may stand for an outcome."`
	Bank    string        `placeholder:"BIC" help:"Bank that the customer picks."`
	Wait    time.Duration `default:"0s" help:"How long to wait for the result; exit code 5 where none comes. Default: not at all."`
}

// Run has the customer pay.
func (c *paymentsPay) Run(ctx context.Context, to output) error {
	if c.Wait < 0 {
		return fmt.Errorf("--wait %s: must be 0 or more", c.Wait)
	}
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	p, err := from.Act(ctx, c.Payment, client.Act{Action: "pay", Card: c.Card, IBAN: c.IBAN, Holder: c.Holder, Bank: c.Bank})
	if err == nil && c.Wait > 0 {
		p, err = c.await(ctx, from, p)
	}
	if err != nil {
		return err
	}
	if c.json() {
		err = printRaw(to.out, p.Body)
	} else {
		_, err = fmt.Fprintf(to.out, "%s is %s%s\n", p.ID, p.Status, after(" · ", whyOf(p)))
	}
	if err == nil && c.Wait > 0 && !tried(p) {
		return &exitError{exitTimedOut, fmt.Errorf("no result within %s: \"merchant payments tail %s\" waits for it", c.Wait, p.ID)}
	}
	return err
}

// await waits until the bank has decided, and returns the payment as it is then, or when the time is over.
func (c *paymentsPay) await(ctx context.Context, from *client.Client, p client.Payment) (client.Payment, error) {
	limited, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	for known := client.Version(""); !tried(p); {
		next, version, changed, err := from.Changed(limited, c.Payment, known)
		switch {
		case limited.Err() != nil:
			return p, ctx.Err()
		case err != nil:
			return p, err
		case changed:
			p, known = next, version
		}
	}
	return p, nil
}

// tried reports whether the customer's latest try is decided: the payment is, or it may be tried again.
func tried(p client.Payment) bool {
	return !p.Status.Open() || p.Status == client.Created && p.LastAttempt != nil && p.LastAttempt.Reason != nil
}

type paymentsGet struct {
	shopAccount
	formatFlag
	Payment string `arg:"" help:"The payment's id, pay_…."`
}

// Run prints the payment.
func (c *paymentsGet) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	p, err := from.Payment(ctx, c.Payment)
	if err != nil {
		return err
	}
	if c.json() {
		return printRaw(to.out, p.Body)
	}
	return printPayment(to.out, p)
}

// printPayment writes what a person wants to know of a payment, one thing a line; what is empty is left out.
func printPayment(out io.Writer, p client.Payment) error {
	var rows [][]string
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("Payment", p.ID)
	add("Status", string(p.Status))
	add("Why", whyOf(p))
	add("Amount", p.Amount.String())
	add("Captured", unlessZero(p.CapturedAmount))
	add("Refunded", unlessZero(p.RefundedAmount))
	if p.Dispute != nil {
		add("Dispute", p.Dispute.ID+" "+p.Dispute.Status+", "+p.Dispute.Amount.String())
	}
	add("Reference", p.Reference)
	add("Description", p.Description)
	add("Bank", p.Bank.Identifier+after(" ", p.Bank.Name))
	if p.LastAttempt != nil {
		add("Paid with", p.LastAttempt.Method+after(" ", p.LastAttempt.Brand)+after(" ending in ", p.LastAttempt.Last4))
	}
	add("Created", p.CreatedAt.Format(time.RFC3339))
	add("Updated", p.UpdatedAt.Format(time.RFC3339))
	if p.Status.Open() {
		add("Expires", p.ExpiresAt.Format(time.RFC3339))
		add("Checkout", p.CheckoutURL)
	}
	return printTable(out, rows, nil)
}

func unlessZero(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

// after puts words before a text that is not empty.
func after(words, text string) string {
	if text == "" {
		return ""
	}
	return words + text
}

// whyOf says why a payment is not paid, by the reason's code; "" where there is none.
func whyOf(p client.Payment) string {
	switch {
	case p.Reason == nil:
		return ""
	case p.Status == client.Created:
		return p.Reason.Code + ", the customer may try again"
	}
	return p.Reason.Code
}
