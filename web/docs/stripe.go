package docs

import (
	"sandbank/web/gate"
)

// Dialect is what a page about another API has to know of it.
type Dialect struct {
	Routes   []gate.Route                // that are served
	Ignored  func(route string) []string // the parameters of a route that mean nothing here
	Of       int                         // how many routes that API has for the same resources
	Version  string                      // of the API
	ListenAt string                      // by default
}

// StripeView is what Stripe's API does here, and what it does not.
type StripeView struct {
	Frame
	Node, Go, Curl  string // what one may copy
	Later           string // likewise, for a later time
	OnPurpose       string // likewise, with what is to happen
	MopUp           string // and what finds abandoned sessions
	Version, At     string
	Served, Of      int
	Routes          []DialectRoute
	Differs, Events []DialectWord
	Script          []ScriptRow
	Refused         []DialectWord
}

// DialectRoute is one route and how close it comes.
type DialectRoute struct {
	Name, Needs, How, Note string
	Ignored                []string // parameters
}

// DialectWord is a word and what is to be said about it.
type DialectWord struct{ Word, Says string }

// ScriptRow is how the calls of localstripe's script about a resource fared, and why the others do not fit.
type ScriptRow struct {
	Resource   string
	Fit, Calls int
	Why        string
}

// scripted is what script/localstripe came to, with localstripe 1.15 of May 2026.
var scripted = []ScriptRow{
	{"payment_methods", 10, 13, "The others look for fingerprints that localstripe makes; here there are none."},
	{"payment_intents", 8, 15, "Five look for charges in a PaymentIntent, where Stripe has had none since 2022-11-15; two pay with a card of the next row."},
	{"customers/cards, customers/sources, tokens, sources", 3, 36, "Cards and sources of customers, which Stripe has replaced by PaymentMethods, are not served. What fits is that a missing one is 404."},
	{"charges", 2, 31, "27 charge such a card, or ask for a charge that was to be made with one; with a token or a PaymentMethod each of these works, which tests show. Three look for total_count, which Stripe has no longer."},
	{"refunds", 2, 4, "The others give such a charge back."},
	{"balance, balance_transactions", 1, 2, "The other one is about such a charge."},
	{"customers", 26, 32, "Two look for total_count; three expand tax ids, subscriptions and invoice settings; one looks for its cards."},
	{"events", 7, 12, "Five look for total_count, for a list that is longer than a page after charges of such cards, or for a payment that such a card failed."},
	{"payouts", 3, 6, "A payout is made by an operator of settled money, and is on its way at once: it is never pending or canceled."},
	{"products", 1, 5, "Two send attributes and type, which Stripe has no longer; one asks for the product of such a request; two look for total_count."},
	{"setup_intents, subscriptions, plans, invoices, coupons, tax_rates, tax ids", 6, 69, "Not served: Sandbank has single payments. What fits is that something missing is 404."},
}

// approximated are the routes that do less or other than their originals, with what.
var approximated = map[string]string{
	"POST /v1/checkout/sessions":                     "mode=payment on the hosted page. line_items take price, or price_data with product_data; the total is the sum, without tax, shipping or discounts. Default life 24 hours, 30 minutes to 24 hours with expires_at.",
	"POST /v1/payment_intents":                       "payment_method by name, by identifier, or payment_method_data of a card or a SEPA account. With confirm the answer waits up to 5 s for the bank. The intent ends after 7 days.",
	"POST /v1/payment_intents/{id}":                  "The amount and currency are fixed when it is created.",
	"POST /v1/payment_intents/{id}/confirm":          "Ten tries. After a processing error or the tenth decline the intent cannot be confirmed any more, though its status is requires_payment_method.",
	"POST /v1/payment_intents/{id}/cancel":           "An intent with a bank that has not answered yet cannot be canceled.",
	"POST /v1/refunds":                               "The answer waits up to 5 s for the bank; a refund is pending after that.",
	"POST /v1/payment_methods":                       "card, by number or by token, and sepa_debit. Published test numbers alone; of a card brand and last four digits are kept, and its expiry is always 12/2099.",
	"POST /v1/disputes/{id}":                         "Evidence goes to the bank at once, as one text; none is staged. Without any it is lost when the time is over.",
	"POST /v1/disputes/{id}/close":                   "The bank is told to decide for its customer; the answer waits up to 5 s for it.",
	"GET /v1/disputes":                               "In the order of their payments, newest first.",
	"GET /v1/refunds":                                "In the order of their payments, newest first.",
	"GET /v1/charges":                                "In the order of their payments, newest first.",
	"GET /v1/balance":                                "pending is what is not paid out yet by the ledger; nothing is available in between, since what is settled is paid out.",
	"GET /v1/balance_transactions":                   "Charges, refunds and disputes, with the fees of --fee; no transactions of payouts. In the order of their payments, newest first; payout is not looked at.",
	"GET /v1/balance_transactions/{id}":              "As in the list. The status is pending.",
	"GET /v1/payouts":                                "Payouts are made by the clock, by an operator or by the house's own API; automatic is always true.",
	"POST /v1/payouts":                               "With an operator's key and Stripe-Account. It pays all that is settled of the currency, so amount has to be that; another one is refused and told how much it is.",
	"POST /v1/payouts/{id}/cancel":                   "Always refused, as Stripe does once a payout is on its way, which each is at once.",
	"POST /v1/payment_methods/{id}/attach":           "A card that would be declined is. pm_card_… becomes a PaymentMethod of the customer's own.",
	"GET /v1/payment_methods":                        "Those of a customer; without one, none.",
	"POST /v1/charges":                               "A payment that is paid as it is made. source takes a token, a PaymentMethod or the data of a card. A card that wants its customer at the bank is refused.",
	"POST /v1/charges/{id}/capture":                  "Once; the rest is released.",
	"POST /v1/refunds/{id}/cancel":                   "Always refused: the bank has each refund at once.",
	"POST /v1/test_helpers/refunds/{id}/expire":      "Always refused: no refund here waits for its customer.",
	"GET /v1/account":                                "A merchant, with what it has here.",
	"POST /v1/customers":                             "Kept as it was sent, for this API alone: no payment is made by it, and no means of payment is kept with it.",
	"GET /v1/customers/{id}":                         "One that was deleted says so.",
	"POST /v1/customers/{id}":                        "As at the creation.",
	"POST /v1/products":                              "Kept as it was sent; the id is always made here.",
	"POST /v1/products/{id}":                         "As at the creation.",
	"DELETE /v1/products/{id}":                       "Also one that has prices.",
	"POST /v1/prices":                                "One payment, per unit: no recurring, tiers or other currencies. A session's line_items take it as price.",
	"POST /v1/prices/{id}":                           "active, nickname, lookup_key, metadata.",
	"GET /v1/payment_intents/search":                 "At once, not a minute later. Up to ten clauses with AND or OR, - for not; : ~ > < >= <=. amount, created, currency, customer, metadata, status.",
	"GET /v1/charges/search":                         "As for PaymentIntents, without payment_method_details; also disputed and refunded.",
	"GET /v1/customers/search":                       "created, email, metadata, name, phone.",
	"GET /v1/products/search":                        "active, description, metadata, name, shippable, url.",
	"GET /v1/prices/search":                          "active, currency, lookup_key, metadata, product, type.",
	"POST /v1/test_helpers/test_clocks":              "One at a time: it is the simulator's clock, of all merchants, and stands still from then on. A frozen_time in the future is advanced to; one of the last minute means the present, and an earlier one is refused. customer is not looked at.",
	"POST /v1/test_helpers/test_clocks/{id}/advance": "The answer comes when time has arrived and everything has happened that was due on the way, with status ready; up to 70 s. Two years at most.",
	"GET /v1/test_helpers/test_clocks/{id}":          "frozen_time is what the simulator's clock shows, and status is advancing while anybody advances it. deletes_after is the end of simulated time: no clock ends by itself.",
	"GET /v1/test_helpers/test_clocks":               "One, or none.",
	"DELETE /v1/test_helpers/test_clocks/{id}":       "Time passes again as it did before, from where it stands. Nothing else is deleted.",
	"GET /v1/events":                                 "Events are in one version of the API; request is null.",
	"POST /v1/webhook_endpoints":                     "api_version is what the events say they are of, by default the version that the creating library asks for; their shapes are those of one version.",
}

func stripePage(base string, d Dialect) StripeView {
	at := "http://" + d.ListenAt
	v := StripeView{
		Frame: Frame{Section: "stripe"}, Version: d.Version, At: at, Served: len(d.Routes), Of: d.Of,
		Node: "const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, { host: '127.0.0.1', port: 12111, protocol: 'http' })",
		Go: `client := stripe.NewClient(os.Getenv("STRIPE_SECRET_KEY"), stripe.WithBackends(stripe.NewBackendsWithConfig(
	&stripe.BackendConfig{URL: stripe.String("` + at + `")})))`,
		Curl: "curl -s " + at + "/v1/payment_intents -u \"$STRIPE_SECRET_KEY:\" \\\n" +
			"  -d amount=1999 -d currency=eur -d payment_method=pm_card_visa -d confirm=true",
		OnPurpose: "curl -s " + at + "/v1/payment_intents -u \"$STRIPE_SECRET_KEY:\" -d amount=1999 -d currency=eur \\\n" +
			"  -d payment_method=pm_card_visa -d confirm=true \\\n" +
			`  --data-urlencode 'metadata[sandbank_simulate]={"bank": {"outcome": "declined", "reason": "lost_card"}}'`,
		Later: "const operator = new Stripe(process.env.STRIPE_OPERATOR_KEY, { host: '127.0.0.1', port: 12111, protocol: 'http' })\n" +
			"const clock = await operator.testHelpers.testClocks.create({ frozen_time: Math.floor(Date.now() / 1000) })\n" +
			"await operator.testHelpers.testClocks.advance(clock.id, { frozen_time: clock.frozen_time + 25 * 3600 })",
		MopUp: "for await (const session of stripe.checkout.sessions.list({ status: 'expired', created: { gte: since } })) {\n" +
			"  if (session.payment_status === 'unpaid') release(session.client_reference_id)\n" +
			"}",
		Script: scripted,
		Differs: []DialectWord{
			{"Payments", "Every object is a view of a payment: pi_, cs_test_ and pay_ with the same digits are one thing, in every API, on the dashboard (" + base + ") and in the ledger. A payment that was made through the house's own API is a PaymentIntent here."},
			{"Time", "Expiry, authorizations and webhook retries go by simulated time, which can be advanced; signatures by the computer's."},
			{"Test clocks", "A test clock is a hand on the simulator's one clock: every payment goes by it, also those that were made before, whatever customer they name. Who may steer the clock at /sim/clock may use one, with the key of an operator or an administrator and without Stripe-Account; a merchant's own key is refused. No events are told of it."},
			{"Versions", "Answers are in one version, told in Stripe-Version. Any well-formed version may be asked for; shapes stay the same."},
			{"Parameters", "One that Stripe does not have is refused (parameter_unknown). One that means nothing here is named in the answer's header Sandbank-Ignored and in the log."},
			{"Idempotency-Key", "The first answer is given again, also after a restart, and another request under the key is refused. A request that was refused as such may be mended and sent again."},
			{"Limits", "A request too many is 429 with Retry-After, of the type invalid_request_error and with the code rate_limit. Stripe's libraries go by the status: in Node it is a StripeRateLimitError."},
			{"Metadata", "20 entries at most, where Stripe takes 50."},
			{"Libraries", "Tried through a whole checkout: stripe 23 for Node, stripe-go v82 to v85 (tests do so with v85, and with the others where STRIPE_GO names them)."},
			{"Accounts", "A try with a SEPA account completes a session at once and is told as async_payment_succeeded or async_payment_failed when the bank has decided."},
			{"Cancel on the page", "Ends the session and leads to cancel_url; at Stripe the session stays open."},
			{"On purpose", "metadata[sandbank_simulate] of a new PaymentIntent, Charge or Checkout Session (there also payment_intent_data[metadata]) takes the JSON of simulate, and so does the header Sandbank-Simulate: one of them. It is an order, and not kept as metadata. Every other order is given as for any payment, at /sim."},
			{"Roles", "sk_test_ acts as its client, rk_test_ is a reader's, pk_test_ sees and confirms what it has a client_secret of. Staff name the merchant in Stripe-Account: acct_ and its id."},
		},
		Events: []DialectWord{
			{"payment_intent.", "created, processing, requires_action, amount_capturable_updated, succeeded, payment_failed, canceled"},
			{"charge.", "pending, succeeded, captured, failed, refunded, refund.updated, dispute.created, dispute.funds_withdrawn, dispute.updated, dispute.closed, dispute.funds_reinstated"},
			{"checkout.session.", "completed, async_payment_succeeded, async_payment_failed, expired"},
			{"refund.", "created, updated, failed"},
			{"--dialect-silence", "Has an abandoned checkout told by nobody: without it checkout.session.expired and payment_intent.canceled are told, as Stripe does."},
		},
		Refused: []DialectWord{
			{"Any other route", "404 in Stripe's form. That includes subscriptions, setup mode, Connect and Stripe.js: Sandbank has single payments."},
			{"Keys", "sk_live_, rk_live_ and pk_live_ are never looked at."},
			{"Currencies", "Amounts are exact: ISK and UGX are in hundredths that are zeros, as at Stripe."},
		},
	}
	for _, r := range d.Routes {
		row := DialectRoute{Name: r.Method + " " + r.Path, Needs: string(r.Needs), How: "done", Note: approximated[r.Method+" "+r.Path]}
		if d.Ignored != nil {
			row.Ignored = d.Ignored(row.Name)
		}
		if row.Note != "" || len(row.Ignored) > 0 {
			row.How = "approximated"
		}
		v.Routes = append(v.Routes, row)
	}
	return v
}
