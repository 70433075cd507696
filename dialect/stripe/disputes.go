package stripe

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
)

var disputeRoutes = []route{
	{method: http.MethodGet, path: "/v1/disputes", needs: identity.ReadMoney, handle: listDisputes},
	{method: http.MethodGet, path: "/v1/disputes/{id}", needs: identity.ReadMoney, handle: getDispute},
	{method: http.MethodPost, path: "/v1/disputes/{id}", needs: identity.WritePayments, action: audit.DisputeRespond, handle: answerDispute},
	{method: http.MethodPost, path: "/v1/disputes/{id}/close", needs: identity.WritePayments, action: audit.DisputeRespond, handle: closeDispute},
}

// closeDispute gives a dispute up: the bank is told to decide it for its customer, and the
// answer waits for that.
func closeDispute(a *API, c *call) (object.Object, error) {
	p, n, err := a.dispute(c, c.id())
	if err != nil {
		return nil, err
	}
	if s := p.Disputes[n-1].Status; s != payment.DisputeNeedsResponse {
		return nil, invalid("", "dispute", "This dispute is %s, and cannot be closed any more.", s)
	}
	if _, err := a.Processor.Decide(c.ctx, processor.Only(c.Merchant.ID), p.Disputes[n-1].ID, payment.DisputeLost); err != nil {
		return nil, err
	}
	p, err = a.Processor.AwaitUntil(c.ctx, p.ID, func(p payment.Payment) bool { return p.Disputes[n-1].Status.Final() })
	if err != nil {
		return nil, err
	}
	return a.Dispute(p, n), nil
}

// dispute is the number of a dispute among its payment's, and the payment.
func (a *API) dispute(c *call, id string) (payment.Payment, int, error) {
	return a.nth(c, object.DisputePrefix, id, "dispute", "dispute", func(p payment.Payment, n int) bool { return n <= len(p.Disputes) })
}

func getDispute(a *API, c *call) (object.Object, error) {
	p, n, err := a.dispute(c, c.id())
	if err != nil {
		return nil, err
	}
	return a.Dispute(p, n), nil
}

func listDisputes(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	intent, err := a.narrowed(c)
	if err != nil {
		return nil, err
	}
	from, _, _ := alias.Nth(object.DisputePrefix, pg.after)
	return a.listed(c, &pg, intent, from, "dispute", func(p payment.Payment) bool {
		for i, d := range slices.Backward(p.Disputes) {
			if !pg.take(alias.NthID(object.DisputePrefix, p.ID, i+1), d.OpenedAt.Unix(), func() object.Object { return a.Dispute(p, i+1) }) {
				return false
			}
		}
		return true
	})
}

// answerDispute sends the evidence to the bank, once. Its texts become one, since that
// is what a bank of this house reads.
func answerDispute(a *API, c *call) (object.Object, error) {
	p, n, err := a.dispute(c, c.id())
	if err != nil {
		return nil, err
	}
	if !c.yes("submit", true) {
		return nil, invalid("", "submit", "Sandbank stages no evidence: send all of it with submit=true.")
	}
	evidence := c.at("evidence")
	var texts []string
	for _, name := range evidence.names {
		if text := evidence.text(name); text != "" {
			if name != "uncategorized_text" {
				text = name + ": " + text
			}
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		c.complain(missing("evidence"))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	_, p, err = a.Processor.Respond(c.ctx, processor.Only(c.Merchant.ID), p.Disputes[n-1].ID, strings.Join(texts, "\n"))
	if err != nil {
		return nil, err
	}
	return a.Dispute(p, n), nil
}
