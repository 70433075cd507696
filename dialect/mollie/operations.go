package mollie

import (
	"encoding/json"
	"net/http"
	"slices"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// operated are the members of a request for a capture or a refund.
var operated = []string{"amount", "description", "metadata"}

var captureRoutes = []route{
	{method: http.MethodPost, path: "payments/{id}/captures", needs: identity.WritePayments, action: audit.PaymentCapture, handle: createCapture, body: operated},
	{method: http.MethodGet, path: "payments/{id}/captures", needs: identity.ReadPayments, handle: listCaptures, query: append([]string{"embed"}, listQuery...)},
	{method: http.MethodGet, path: "payments/{id}/captures/{capture}", needs: identity.ReadPayments, handle: getCapture, query: []string{"embed"}},
}

var refundRoutes = []route{
	{
		method: http.MethodPost, path: "payments/{id}/refunds", needs: identity.WritePayments, action: audit.PaymentRefund, handle: createRefund,
		body: append([]string{"reverseRouting", "routingReversals"}, operated...), ignores: []string{"externalReference", "lines"},
	},
	{method: http.MethodGet, path: "payments/{id}/refunds", needs: identity.ReadPayments, handle: listPaymentRefunds, query: append([]string{"embed"}, listQuery...)},
	{method: http.MethodGet, path: "payments/{id}/refunds/{refund}", needs: identity.ReadPayments, handle: getRefund, query: []string{"embed"}},
	{method: http.MethodDelete, path: "payments/{id}/refunds/{refund}", needs: identity.WritePayments, action: audit.PaymentRefund, handle: cancelRefund},
	{method: http.MethodGet, path: "refunds", needs: identity.ReadPayments, handle: listRefunds, query: append([]string{"embed", "sort"}, listQuery...)},
}

var chargebackRoutes = []route{
	{method: http.MethodGet, path: "payments/{id}/chargebacks", needs: identity.ReadMoney, handle: listPaymentChargebacks, query: append([]string{"embed"}, listQuery...)},
	{method: http.MethodGet, path: "payments/{id}/chargebacks/{chargeback}", needs: identity.ReadMoney, handle: getChargeback, query: []string{"embed"}},
	{method: http.MethodGet, path: "chargebacks", needs: identity.ReadMoney, handle: listChargebacks, query: append([]string{"embed", "sort"}, listQuery...)},
}

// kind is one kind of things that are numbered within their payment.
type kind struct {
	name, list, prefix string
	numbers            func(payment.Payment) []int // the newest first
	show               func(a *API, p payment.Payment, n int, with map[string]any) any
}

func operations(of payment.OperationKind) func(payment.Payment) []int {
	return func(p payment.Payment) []int { return object.Numbers(p, of) }
}

// kinds of things.
func captures() kind {
	return kind{"capture", "captures", object.CapturePrefix, operations(payment.OpCapture), func(a *API, p payment.Payment, n int, with map[string]any) any {
		o := a.Capture(p, n)
		o.Embedded = with
		return o
	}}
}

func refunds() kind {
	return kind{"refund", "refunds", object.RefundPrefix, operations(payment.OpRefund), func(a *API, p payment.Payment, n int, with map[string]any) any {
		o := a.Refund(p, n)
		o.Embedded = with
		return o
	}}
}

func chargebacks() kind {
	numbers := func(p payment.Payment) (list []int) {
		for i := range slices.Backward(p.Disputes) {
			list = append(list, i+1)
		}
		return list
	}
	return kind{"chargeback", "chargebacks", object.ChargebackPrefix, numbers, func(a *API, p payment.Payment, n int, with map[string]any) any {
		o := a.Chargeback(p, n)
		o.Embedded = with
		return o
	}}
}

// shown is one of them with what is asked for beside it.
func (a *API) shown(c *call, k kind, p payment.Payment, n int) (any, error) {
	switch c.asked("embed") {
	case "":
		return k.show(a, p, n, nil), nil
	case "payment":
		return k.show(a, p, n, map[string]any{"payment": a.Payment(p)}), nil
	}
	return nil, wrong("embed", "The embed parameter takes payment.")
}

// one finds one of a kind in its payment.
func (a *API) one(c *call, k kind) (payment.Payment, int, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return p, 0, err
	}
	house, n, ok := alias.Nth(k.prefix, c.in(k.name))
	if !ok || house != p.ID || !slices.Contains(k.numbers(p), n) {
		return p, 0, noSuch(k.name, c.in(k.name))
	}
	return p, n, nil
}

func (a *API) get(c *call, k kind) (reply, error) {
	p, n, err := a.one(c, k)
	if err != nil {
		return reply{}, err
	}
	o, err := a.shown(c, k, p, n)
	return ok(o), err
}

// list lists those of one payment, or of all where p is nil.
func (a *API) list(c *call, k kind, p *payment.Payment) (reply, error) {
	pg, err := c.pager(k.list)
	if err != nil {
		return reply{}, err
	}
	if _, err := a.shown(c, kind{show: func(*API, payment.Payment, int, map[string]any) any { return nil }}, payment.Payment{}, 1); err != nil {
		return reply{}, err
	}
	each := func(p payment.Payment) bool {
		for _, n := range k.numbers(p) {
			show := func() any { o, _ := a.shown(c, k, p, n); return o } // embed was looked at above
			if !pg.take(alias.NthID(k.prefix, p.ID, n), show) {
				return false
			}
		}
		return true
	}
	if p != nil {
		each(*p)
	} else if err := a.payments(c, each); err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

func (a *API) listOf(c *call, k kind) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	return a.list(c, k, &p)
}

func getCapture(a *API, c *call) (reply, error)   { return a.get(c, captures()) }
func listCaptures(a *API, c *call) (reply, error) { return a.listOf(c, captures()) }
func createCapture(a *API, c *call) (reply, error) {
	return a.operate(c, payment.OpCapture, captures())
}
func getRefund(a *API, c *call) (reply, error)              { return a.get(c, refunds()) }
func listPaymentRefunds(a *API, c *call) (reply, error)     { return a.listOf(c, refunds()) }
func getChargeback(a *API, c *call) (reply, error)          { return a.get(c, chargebacks()) }
func listPaymentChargebacks(a *API, c *call) (reply, error) { return a.listOf(c, chargebacks()) }

func listRefunds(a *API, c *call) (reply, error)     { return a.newest(c, refunds()) }
func listChargebacks(a *API, c *call) (reply, error) { return a.newest(c, chargebacks()) }

// newest lists those of all payments, the newest payment first.
func (a *API) newest(c *call, k kind) (reply, error) {
	if s := c.asked("sort"); s != "" && s != "desc" {
		return reply{}, wrong("sort", "In Sandbank this list has the newest payment first: sort must be desc, or be left out.")
	}
	return a.list(c, k, nil)
}

func createRefund(a *API, c *call) (reply, error) {
	for _, name := range []string{"reverseRouting", "routingReversals"} {
		if c.has(name) {
			return reply{}, wrong(name, "There are no connected accounts here.")
		}
	}
	if !c.has("amount") {
		return reply{}, wrong("amount", "The amount is required.")
	}
	return a.operate(c, payment.OpRefund, refunds())
}

// cancelRefund refuses: a refund is with the bank from its creation on.
func cancelRefund(a *API, c *call) (reply, error) {
	p, n, err := a.one(c, refunds())
	if err != nil {
		return reply{}, err
	}
	return reply{}, fault.New(fault.Unprocessable, "refund_with_bank", "The refund is %s and cannot be canceled: Sandbank gives a refund to the bank at once.", object.RefundStatus(p.Operations[n-1].Status))
}

// operate asks the bank for a capture or a refund, and answers before it does.
func (a *API) operate(c *call, what payment.OperationKind, k kind) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	wish := processor.NewOperation{Merchant: c.Merchant.ID, Payment: p.ID, Kind: what, RequestID: c.RequestID, IdempotencyKey: c.key}
	if wish.Amount, err = c.amount("amount"); err != nil {
		return reply{}, err
	}
	if wish.Description, err = c.text("description"); err != nil {
		return reply{}, err
	}
	if c.has("metadata") {
		note := object.OperationNote{Metadata: json.RawMessage(c.fields["metadata"])}
		if len(note.Metadata) > maxMetadata || instrument.NamesCard(string(note.Metadata)) {
			return reply{}, wrong("metadata", "The metadata must have at most %d bytes, and no card number.", maxMetadata)
		}
		wish.Foreign = string(object.Encode(note))
	}
	op, _, err := a.Processor.Operate(c.ctx, wish)
	if err != nil {
		return reply{}, unoperated(err, p, what)
	}
	if p, err = a.Processor.OwnPayment(c.ctx, c.Merchant.ID, p.ID); err != nil {
		return reply{}, err
	}
	at := slices.IndexFunc(p.Operations, func(o payment.Operation) bool { return o.ID == op.ID })
	if at < 0 {
		return reply{}, fault.From(nil)
	}
	return reply{status: http.StatusCreated, body: k.show(a, p, at+1, nil), payment: p.ID}, nil
}

// unoperated words why a payment does not allow an operation, with the field that it is about.
func unoperated(err error, p payment.Payment, what payment.OperationKind) error {
	switch fault.Code(err) {
	case "amount_exceeds":
		left := p.Refundable()
		if what == payment.OpCapture {
			left = p.Capturable()
		}
		return wrong("amount", "The amount is higher than the maximum: %s is left.", left)
	case "nothing_left":
		if what == payment.OpRefund {
			return fault.New(fault.Unprocessable, "already_refunded", "The payment has already been refunded.")
		}
	}
	return refusedFor(err)
}
