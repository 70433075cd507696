package processor

import (
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor/routing"
)

// route is the destination of a new payment: the bank that the merchant named,
// else one by currency, health and weight. The customer's instrument may lead
// it elsewhere, see [Processor.Destination].
func (p *Processor) route(n NewPayment, id string) (routing.Bank, error) {
	if n.Bank != "" {
		return p.config.Banks.Check(n.Bank, n.Amount.Currency(), "/bank")
	}
	return p.config.Banks.Pick(n.Amount.Currency(), id)
}

// Destination is the bank that a try goes to, and by which rule.
type Destination struct {
	Bank, Name string
	Route      payment.Route
}

// Destination finds where a try with this instrument goes, picked being the
// customer's choice or "". The first of these that fits:
//
//	the bank that the merchant named, online or not
//	the bank that the customer picked, or an error where it cannot be used
//	the present bank, if it is of the country of the IBAN
//	a bank of the country of the IBAN
//	the present bank, while it is online
//	any bank that takes the currency
//	the present bank, whose queue keeps the request
func (p *Processor) Destination(pay payment.Payment, with instrument.Instrument, picked string) (Destination, error) {
	currency := pay.Amount.Currency()
	stay := Destination{pay.Bank, pay.BankName, pay.RoutedBy()}
	switch {
	case picked != "" && !(pay.BankFixed && picked == pay.Bank):
		b, err := p.config.Banks.Check(picked, currency, "bank")
		return Destination{b.Identifier, b.Name, payment.RouteCustomer}, err
	case pay.BankFixed:
		return stay, nil
	}
	present, _ := p.config.Banks.Find(pay.Bank)
	if with.Country != "" && !(present.Online && present.Country() == with.Country) {
		if b, ok := p.config.Banks.PickIn(with.Country, currency, pay.ID); ok {
			return Destination{b.Identifier, b.Name, payment.RouteCountry}, nil
		}
	}
	if !present.Online {
		if b, err := p.config.Banks.Pick(currency, pay.ID); err == nil {
			return Destination{b.Identifier, b.Name, payment.RouteHealth}, nil
		}
	}
	return stay, nil
}
