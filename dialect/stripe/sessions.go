package stripe

import (
	"net/http"
	"strings"
	"time"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/processor"
)

var sessionRoutes = []route{
	{method: http.MethodPost, path: "/v1/checkout/sessions", needs: identity.WritePayments, action: audit.PaymentCreate, handle: createSession},
	{method: http.MethodGet, path: "/v1/checkout/sessions", needs: identity.ReadPayments, handle: listSessions},
	{method: http.MethodGet, path: "/v1/checkout/sessions/{id}", needs: identity.ReadPayments, handle: getSession},
	{method: http.MethodPost, path: "/v1/checkout/sessions/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updateSession},
	{method: http.MethodPost, path: "/v1/checkout/sessions/{id}/expire", needs: identity.WritePayments, action: audit.PaymentCancel, handle: expireSession},
	{method: http.MethodGet, path: "/v1/checkout/sessions/{id}/line_items", needs: identity.ReadPayments, handle: listLines},
}

// The bounds of a session's life (docs.stripe.com/api/checkout/sessions/create).
const (
	shortestSession = 30 * time.Minute
	longestSession  = 24 * time.Hour
)

// sessionTemplate in a success URL stands for the session's identifier.
const sessionTemplate = "{CHECKOUT_SESSION_ID}"

// session is the payment of a Checkout Session.
func (a *API) session(c *call, id string) (payment.Payment, error) {
	house, ok := alias.House(object.SessionPrefix, id, "pay")
	if !ok {
		return payment.Payment{}, noSuch("checkout.session", id, "session")
	}
	p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || err == nil && !object.IsSession(p) {
		return p, noSuch("checkout.session", id, "session")
	}
	return p, err
}

func getSession(a *API, c *call) (object.Object, error) {
	p, err := a.session(c, c.id())
	if err != nil {
		return nil, err
	}
	return a.Session(p), nil
}

func listSessions(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	intent, status, customer := c.text("payment_intent"), c.choice("status", "", object.SessionOpen, object.SessionComplete, object.SessionExpired), c.text("customer")
	email := c.at("customer_details").text("email")
	if err := c.err(); err != nil {
		return nil, err
	}
	from, _ := alias.House(object.SessionPrefix, pg.after, "pay")
	return a.listed(c, &pg, intent, from, "checkout.session", func(p payment.Payment) bool {
		note := object.NoteOf(p)
		switch {
		case note.Session == nil, status != "" && object.SessionStatus(p) != status, customer != "" && note.Intent.Customer != customer, email != "" && note.Session.Email != email:
			return true
		}
		return pg.take(alias.ID(object.SessionPrefix, p.ID), p.CreatedAt.Unix(), func() object.Object { return a.Session(p) })
	})
}

func listLines(a *API, c *call) (object.Object, error) {
	p, err := a.session(c, c.id())
	if err != nil {
		return nil, err
	}
	pg := pager{window: c.window()}
	if err := c.err(); err != nil {
		return nil, err
	}
	for _, l := range a.Lines(p) {
		id, _ := l["id"].(string)
		if !pg.take(id, p.CreatedAt.Unix(), func() object.Object { return l }) {
			break
		}
	}
	return pg.done(c, "line_item")
}

func createSession(a *API, c *call) (object.Object, error) {
	if mode := c.required("mode"); mode != "payment" && mode != "" {
		c.complain(invalid("parameter_invalid_choice", "mode", "Sandbank simulates mode=payment; %s is about things that it has not.", shownID(mode)))
	}
	if ui := c.text("ui_mode"); ui != "" && ui != "hosted" && ui != "hosted_page" {
		c.complain(invalid("parameter_invalid_choice", "ui_mode", "Sandbank has a hosted page alone; ui_mode must be hosted_page."))
	}
	s := &object.Session{
		SuccessURL: c.required("success_url"), CancelURL: c.text("cancel_url"), ClientReference: c.text("client_reference_id"), Email: c.text("customer_email"),
		CustomerCreation: c.choice("customer_creation", "", "always", "if_required"), Locale: c.text("locale"), SubmitType: c.text("submit_type"),
		BillingAddress: c.choice("billing_address_collection", "", "auto", "required"), Metadata: c.words("metadata", nil),
	}
	for _, name := range []string{"success_url", "cancel_url", "client_reference_id", "customer_email", "locale", "submit_type"} {
		bounded(c.params, name, c.text(name))
	}
	note := object.Note{Session: s}
	data := c.at("payment_intent_data")
	a.intentNote(data, &note.Intent)
	if c.has("customer") {
		note.Intent.Customer = c.text("customer")
	}
	note.Intent.Types = c.texts("payment_method_types")
	total, err := a.lines(c, s)
	if err != nil {
		return nil, err
	}
	n := processor.NewPayment{
		Merchant: c.Merchant.ID, Amount: total, Description: orElse(data.text("description"), described(s.Lines)), Metadata: data.words("metadata", nil),
		ReturnURL: s.SuccessURL, Return: payment.ReturnAutomatic, Capture: payment.CaptureAutomatic, Life: a.sessionLife(c), Attempts: tries,
		RequestID: c.RequestID, IdempotencyKey: c.houseKey(), Reference: "a Checkout Session",
	}
	if note.Intent.CaptureMethod == "manual" {
		n.Capture = payment.CaptureManual
	}
	if n.Simulate, err = c.simulated(n.Capture, map[string]map[string]string{"/metadata": s.Metadata, "/payment_intent_data/metadata": n.Metadata}); err != nil {
		return nil, err
	}
	checkSession(c, s)
	if err := c.err(); err != nil {
		return nil, err
	}
	n.ReturnURL = templated(n.ReturnURL, object.SessionPrefix+strings.Repeat("0", 32))
	n.Finish = func(p payment.Payment) payment.Payment { return finishedSession(note, p) }
	n.Foreign = note.On(payment.Payment{}).Foreign
	p, _, err := a.Processor.Create(c.ctx, n)
	if err != nil {
		return nil, err
	}
	return a.Session(p), nil
}

// checkSession holds to the house's rules what the house does not know of.
func checkSession(c *call, s *object.Session) {
	problem := form.Problem()
	form.CheckMetadata(problem, "/metadata", s.Metadata)
	if s.CancelURL != "" {
		form.CheckReturnURL(problem, "/cancel_url", s.CancelURL)
	}
	if len(problem.Fields) > 0 {
		c.complain(problem)
	}
}

func (a *API) sessionLife(c *call) time.Duration {
	at, given := c.integer("expires_at")
	if !given {
		return longestSession
	}
	life := time.Unix(at, 0).Sub(a.Clock.Now())
	if life < shortestSession-time.Minute || life > longestSession+time.Minute { // the caller's clock may differ by a little
		c.complain(invalid("", "expires_at", "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation, by Sandbank's clock, where it is %d.", a.Clock.Now().Unix()))
	}
	return life
}

// finishedSession is a new payment with what depends on its identifier.
func finishedSession(note object.Note, p payment.Payment) payment.Payment {
	p = note.On(p)
	id := alias.ID(object.SessionPrefix, p.ID)
	p.ReturnURL = templated(note.Session.SuccessURL, id)
	p.Foreign.Stopped = templated(note.Session.CancelURL, id)
	p.Reference = id
	if r := note.Session.ClientReference; r != "" && len(r) <= form.Reference.Max {
		p.Reference = r
	}
	return p
}

func templated(url, id string) string { return strings.ReplaceAll(url, sessionTemplate, id) }

// described are the lines of a checkout in one text.
func described(lines []object.Line) string {
	names := make([]string, 0, len(lines))
	for _, l := range lines {
		names = append(names, l.Name)
	}
	text := []rune(strings.Join(names, ", "))
	if len(text) > form.Description.Max {
		text = append(text[:form.Description.Max-1], '…')
	}
	return string(text)
}

func updateSession(a *API, c *call) (object.Object, error) {
	p, err := a.session(c, c.id())
	if err != nil {
		return nil, err
	}
	note := object.NoteOf(p)
	note.Session.Metadata = c.words("metadata", note.Session.Metadata)
	c.tooLate(note.Session.Metadata)
	checkSession(c, note.Session)
	if err := c.err(); err != nil {
		return nil, err
	}
	p, err = a.Processor.Annotate(c.ctx, c.Merchant.ID, p.ID, func(p payment.Payment) (payment.Payment, error) { return note.On(p), nil })
	return sessionOr(a, p, err)
}

func expireSession(a *API, c *call) (object.Object, error) {
	p, err := a.session(c, c.id())
	if err != nil {
		return nil, err
	}
	if status := object.SessionStatus(p); status != object.SessionOpen {
		return nil, invalid("", "session", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of %s.", status)
	}
	p, err = a.Processor.Cancel(c.ctx, p.ID, payment.ByMerchant)
	if fault.Is(err, fault.Conflict) {
		return nil, invalid("", "session", "This Checkout Session cannot be expired: %s", fault.From(err).Message)
	}
	return sessionOr(a, p, err)
}

// lines reads the lines of a checkout and adds them up.
func (a *API) lines(c *call, s *object.Session) (total money.Amount, err error) {
	list := c.list("line_items")
	if len(list) == 0 {
		c.complain(missing("line_items"))
		return total, c.err()
	}
	if len(list) > maxLines {
		return total, invalid("", "line_items", "A Checkout Session can have %d line items.", maxLines)
	}
	var sum int64
	for _, item := range list {
		line := a.line(c, item)
		if len(s.Lines) > 0 && line.Currency != s.Lines[0].Currency {
			c.complain(invalid("", item.name, "All prices of a Checkout Session must have the same currency."))
		}
		s.Lines = append(s.Lines, line)
		sum += line.Amount * line.Quantity
	}
	if err := c.err(); err != nil {
		return total, err
	}
	total, whole := object.Major(sum, object.Currency(s.Lines[0].Currency))
	if !whole || sum <= 0 {
		return total, invalid("amount_too_small", "line_items", "The Checkout Session's total amount must be more than zero and one that %s has.", s.Lines[0].Currency)
	}
	return total, nil
}

const (
	maxLines    = 100
	maxQuantity = 999_999
)

func (a *API) line(c *call, item *params) (l object.Line) {
	l.Quantity = 1
	if n, given := item.integer("quantity"); given {
		l.Quantity = n
	}
	if l.Quantity < 1 || l.Quantity > maxQuantity {
		item.complain(invalid("parameter_invalid_integer", item.at("quantity").name, "This value must be greater than or equal to 1."))
		l.Quantity = 1
	}
	if item.has("price") {
		return a.priced(c, item, l)
	}
	if !item.has("price_data") {
		item.complain(missing(item.at("price_data").name))
		return l
	}
	data := item.at("price_data")
	l.Currency = strings.ToLower(data.required("currency"))
	amount := amountOf(data, "unit_amount", l.Currency)
	if amount.Currency() != "" {
		l.Amount = object.Minor(amount)
	}
	product := data.at("product_data")
	l.Name, l.Description = product.required("name"), product.text("description")
	bounded(product, "name", l.Name)
	bounded(product, "description", l.Description)
	l.Price, l.Product = alias.ID("price_", a.Processor.NewID("price", c.Merchant.ID)), alias.ID("prod_", a.Processor.NewID("prod", c.Merchant.ID))
	return l
}
