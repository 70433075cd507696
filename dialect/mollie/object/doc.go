// Package object shows payments as the objects of Mollie's API. It owns identifiers, statuses, links and words; it reads no
// store and changes nothing: an object is a view of a payment.
//
//	payment ─▶ Payment ──┬─▶ Captures, of a payment with manual capture
//	                     ├─▶ Refunds
//	                     └─▶ Chargebacks, one for each dispute
//	payout  ─▶ Settlement
//
// What Mollie has and a payment has not, such as the address of its webhook, is a [Note] that is kept with the payment.
package object
