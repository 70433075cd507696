// Package object shows payments as the objects of Stripe's API, in the shapes of
// one version of it. It owns identifiers, minor units, statuses and words; it reads
// no store and changes nothing: an object is a view of a payment.
//
//	payment ──┬─▶ PaymentIntent ─▶ one Charge for each attempt ─▶ Refunds, Disputes
//	          └─▶ Checkout Session, where it was made as one
//
// What Stripe has and a payment has not, such as the lines of a checkout, is a [Note]
// that is kept with the payment.
package object
