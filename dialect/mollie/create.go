package mollie

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sandbank/dialect/mollie/object"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/webhook"
)

// maxNote bounds a text, and a JSON value, that is kept beside a payment, in bytes.
const maxNote = 8 << 10

// maxMetadata bounds metadata, in bytes (docs.mollie.com: about 1 kB).
const maxMetadata = 1 << 10

// absent are the members of a request about things that Sandbank has not.
var absent = map[string]string{
	"customerId": "There are no customers here", "mandateId": "There are no mandates here", "applicationFee": "There are no connected accounts here",
	"routing": "There are no connected accounts here", "captureDelay": "An automatic capture comes with the approval; use \"captureMode\": \"manual\" and capture later",
	"cardToken": "Cards are taken on the hosted page alone", "applePayPaymentToken": "Apple Pay is not simulated", "googlePayPaymentToken": "Google Pay is not simulated",
	"voucherNumber": "Vouchers are not simulated", "voucherPin": "Vouchers are not simulated", "terminalId": "There are no terminals here", "sessionId": "There are no sessions here",
}

func createPayment(a *API, c *call) (reply, error) {
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		if c.has(name) {
			return reply{}, wrong(name, "%s.", absent[name])
		}
	}
	n := processor.NewPayment{
		Merchant: c.Merchant.ID, Capture: payment.CaptureAutomatic, Life: payment.DefaultLife, Return: payment.ReturnAutomatic,
		RequestID: c.RequestID, IdempotencyKey: c.key,
	}
	var note object.Note
	if err := a.wish(c, &n, &note); err != nil {
		return reply{}, err
	}
	if note.WebhookURL != "" {
		if err := a.hear(c, note.WebhookURL); err != nil {
			return reply{}, err
		}
	}
	n.Foreign = note.On(payment.Payment{}).Foreign
	n.Foreign.Stopped = note.CancelURL
	p, _, err := a.Processor.Create(c.ctx, n)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusCreated, body: a.Payment(p), payment: p.ID}, nil
}

// wish reads what a payment is to be.
func (a *API) wish(c *call, n *processor.NewPayment, note *object.Note) (err error) {
	if n.Amount, err = c.amount("amount"); err != nil {
		return err
	}
	capture := ""
	if err := c.texts(map[string]*string{"description": &n.Description, "redirectUrl": &n.ReturnURL, "captureMode": &capture, "sequenceType": &note.Sequence}); err != nil {
		return err
	}
	switch {
	case !c.has("amount"):
		return wrong("amount", "The amount is required.")
	case n.Description == "":
		return wrong("description", "The description is required.")
	case n.ReturnURL == "":
		return wrong("redirectUrl", "The redirectUrl is required.")
	case note.Sequence != "" && note.Sequence != "oneoff":
		return wrong("sequenceType", "Sandbank has payments of the sequenceType oneoff alone.")
	case capture != "" && capture != "automatic" && capture != "manual":
		return wrong("captureMode", "The captureMode must be automatic or manual.")
	case capture == "manual":
		n.Capture = payment.CaptureManual
	}
	n.Description = shortened(n.Description)
	n.Reference = cmp.Or(shortReference(n.Description), "a payment")
	if err := a.noted(c, note); err != nil {
		return err
	}
	if c.has("lines") {
		note.Lines = json.RawMessage(c.fields["lines"])
	}
	if n.Bank, err = a.issuer(note.Issuer, n.Amount.Currency()); err != nil {
		return err
	}
	if n.Simulate, err = c.simulated(n.Capture); err != nil {
		return err
	}
	note.Metadata, n.Metadata = c.metadata()
	return bounded(*note)
}

// noted reads what is kept beside a payment. What is not given stays.
func (a *API) noted(c *call, note *object.Note) error {
	if err := c.texts(map[string]*string{
		"cancelUrl": &note.CancelURL, "webhookUrl": &note.WebhookURL, "locale": &note.Locale, "restrictPaymentMethodsToCountry": &note.Country, "issuer": &note.Issuer,
	}); err != nil {
		return err
	}
	for name, to := range map[string]*json.RawMessage{"billingAddress": &note.Billing, "shippingAddress": &note.Shipping} {
		if c.has(name) {
			if c.fields[name].Kind() != '{' {
				return wrong(name, "The field %q must be an object.", name)
			}
			*to = json.RawMessage(c.fields[name])
		}
	}
	methods, err := c.methods()
	if err != nil {
		return err
	}
	for _, m := range methods {
		if !slices.Contains(offered, m) {
			return wrong("method", "The payment method %s is not activated: Sandbank simulates %s.", form.Shown(m), strings.Join(offered, ", "))
		}
	}
	if len(methods) == 1 {
		note.Method = methods[0]
	}
	if note.CancelURL != "" {
		problem := form.Problem()
		if form.CheckReturnURL(problem, "cancelUrl", note.CancelURL); len(problem.Fields) > 0 {
			return problem
		}
	}
	return nil
}

// methods are those that the customer may choose from; none for all.
func (c *call) methods() (list []string, err error) {
	if !c.has("method") {
		return nil, nil
	}
	if c.fields["method"].Kind() == '[' {
		if json.Unmarshal(c.fields["method"], &list) != nil {
			return nil, wrong("method", "The method must be a string, or a list of strings.")
		}
		return list, nil
	}
	one, err := c.text("method")
	return []string{one}, err
}

// amount is an amount of the body; the zero value where it is not there.
func (c *call) amount(name string) (money.Amount, error) {
	if !c.has(name) {
		return money.Amount{}, nil
	}
	var sent struct {
		Currency *string `json:"currency"`
		Value    *string `json:"value"`
	}
	if json.Unmarshal(c.fields[name], &sent) != nil || sent.Currency == nil || sent.Value == nil {
		return money.Amount{}, wrong(name, "The %s must be an object with the strings currency and value, such as {\"currency\": \"EUR\", \"value\": \"10.00\"}.", name)
	}
	amount, err := money.Parse(*sent.Value, money.Currency(*sent.Currency), name)
	if err == nil && !amount.IsPositive() {
		err = wrong(name, "The %s must be more than zero.", name)
	}
	return amount, err
}

// metadata is what a request keeps with a payment: a map of texts goes with the payment itself, where every API shows it;
// anything else is kept as it is.
func (c *call) metadata() (raw json.RawMessage, texts map[string]string) {
	if !c.has("metadata") {
		return nil, nil
	}
	if json.Unmarshal(c.fields["metadata"], &texts) == nil {
		problem := form.Problem()
		if form.CheckMetadata(problem, "/metadata", texts); len(problem.Fields) == 0 {
			return nil, texts
		}
	}
	return json.RawMessage(c.fields["metadata"]), nil
}

// bounded holds what is kept beside a payment to its size, and to having no card number.
func bounded(note object.Note) error {
	switch {
	case len(note.Metadata) > maxMetadata:
		return wrong("metadata", "The metadata must have at most %d bytes.", maxMetadata)
	case len(object.Encode(note)) > maxNote:
		return wrong("lines", "What is kept beside a payment (lines, addresses, metadata) must have at most %d bytes.", maxNote)
	}
	for name, text := range map[string]string{
		"metadata": string(note.Metadata), "lines": string(note.Lines), "billingAddress": string(note.Billing), "shippingAddress": string(note.Shipping),
		"locale": note.Locale, "restrictPaymentMethodsToCountry": note.Country,
	} {
		if instrument.NamesCard(text) {
			return wrong(name, "The %s must hold no card number.", name)
		}
	}
	return nil
}

// hear makes sure that a payment's webhook can be sent, and that there is who sends it.
func (a *API) hear(c *call, url string) error {
	problem := form.Problem()
	if form.CheckURL(problem, "webhookUrl", url); len(problem.Fields) > 0 {
		return wrong("webhookUrl", "The webhook location is invalid: it %s.", problem.Fields[0].Detail)
	}
	if err := a.Processor.AcceptsURL(url); err != nil {
		return wrong("webhookUrl", "The webhook location is invalid: %v.", err)
	}
	return a.Processor.EnsureEndpoint(c.ctx, c.Merchant.ID, processor.NewEndpoint{
		Dialect: object.Dialect, Body: webhook.BodyMollie, Description: "Mollie's API: the webhookUrl of each payment",
	})
}

// maxDescription is how long a description is kept, as at Mollie.
const maxDescription = 255

func shortened(s string) string { return cut(s, maxDescription) }

// maxReference is how long a reference may be.
const maxReference = 100

// shortReference is a description as the payment's reference, for lists of this house.
func shortReference(s string) string { return cut(s, maxReference) }

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
