// Package shop is a small shop that takes payments through the processor's
// public interface, as any merchant's server would. It has no way in that others
// do not have, and shows on each order's page what it did and why.
//
//	POST /buy ──▶ order ──▶ POST /v1/payments ──303──▶ checkout, at the processor
//	                                                      │
//	GET /orders/{number} ◀── the customer comes back ─────┤   proves nothing
//	POST /webhooks/sandbank ◀── the processor tells ──────┘   verified: decides
//	mop-up ──▶ GET /v1/payments/{id}                          where nobody told
//
// Three habits are worth copying. The order's number is the idempotency key, so
// that a repeat never pays twice. Only a verified notification, for the right
// payment and amount, makes an order paid; and it may come before the answer to
// the create, twice, or out of order. And since nobody tells a shop that a
// customer walked away, an order that was not heard of until its payment's time
// was up is asked for ([Shop.Run]).
//
// Orders are kept in memory, the newest thousand. The shop has no accounts:
// whoever opens /orders sees them all.
package shop
