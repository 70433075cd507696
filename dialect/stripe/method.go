package stripe

import (
	"encoding/json"
	"strconv"
	"strings"

	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/payment/instrument"
)

// named are the test cards that Stripe's documents call by names (docs.stripe.com/testing),
// without pm_card_ or tok_ before them.
var named = map[string]string{
	"visa": "4242424242424242", "visa_debit": "4000056655665556", "mastercard": "5555555555554444", "mastercard_debit": "5200828282828210",
	"mastercard_prepaid": "5105105105105100", "amex": "378282246310005", "discover": "6011111111111117", "diners": "3056930009020004",
	"jcb": "3566002020360505", "unionpay": "6200000000000005",
	"chargeDeclined": "4000000000000002", "chargeDeclinedInsufficientFunds": "4000000000009995", "chargeDeclinedLostCard": "4000000000009987",
	"chargeDeclinedStolenCard": "4000000000009979", "chargeDeclinedExpiredCard": "4000000000000069", "chargeDeclinedIncorrectCvc": "4000000000000127",
	"chargeDeclinedProcessingError": "4000000000000119",
	"threeDSecure2Required":         "4000000000003220", "authenticationRequired": "4000002760003184", "authenticationRequiredOnSetup": "4000002500003155",
	"createDispute": "4000000000000259", "createDisputeProductNotReceived": "4000000000002685",
}

// cardNamed is the number of a card that goes by a name.
func cardNamed(name string) (number string, known bool) {
	for _, prefix := range []string{"pm_card_", "tok_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if number, known = named[rest]; !known {
				number, known = named[strings.TrimPrefix(rest, "visa_")]
			}
			return number, known
		}
	}
	return "", false
}

// methodKind is the kind of a document with a PaymentMethod that was made before it
// is used.
const methodKind = "stripe.payment_method"

// storedMethod is such a PaymentMethod.
type storedMethod struct {
	Instrument instrument.Instrument `json:"instrument"`
	Created    int64                 `json:"created"`
	Customer   string                `json:"customer,omitempty"`
	Metadata   map[string]string     `json:"metadata,omitempty"`
}

func (a *API) storedMethod(c *call, id string) (m storedMethod, err error) {
	stored, ok := alias.House(object.MethodPrefix, id, "pm")
	if !ok {
		return m, noSuch("PaymentMethod", id, "payment_method")
	}
	d, err := a.Processor.Document(c.ctx, c.Merchant.ID, methodKind, stored)
	if fault.Is(err, fault.NotFound) {
		return m, noSuch("PaymentMethod", id, "payment_method")
	}
	if err == nil {
		err = json.Unmarshal(d.Body, &m)
	}
	return m, err
}

// method is a PaymentMethod by its identifier: of a try, made before, or by name.
func (a *API) method(c *call, id string) (object.Object, error) {
	if payment, n, ok := alias.Nth(object.MethodPrefix, id); ok {
		p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, payment)
		if err != nil || n > len(p.Attempts) {
			return nil, noSuch("PaymentMethod", id, "payment_method")
		}
		return a.Method(p, p.Attempts[n-1]), nil
	}
	if number, known := cardNamed(id); known {
		i, err := instrument.Known(number, "", "")
		return object.MethodOf(id, a.Clock.Now().Unix(), i, "", nil), err
	}
	m, err := a.storedMethod(c, id)
	return object.MethodOf(id, m.Created, m.Instrument, m.Customer, m.Metadata), err
}

// instrument is the means of payment that a request names: an identifier, or the data
// of a card or an account.
func (a *API) instrument(c *call, id string) (instrument.Instrument, error) {
	if number, known := cardNamed(id); known {
		return instrument.Known(number, "", "")
	}
	if payment, n, ok := alias.Nth(object.MethodPrefix, id); ok {
		p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, payment)
		if err != nil || n > len(p.Attempts) {
			return instrument.Instrument{}, noSuch("PaymentMethod", id, "payment_method")
		}
		return p.Attempts[n-1].Instrument, nil
	}
	m, err := a.storedMethod(c, id)
	return m.Instrument, err
}

// instrumentIn reads the data of a card or an account: type, card[token], card[number]
// or sepa_debit[iban], and billing_details[name].
func (a *API) instrumentIn(data *params) (instrument.Instrument, error) {
	holder := data.at("billing_details").text("name")
	switch kind := data.required("type"); kind {
	case "card":
		card := data.at("card")
		if token := card.text("token"); token != "" {
			number, known := cardNamed(token)
			if !known {
				return instrument.Instrument{}, noSuch("token", token, card.at("token").name)
			}
			return instrument.Known(number, "", holder)
		}
		number, month, year, code := card.required("number"), card.required("exp_month"), card.required("exp_year"), card.text("cvc")
		if err := data.err(); err != nil {
			return instrument.Instrument{}, err
		}
		return a.typed(card, number, month, year, code, holder)
	case "sepa_debit":
		iban := data.at("sepa_debit").required("iban")
		if err := data.err(); err != nil {
			return instrument.Instrument{}, err
		}
		i, err := instrument.FromAccount(orElse(holder, "Customer"), iban)
		if err != nil {
			return i, invalid("incorrect_number", data.at("sepa_debit").at("iban").name, "%s", fault.From(err).Fields[0].Detail)
		}
		return i, nil
	case "":
		return instrument.Instrument{}, data.err()
	default:
		return instrument.Instrument{}, invalid("parameter_invalid_choice", data.at("type").name, "Sandbank takes card and sepa_debit; %s is not simulated here.", shownID(kind))
	}
}

// typed checks a typed card as the checkout does.
func (a *API) typed(card *params, number, month, year, code, holder string) (instrument.Instrument, error) {
	if m, err := strconv.Atoi(month); err == nil {
		month = strconv.Itoa(m)
	}
	if len(year) == 4 {
		year = year[2:]
	}
	i, err := instrument.FromCard(instrument.CardForm{Name: orElse(holder, "Customer"), Number: number, Expiry: month + "/" + year, SecurityCode: orElse(code, "123")}, a.Clock.Now())
	if err == nil {
		return i, nil
	}
	for field, to := range map[string][2]string{"number": {"incorrect_number", "number"}, "exp": {"invalid_expiry_year", "exp_year"}, "csc": {"invalid_cvc", "cvc"}} {
		for _, f := range fault.From(err).Fields {
			if f.Pointer == field {
				return i, invalid(to[0], card.at(to[1]).name, "%s", f.Detail)
			}
		}
	}
	return i, err
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
