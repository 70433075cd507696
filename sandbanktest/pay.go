package sandbanktest

import (
	"sandbank/merchant/client"
	"sandbank/money"
)

// Create makes a payment as the merchant's server would, such as of "19.99 EUR".
func (sb *Sandbank) Create(value, currency, reference string) client.Payment {
	sb.t.Helper()
	return sb.CreateWith(client.NewPayment{Amount: money.Must(value, money.Currency(currency)), Reference: reference, ReturnURL: "https://shop.example/orders/" + reference})
}

// CreateWith makes a payment with all that one may ask for.
func (sb *Sandbank) CreateWith(n client.NewPayment) client.Payment {
	sb.t.Helper()
	p, err := sb.Client.CreatePayment(sb.t.Context(), n, "")
	if err != nil {
		sb.t.Fatalf("a payment of %s for %q is not made: %v", n.Amount, n.Reference, err)
	}
	return p
}

// Payment is a payment as it is now.
func (sb *Sandbank) Payment(id string) client.Payment {
	sb.t.Helper()
	sb.Clock.rest()
	p, err := sb.Client.Payment(sb.t.Context(), id)
	if err != nil {
		sb.t.Fatalf("payment %s cannot be read: %v", id, err)
	}
	return p
}

// Pay has the customer pay with a test card, and returns the payment as it is when the bank has
// answered, if it does so at once.
func (sb *Sandbank) Pay(p client.Payment, card string) client.Payment {
	sb.t.Helper()
	return sb.Act(p, client.Act{Action: "pay", Card: card})
}

// Act has the customer do something.
func (sb *Sandbank) Act(p client.Payment, a client.Act) client.Payment {
	sb.t.Helper()
	if _, err := sb.Client.Act(sb.t.Context(), p.ID, a); err != nil {
		sb.t.Fatalf("the customer of %s cannot %s: %v", p.Reference, a.Action, err)
	}
	return sb.Payment(p.ID)
}

// Webhooks are the events that were told by webhook so far, in the order in which they came.
func (sb *Sandbank) Webhooks() []client.Event {
	sb.t.Helper()
	sb.Clock.rest()
	sb.mu.Lock()
	defer sb.mu.Unlock()
	return append([]client.Event(nil), sb.told...)
}
