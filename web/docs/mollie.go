package docs

import (
	"strings"

	"sandbank/webhook"
)

// MollieView is what Mollie's API does here, and what it does not.
type MollieView struct {
	Frame
	Node, TypeScript, Curl string // what one may copy
	OnPurpose              string // likewise, with what is to happen
	MopUp                  string // and what finds abandoned payments
	At                     string
	Served, Of             int
	Routes                 []DialectRoute
	Fields                 []DialectField
	Told, Differs, Refused []DialectWord
	Schedule               string
	NotServed              []DialectRoute
}

// DialectField is one field of an object, and how close it comes.
type DialectField struct{ Object, Name, How, Note string }

// mollieNotes are the routes that do less or other than their originals, with what.
var mollieNotes = map[string]string{
	"POST payments":                            "oneoff payments on the hosted page, which offers cards and accounts whatever method says. issuer names the bank. 15 minutes to pay, three tries.",
	"GET payments":                             "sort=asc reads the whole list first.",
	"PATCH payments/{id}":                      "method and issuer are fixed when the payment is created.",
	"DELETE payments/{id}":                     "Also releases what is authorized; the answer waits up to 5 s for the bank.",
	"POST payments/{id}/release-authorization": "The answer waits up to 5 s for the bank.",
	"POST payments/{id}/captures":              "Captures can be made in parts; the payment is authorized until all is captured, released or run out.",
	"POST payments/{id}/refunds":               "Given to the bank at once: never queued or processing.",
	"DELETE payments/{id}/refunds/{refund}":    "Always refused, since the bank has the refund already.",
	"GET refunds":                              "In the order of their payments, newest first.",
	"GET chargebacks":                          "In the order of their payments, newest first. A dispute is a chargeback; one that the merchant wins is reversed.",
	"GET methods":                              "creditcard, ideal and paybybank; the issuers of the last two are the banks.",
	"GET methods/all":                          "The same list as GET methods.",
	"GET methods/{id}":                         "Without pricing: fees are --fee's, by merchant.",
	"GET settlements":                          "A settlement is what this house calls a payout. Periods have one month, without taxes or rates.",
	"GET settlements/{id}":                     "As in the list.",
	"GET settlements/next":                     "The oldest payout that is on its way.",
	"GET settlements/open":                     "What is not paid out yet, by the ledger, in one currency.",
	"GET balances":                             "pendingAmount is what is not paid out yet; nothing is available in between, since what is settled is paid out.",
	"GET balances/primary":                     "As in the list; euros, where there are any.",
	"GET balances/{id}":                        "As in the list.",
	"GET balances/{id}/transactions":           "Payouts first, then captures, refunds and chargebacks in the order of their payments, newest first. They come to the pendingAmount. primary is taken for the id.",
	"GET balances/{id}/report":                 "By the ledger, for days in Europe/Amsterdam by simulated time; primary is taken for the id. What a payout takes moves to what is available and leaves at once. A movement has one sign, as what is available sees it, in both groupings: pending at the close is open and pending less movedToAvailable. Subtotals are by type and method, fees by their kind, without taxes; every level is called subtotals. What --keep let go has no method, and days before it are 410.",
	"GET profiles/me":                          "A merchant, with an address that is nobody's.",
	"GET profiles/{id}":                        "The caller's own alone.",
	"GET organizations/me":                     "A merchant once more.",
}

// mollieAbsent are routes of Mollie's for the same resources that are not served, with why.
var mollieAbsent = []DialectRoute{
	{Name: "payments/{id}/routes", How: "refused", Note: "There are no connected accounts here."},
	{Name: "methods/{id}/issuers, profiles/{id}/methods", How: "refused", Note: "Every method is there for everybody."},
	{Name: "POST, PATCH and DELETE profiles; list profiles", How: "refused", Note: "Merchants are made by --client."},
	{Name: "organizations/{id}, organizations/me/partner, permissions, onboarding, capabilities, clients, client-links", How: "refused", Note: "A caller has one merchant, and what it may is its role's."},
	{Name: "customers, mandates, subscriptions, sessions, payment-links, orders, shipments, sales-invoices, invoices", How: "refused", Note: "Sandbank has single payments."},
	{Name: "terminals, wallets, webhooks (next-gen), events, payouts, transfers, business-accounts, connect", How: "refused", Note: "Nothing of it is simulated."},
	{Name: "oauth2/tokens", How: "refused", Note: "Access tokens come from /oauth/token, as for the house's own API."},
}

// mollieFields say how the fields of a payment come about.
var mollieFields = []DialectField{
	{"payment", "id", "done", "tr_ and the digits of the house's own pay_."},
	{"payment", "mode, profileId, createdAt, amount, description, redirectUrl, cancelUrl, webhookUrl", "done", ""},
	{"payment", "status", "done", "created is open; processing and action_required are pending; captured is paid; declined and failed are failed; canceled, and voided by the merchant, are canceled; abandoned, and an authorization that ran out, are expired."},
	{"payment", "metadata", "done", "A map of texts is the payment's own, in every API; anything else is kept as it is, to 1 kB."},
	{"payment", "amountRefunded, amountRemaining, amountCaptured, amountChargedBack", "done", "A pending refund counts. Chargebacks count while they are not reversed."},
	{"payment", "captureMode, captureBefore, isCancelable", "done", ""},
	{"payment", "method", "approximated", "null until a try was made, unless the request named one."},
	{"payment", "details", "approximated", "Last four digits, brand, reason of a failure; of an account its bank. No names and no fingerprints are kept."},
	{"payment", "authorizedAt, paidAt, failedAt, canceledAt, expiresAt, expiredAt", "approximated", "By simulated time; canceledAt is the last change of the payment."},
	{"payment", "lines, billingAddress, shippingAddress, locale, restrictPaymentMethodsToCountry", "approximated", "Kept and shown; the page does not go by them."},
	{"payment", "sequenceType", "approximated", "oneoff alone."},
	{"payment", "customerId, mandateId, applicationFee, routing, captureDelay, cardToken, applePayPaymentToken, googlePayPaymentToken, voucherNumber, voucherPin, terminalId, sessionId", "refused", "422, with the field and the reason."},
	{"payment", "dueDate, billingEmail, company and other fields of methods that are not simulated", "refused", "Not looked at; named in the answer's header Sandbank-Ignored and in the log, and listed with their routes above."},
	{"payment", "_links", "done", "self, checkout while the customer may pay, changePaymentState, dashboard, refunds, chargebacks, captures, documentation."},
	{"refund", "status", "approximated", "pending, refunded, failed."},
	{"refund", "amount, description, metadata, paymentId, createdAt, settlementAmount", "done", ""},
	{"capture", "status, amount, description, metadata, paymentId, createdAt, settlementAmount", "done", ""},
	{"chargeback", "amount, reason, createdAt, reversedAt, paymentId, settlementAmount", "approximated", "The reason's code is the bank's words."},
	{"settlement", "periods", "approximated", "One month; payments, refunds, chargebacks and fees, without taxes."},
}

func molliePage(base string, d Dialect) MollieView {
	at := base + "/mollie/v2/"
	var waits []string
	for _, w := range webhook.MollieSchedule() {
		waits = append(waits, strings.TrimSuffix(strings.TrimSuffix(w.String(), "0s"), "0m"))
	}
	v := MollieView{
		Frame: Frame{Section: "mollie"}, At: at, Served: len(d.Routes), Of: d.Of, Schedule: strings.Join(waits, ", "), NotServed: mollieAbsent, Fields: mollieFields,
		Node:       "const mollie = createMollieClient({ apiKey: process.env.MOLLIE_API_KEY, apiEndpoint: 'https://127.0.0.1:8080/mollie/v2/' })",
		TypeScript: "const mollie = new Client({ security: { apiKey: process.env.MOLLIE_API_KEY }, serverURL: '" + base + "/mollie' })",
		Curl: "curl -s " + at + "payments -H \"Authorization: Bearer $MOLLIE_API_KEY\" -H 'Content-Type: application/json' \\\n" +
			`  -d '{"amount": {"currency": "EUR", "value": "19.99"}, "description": "Order 1042", "redirectUrl": "https://shop.example/orders/1042"}'`,
		OnPurpose: "curl -s " + at + "payments -H \"Authorization: Bearer $MOLLIE_API_KEY\" -H 'Content-Type: application/json' \\\n" +
			`  -d '{"amount": {"currency": "EUR", "value": "19.99"}, "description": "Order 1042", "redirectUrl": "https://shop.example/orders/1042",
       "metadata": {"sandbank_simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "declined", "reason": "lost_card"}}}}'`,
		MopUp: "for await (const payment of mollie.payments.iterate()) { // the newest first\n" +
			"  if (new Date(payment.createdAt) < since) break\n" +
			"  if (payment.status === 'expired') release(payment.metadata.order)\n" +
			"}",
		Told: []DialectWord{
			{"The status", "authorized, paid, failed, canceled and expired are told; open and pending are not."},
			{"Refunds", "When a refund is refunded or failed."},
			{"Captures", "When a capture succeeds or fails."},
			{"Chargebacks", "When one comes, and when it is reversed."},
			{"--dialect-silence", "Has an abandoned checkout told by nobody: without it Mollie's webhook calls when a payment is expired, as the original does."},
		},
		Differs: []DialectWord{
			{"Payments", "Every object is a view of a payment: tr_ and pay_ with the same digits are one thing, in every API, on the dashboard (" + base + ") and in the ledger. A payment that was made through the house's own API is a payment here."},
			{"HTTPS", "@mollie/api-client speaks HTTPS alone and brings its own authorities: start the processor with --tls=dev, and import examples/mollie/trust.mjs. mollie-api-typescript takes plain HTTP."},
			{"Time", "Expiry, authorizations, webhook tries and the hour of an idempotency key go by simulated time, which can be advanced."},
			{"Webhooks", "Redirects are not followed. Any 2xx counts as success. Addresses are held to the rules for webhooks of the house's own API: on this machine alone while the processor listens there, else public ones."},
			{"Idempotency-Key", "Counts on POST for an hour. The first answer is given again with Idempotent-Replayed: true, also after a restart; another request under the key is 400, a twin in flight 409. A request that was refused may be mended and sent again."},
			{"Bodies", "JSON, or a form as in the curl commands of Mollie's reference: amount[value]=10.00, method[]=ideal, metadata as JSON or as a text. The values of a form are texts, also in lines. A member that Mollie does not have is refused, with the nearest one that it has."},
			{"Test mode", "There is no other: mode is test, and testmode: false is refused."},
			{"On purpose", "_links.changePaymentState leads to a page that ends a payment as one chooses. metadata.sandbank_simulate of a new payment takes the JSON of simulate, or its text, and so does the header Sandbank-Simulate: one of them. It is an order, and not kept as metadata. Every other order is given as for any payment, at /sim."},
			{"Roles", "test_ acts as its client, an OAuth access token of this house as its own, with access_ before it or without. Staff name the merchant in the query, profileId=pfl_ and its id, or in the header Sandbank-Merchant."},
		},
		Refused: []DialectWord{
			{"Keys", "live_ keys are never looked at."},
			{"Methods", "Any but creditcard, ideal and paybybank: 422, field method."},
		},
	}
	for _, r := range d.Routes {
		name := r.Method + " " + strings.TrimPrefix(r.Path, "/mollie/v2/")
		row := DialectRoute{Name: name, Needs: string(r.Needs), How: "done", Note: mollieNotes[name]}
		if d.Ignored != nil {
			row.Ignored = d.Ignored(r.Method + " " + r.Path)
		}
		if row.Note != "" || len(row.Ignored) > 0 {
			row.How = "approximated"
		}
		v.Routes = append(v.Routes, row)
	}
	return v
}
