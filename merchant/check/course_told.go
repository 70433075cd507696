package check

import (
	"context"
	"fmt"
	"sync"
)

// twice tells everything two times, and the capture twice more.
func twice(ctx context.Context, t *trial) error {
	o := t.orders["twice"]
	if err := t.plan(ctx, o, `{"channels":{"webhook":{"how":["twice"]}}}`); err != nil {
		return err
	}
	if err := t.pay(ctx, o); err != nil {
		return err
	}
	if err := t.await(ctx, o, Paid, "its payment was captured, and told twice"); err != nil {
		return err
	}
	if err := t.repeat(ctx, o); err != nil {
		return err
	}
	if err := t.stays(ctx, o, "it is paid, whatever is told again", Pending, Canceled, Returned); err != nil {
		return err
	}
	s, err := t.look(ctx, o)
	switch {
	case err != nil:
		return err
	case s.shipments < 0:
		t.remark(`The order says nothing of how often it was shipped, so only its state was looked at. Have it answer JSON with "shipments", a number or a list.`)
	case s.shipments > 1:
		return &miss{"the order is shipped once", fmt.Sprintf("it has %d shipments", s.shipments)}
	}
	return nil
}

// repeat sends the webhook of an order's capture twice more, at the same moment.
func (t *trial) repeat(ctx context.Context, o *order) error {
	e, err := t.speech.truth(ctx, o.payment)
	if err != nil {
		return err
	}
	again := e.as("the same again", t.Secret)
	var both sync.WaitGroup
	statuses, wrong := make([]int, 2), make([]error, 2)
	for i := range statuses {
		both.Go(func() { statuses[i], wrong[i] = t.send(ctx, again) })
	}
	both.Wait()
	for i, status := range statuses {
		if wrong[i] != nil {
			return wrong[i]
		}
		if !accepted(status) {
			return &miss{"a webhook that came before is answered with 2xx", fmt.Sprintf("it was answered with %d, after which it is sent again", status)}
		}
	}
	return nil
}

// overtaken tells of a decline after the capture.
func overtaken(ctx context.Context, t *trial) error {
	o := t.orders["late"]
	if o.payment.AttemptsLeft == 1 {
		t.remark("The payment allows one attempt, so that nothing can be told after its decline: the order of webhooks was not looked at.")
		return nil
	}
	if err := t.plan(ctx, o, `{"channels":{"webhook":{"how":["late"],"after":"`+lateness.String()+`"}},"bank":{"outcome":"declined","after":"0s"}}`); err != nil {
		return err
	}
	if err := t.act(ctx, o, "pay"); err != nil {
		return err
	}
	if err := t.plan(ctx, o, `{"channels":{"webhook":{"how":["late"],"after":"0s"}}}`); err != nil {
		return err
	}
	if err := t.bank(ctx, o, "approved"); err != nil {
		return err
	}
	if err := t.act(ctx, o, "retry"); err != nil {
		return err
	}
	if err := t.capture(ctx, o); err != nil {
		return err
	}
	return t.await(ctx, o, Paid, "its second card paid")
}

// stillPaid looks at it when the late webhook has come.
func stillPaid(ctx context.Context, t *trial) error {
	o := t.orders["late"]
	if o.payment.AttemptsLeft == 1 {
		return nil
	}
	return t.stays(ctx, o, "the decline that is told last happened first", Canceled, Pending, Returned)
}

// unheard is paid, and nobody says so.
func unheard(ctx context.Context, t *trial) error {
	o := t.orders["missed"]
	if err := t.plan(ctx, o, `{"channels":{"webhook":{"how":["lost"]}}}`); err != nil {
		return err
	}
	if err := t.pay(ctx, o); err != nil {
		return err
	}
	return t.await(ctx, o, Paid, "its payment is captured, though no webhook came")
}
