package processor

import (
	"strings"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/webhook"
)

// This file holds every wish to its form, by the rules of package form. Use cases
// begin with it, so that no transport can leave it out. Complaints are at the
// field's JSON pointer in the HTTP interface's body; a transport that has other
// places translates them.

// Check complains about everything that is wrong with a wish by itself; nil for
// nothing.
func (n NewPayment) Check() error {
	_, err := money.Parse(n.Amount.Value(), n.Amount.Currency(), "/amount")
	return join(n.check, err)
}

func (n NewPayment) check(problem *fault.Error) {
	if n.Amount.Currency() != "" && !n.Amount.IsPositive() {
		problem.At("/amount/value", "must be more than zero")
	}
	form.Reference.Check(problem, "/reference", n.Reference)
	form.Description.Check(problem, "/description", n.Description)
	if n.ReturnURL != "" || n.Foreign == nil { // another API may have the customer stay
		form.CheckReturnURL(problem, "/return_url", n.ReturnURL)
	}
	if n.Return != "" {
		form.CheckChoice(problem, "/return", n.Return, []payment.ReturnMode{payment.ReturnLink, payment.ReturnAutomatic})
	}
	if n.Capture != "" {
		form.CheckChoice(problem, "/capture", n.Capture, []payment.CaptureMode{payment.CaptureAutomatic, payment.CaptureManual})
	}
	if n.Life < payment.MinLife || n.Life > payment.MaxLife {
		problem.At("/expires_in_seconds", "must be %d to %d", int(payment.MinLife.Seconds()), int(payment.MaxLife.Seconds()))
	}
	if n.Attempts != 0 {
		form.Attempts.Check(problem, "/attempts", n.Attempts)
	}
	form.CheckMetadata(problem, "/metadata", n.Metadata)
}

// CheckWith is Check, together with the complaints from before the wish could be
// made: about the amount's text, or the simulation.
func (n NewPayment) CheckWith(before ...error) error { return join(n.check, before...) }

// join puts complaints together. One alone keeps its own code.
func join(check func(*fault.Error), before ...error) error {
	problem := form.Problem()
	var only error
	for _, err := range before {
		if err == nil {
			continue
		}
		only = err
		problem.Fields = append(problem.Fields, fault.From(err).Fields...)
	}
	if check(problem); only != nil && len(problem.Fields) < 2 {
		return only
	}
	return form.Found(problem)
}

// Check complains about everything in it that does not depend on the payment.
func (n NewOperation) Check() error {
	problem := form.Problem()
	n.check(problem)
	return form.Found(problem)
}

func (n NewOperation) check(problem *fault.Error) {
	form.Description.Check(problem, "/description", n.Description)
	if n.Amount != (money.Amount{}) && !n.Amount.IsPositive() {
		problem.At("/amount/value", "must be more than zero; leave the amount out for all that is left")
	}
}

// CheckWith is Check, together with the complaints about the amount's text.
func (n NewOperation) CheckWith(amount error) error { return join(n.check, amount) }

// checkText holds a use case's one text to its rule.
func checkText(rule form.Text, at, text string) error {
	problem := form.Problem()
	rule.Check(problem, at, text)
	return form.Found(problem)
}

// check complains about an endpoint that is asked for.
func (p *Processor) check(n NewEndpoint) error {
	c := EndpointChange{URL: &n.URL, Description: &n.Description}
	if n.Dialect == "" { // a dialect has its own words for what happens, and its own bodies
		c.Events = &n.Events
	}
	if n.Body != "" && n.Dialect == "" {
		c.Body = &n.Body
	}
	if n.Signature != "" {
		c.Signature = &n.Signature
	}
	problem := form.Problem()
	p.checkEndpoint(problem, c)
	if n.Secret != "" && !webhook.ValidSecret(n.Secret) {
		problem.At("/secret", "must be whsec_ followed by 24 to 64 bytes in base64; leave it out to get one")
	}
	return form.Found(problem)
}

func (p *Processor) checkEndpoint(problem *fault.Error, c EndpointChange) {
	if c.URL != nil {
		before := len(problem.Fields)
		if form.CheckURL(problem, "/url", *c.URL); len(problem.Fields) == before {
			if err := p.AcceptsURL(*c.URL); err != nil {
				problem.At("/url", "%v", err)
			}
		}
	}
	if c.Description != nil {
		form.Description.Check(problem, "/description", *c.Description)
	}
	if c.Events != nil {
		form.CheckSubscribed(problem, "/events", *c.Events)
	}
	if c.Body != nil {
		form.CheckChoice(problem, "/body", *c.Body, webhook.Bodies())
	}
	if c.Signature != nil {
		form.CheckChoice(problem, "/signature", *c.Signature, webhook.Signatures())
	}
}

// checkControls holds a command to a bank to its form. Nothing that a person writes
// into one may have a card number in it.
func checkControls(c wire.Controls) error {
	problem := form.Problem()
	for i, b := range c.Breaks {
		at := fault.Element("/breaks", i)
		form.CheckChoice(problem, at+"/kind", b.Kind, wire.BreakKinds())
		if b.Currency != "" && !b.Currency.Known() {
			problem.At(at+"/currency", "must be an ISO 4217 code")
		}
		form.Optional(form.Reference).Check(problem, at+"/reference", b.Reference)
	}
	form.DisputeReason.Check(problem, "/reason", c.Reason)
	if len(problem.Fields) == 0 {
		if err := c.Check(); err != nil {
			where, what, _ := strings.Cut(err.Error(), ": ")
			problem.At(fault.Member("", where[strings.LastIndexByte(where, '.')+1:]), "%s", what) // of "temper.declines", the member's name in the body
		}
	}
	return form.Found(problem)
}
