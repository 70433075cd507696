package stripe

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

var intentRoutes = []route{
	{method: http.MethodPost, path: "/v1/payment_intents", needs: identity.WritePayments, action: audit.PaymentCreate, handle: createIntent},
	{method: http.MethodGet, path: "/v1/payment_intents", needs: identity.ReadPayments, handle: listIntents},
	{method: http.MethodGet, path: "/v1/payment_intents/{id}", needs: identity.ReadPayments, handle: getIntent, browsers: true},
	{method: http.MethodPost, path: "/v1/payment_intents/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updateIntent},
	{method: http.MethodPost, path: "/v1/payment_intents/{id}/confirm", needs: identity.WritePayments, action: audit.PaymentPay, handle: confirmIntent, browsers: true},
	{method: http.MethodPost, path: "/v1/payment_intents/{id}/capture", needs: identity.WritePayments, action: audit.PaymentCapture, handle: captureIntent},
	{method: http.MethodPost, path: "/v1/payment_intents/{id}/cancel", needs: identity.WritePayments, action: audit.PaymentCancel, handle: cancelIntent},
}

// intent is the payment of a PaymentIntent. That of a session begins with the first
// try.
func (a *API) intent(c *call, id string) (payment.Payment, error) {
	house, ok := alias.House(object.IntentPrefix, id, "pay")
	if !ok {
		return payment.Payment{}, noSuch("payment_intent", id, "intent")
	}
	p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || err == nil && !isIntent(p) {
		return p, noSuch("payment_intent", id, "intent")
	}
	if err == nil && publishable(c.request) && c.text("client_secret") != a.Secret(p) {
		return p, invalid("payment_intent_invalid_parameter", "client_secret", "The client_secret provided does not match any associated PaymentIntent.")
	}
	c.at("client_secret")
	return p, err
}

func isIntent(p payment.Payment) bool { return len(p.Attempts) > 0 || !object.IsSession(p) }

func getIntent(a *API, c *call) (object.Object, error) {
	p, err := a.intent(c, c.id())
	return intentOr(a, p, err)
}

func listIntents(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	customer := c.text("customer")
	if err := c.err(); err != nil {
		return nil, err
	}
	from, _ := alias.House(object.IntentPrefix, pg.after, "pay")
	err := a.payments(c, from, func(p payment.Payment) bool {
		if !isIntent(p) || customer != "" && object.NoteOf(p).Intent.Customer != customer {
			return true
		}
		return pg.take(alias.ID(object.IntentPrefix, p.ID), p.CreatedAt.Unix(), func() object.Object { return a.Intent(p) })
	})
	if err != nil {
		return nil, err
	}
	return pg.done(c, "payment_intent")
}

// amountOf reads an amount in minor units.
func amountOf(p *params, name, currency string) (amount money.Amount) {
	minor, given := p.integer(name)
	code := object.Currency(currency)
	switch {
	case !given:
		p.complain(missing(p.at(name).name))
	case currency == "": // told already
	case !code.Known() || strings.ToLower(currency) != currency && strings.ToUpper(currency) != currency:
		p.complain(invalid("parameter_invalid_choice", "currency", "Invalid currency: %s. Sandbank takes every active currency of ISO 4217.", shownID(currency)))
	case minor <= 0:
		p.complain(invalid("parameter_invalid_integer", p.at(name).name, "This value must be greater than or equal to 1."))
	default:
		var whole bool
		if amount, whole = object.Major(minor, code); !whole {
			p.complain(invalid("amount_invalid", p.at(name).name, "%d is no amount of %s: its last digits must be zeros.", minor, code))
		}
	}
	return amount
}

// tries is how many tries a customer has, the most there are: Stripe has no bound.
const tries = 10

func createIntent(a *API, c *call) (object.Object, error) {
	n := processor.NewPayment{
		Merchant: c.Merchant.ID, Amount: amountOf(c.params, "amount", c.required("currency")), Description: c.text("description"), Metadata: c.words("metadata", nil),
		Capture: payment.CaptureAutomatic, Life: payment.MaxLife, Attempts: tries, RequestID: c.RequestID, IdempotencyKey: c.houseKey(),
	}
	note := object.Note{}
	a.intentNote(c.params, &note.Intent)
	if note.Intent.CaptureMethod == "manual" {
		n.Capture = payment.CaptureManual
	}
	confirm := c.yes("confirm", false)
	if away := c.text("off_session"); away != "" && away != "false" && !confirm {
		c.complain(invalid("parameter_invalid_empty", "off_session", "off_session says that the customer is away while it is confirmed, and goes with confirm=true alone."))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	var with *instrument.Instrument
	var err error
	if with, err = a.chosen(c, &note.Intent); err != nil {
		return nil, err
	}
	if n.Simulate, err = c.simulated(n.Capture, map[string]map[string]string{"/metadata": n.Metadata}); err != nil {
		return nil, err
	}
	n.Finish = func(p payment.Payment) payment.Payment { return finished(note, p) }
	n.Foreign, n.Reference = note.On(payment.Payment{}).Foreign, "a PaymentIntent"
	if !confirm {
		p, _, err := a.Processor.Create(c.ctx, n)
		return intentOr(a, p, err)
	}
	if with == nil {
		return nil, invalid("", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	n.Pay = with
	p, again, err := a.Processor.CreateUntil(c.ctx, n, decided(1))
	if err != nil {
		return nil, err
	}
	if !again {
		return a.confirmed(p, 1)
	}
	if p, err = a.Processor.OwnPayment(c.ctx, c.Merchant.ID, p.ID); err != nil {
		return nil, err
	}
	return a.confirm(c, p, *with)
}

// finished is a new payment with what depends on its identifier: its reference is the
// intent's.
func finished(note object.Note, p payment.Payment) payment.Payment {
	p = note.On(p)
	p.Reference = alias.ID(object.IntentPrefix, p.ID)
	if note.Intent.ReturnURL != "" {
		p.ReturnURL, p.Return = note.Intent.ReturnURL, payment.ReturnAutomatic
	}
	return p
}

// intentNote reads what a PaymentIntent has beside its payment. What is not given
// stays.
func (a *API) intentNote(p *params, n *object.Intent) {
	for name, to := range map[string]*string{
		"receipt_email": &n.Email, "statement_descriptor": &n.StatementDescriptor, "statement_descriptor_suffix": &n.StatementSuffix,
		"setup_future_usage": &n.FutureUsage, "transfer_group": &n.TransferGroup, "customer": &n.Customer, "return_url": &n.ReturnURL,
	} {
		if p.has(name) {
			*to = p.text(name)
			bounded(p, name, *to)
		}
	}
	if p.has("capture_method") {
		n.CaptureMethod = p.choice("capture_method", "automatic", "automatic_async", "manual")
	}
	if p.has("confirmation_method") {
		n.Confirmation = p.choice("confirmation_method", "automatic", "manual")
	}
	if p.has("payment_method_types") {
		n.Types = p.texts("payment_method_types")
		for _, t := range n.Types {
			if !slices.Contains([]string{"card", "sepa_debit", "link"}, t) {
				p.complain(invalid("parameter_invalid_choice", "payment_method_types", "Sandbank takes card and sepa_debit; %s is not simulated here.", shownID(t)))
			}
		}
	}
	if automatic := p.at("automatic_payment_methods"); p.has("automatic_payment_methods") {
		n.Automatic = automatic.yes("enabled", false)
		n.Redirects = automatic.choice("allow_redirects", "", "always", "never")
	}
	if p.has("shipping") {
		n.Shipping = object.Encode(shippingOf(p.at("shipping")))
	}
}

func shippingOf(p *params) object.Object {
	shipping := object.Object{"address": addressOf(p.at("address")), "name": p.text("name")}
	for _, name := range []string{"carrier", "phone", "tracking_number"} {
		shipping[name] = nil
		if p.has(name) {
			shipping[name] = p.text(name)
		}
	}
	return shipping
}

func addressOf(p *params) object.Object {
	address := object.Object{}
	for _, name := range []string{"city", "country", "line1", "line2", "postal_code", "state"} {
		address[name] = nil
		if p.has(name) {
			address[name] = p.text(name)
		}
	}
	return address
}

// maxText bounds a text that is kept in a note, in bytes.
const maxText = 2048

func bounded(p *params, name, s string) {
	if len(s) > maxText || instrument.NamesCard(s) {
		p.complain(invalid("parameter_invalid_string", p.at(name).name, "Invalid string: %s is too long, or has a card number in it.", p.at(name).name))
	}
}

// chosen is the means of payment of a request; nil where it names none.
func (a *API) chosen(c *call, n *object.Intent) (*instrument.Instrument, error) {
	if data := c.at("payment_method_data"); c.has("payment_method_data") {
		with, err := a.instrumentIn(data)
		return &with, err
	}
	if id := c.text("payment_method"); id != "" {
		with, err := a.instrument(c, id)
		n.Method = id
		return &with, err
	}
	if n.Method != "" {
		with, err := a.instrument(c, n.Method)
		return &with, err
	}
	return nil, c.err()
}

func updateIntent(a *API, c *call) (object.Object, error) {
	p, err := a.intent(c, c.id())
	if err != nil {
		return nil, err
	}
	note := object.NoteOf(p)
	a.intentNote(c.params, &note.Intent)
	if _, err := a.chosen(c, &note.Intent); err != nil {
		return nil, err
	}
	if c.has("amount") || c.has("currency") {
		if amount := amountOf(c.params, "amount", orElse(c.text("currency"), object.Code(p.Amount.Currency()))); c.err() == nil && !amount.Equal(p.Amount) {
			return nil, invalid("amount_fixed", "amount", "In Sandbank the amount of a PaymentIntent is fixed when it is created, since every API shows the same payment. Create another one.")
		}
	}
	metadata, description, described := c.words("metadata", p.Metadata), c.text("description"), c.has("description")
	c.tooLate(metadata)
	if err := c.err(); err != nil {
		return nil, err
	}
	p, err = a.Processor.Annotate(c.ctx, c.Merchant.ID, p.ID, func(p payment.Payment) (payment.Payment, error) {
		p.Metadata = metadata
		if described {
			p.Description = description
		}
		return note.On(p), nil
	})
	return intentOr(a, p, err)
}
