package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// respaced is what comes with other spaces than a library would write, rightly signed.
func respaced(ctx context.Context, t *trial) error {
	m, err := t.speech.claim(ctx, t.orders["respaced"].payment)
	if err != nil {
		return err
	}
	fits := m.as("with unusual spaces, rightly signed", t.Secret)
	if fits.body, err = spaced(m.body); err != nil {
		return err
	}
	status, err := t.send(ctx, fits)
	if err != nil {
		return err
	}
	if !accepted(status) {
		return &miss{"a webhook " + fits.says + " is taken", fmt.Sprintf("it was answered with %d", status)}
	}
	return nil
}

// changed is what comes with the signature of the same JSON written otherwise. A server that takes any signature
// takes this one as well, and has failed already.
func changed(ctx context.Context, t *trial) error {
	if t.takesForged {
		t.remark("A webhook that was changed after it was signed was not sent: the rule " + string(rule.Signature) + " does not hold.")
		return nil
	}
	o := t.orders["changed"]
	m, err := t.speech.claim(ctx, o.payment)
	if err != nil {
		return err
	}
	other := m.as("changed in its spaces after it was signed", t.Secret)
	other.other = m.body
	if other.body, err = spaced(m.body); err != nil {
		return err
	}
	return t.refused(ctx, o, other)
}

// spaced is the same JSON with other spaces.
func spaced(body []byte) ([]byte, error) {
	var b bytes.Buffer
	err := json.Indent(&b, body, " ", "   ")
	return b.Bytes(), err
}

// accountThatPays is a published test account.
const accountThatPays = "NL77SAND0000000001"

// debited are two customers who pay from an account, at a bank that takes a minute.
func debited(ctx context.Context, t *trial) error {
	for name, outcome := range map[string]string{"debited": "approved", "bounced": "declined"} {
		o := t.orders[name]
		if err := t.plan(ctx, o, `{"bank":{"outcome":"`+outcome+`","after":"`+(lateness/2).String()+`"}}`); err != nil {
			return err
		}
		if _, err := t.API.Act(ctx, o.payment.ID, client.Act{Action: "pay", IBAN: accountThatPays}); err != nil {
			return err
		}
	}
	if err := t.advance(ctx, 0); err != nil {
		return err
	}
	for _, name := range []string{"debited", "bounced"} {
		t.note("customer", "pays %s from an account, and the bank takes its time", t.orders[name].payment.Reference)
		if err := t.stays(ctx, t.orders[name], "its session is completed and unpaid", Paid); err != nil {
			return err
		}
	}
	return nil
}

// decided looks at them when the bank has decided.
func decided(ctx context.Context, t *trial) error {
	if err := t.await(ctx, t.orders["debited"], Paid, "its bank has paid, which checkout.session.async_payment_succeeded told"); err != nil {
		return err
	}
	return t.stays(ctx, t.orders["bounced"], "its bank has declined", Paid)
}
