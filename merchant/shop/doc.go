// Package shop is a small shop that takes payments through the processor's
// public interface, as any merchant's server would. It has no private access,
// and shows on each order's page each of its steps and the reason.
//
//	POST /buy ──▶ order ──▶ POST /v1/payments ──303──▶ checkout, at the processor
//	                                                      │
//	GET /orders/{number} ◀── the customer comes back ─────┤   proves nothing
//	POST /webhooks/sandbank ◀── the processor tells ──────┘   verified: decides
//	mop-up ──▶ GET /v1/payments/{id}                          where nobody told
//
//	POST /office/orders/{number}/refund ──▶ POST /v1/payments/{id}/refunds ── 202
//	   (capture, void)                         how it ended is told, or asked for
//
// Three habits are worth copying. The order's number is the idempotency key, so
// that a repeat never pays twice. Only a verified notification, for the right
// payment and amount, makes an order paid; and it may come before the answer to
// the create, twice, or out of order. And since nobody tells a shop that a
// customer walked away, an order that was not heard of until its payment's time
// was up is asked for ([Shop.Run]).
//
// The shopkeeper's side is the back office, at /office: it captures, voids and
// refunds, and its forms carry idempotency keys too. The processor's answer says
// only that the operation has begun; the order shows how each of them ends, and
// disputes as they come.
//
// Orders are kept in memory, the newest thousand. The shop has no accounts:
// every visitor of /orders or /office sees them all, and may refund them.
package shop
