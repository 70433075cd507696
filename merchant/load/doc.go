// Package load drives whole payments through the processor's public surface and
// counts the results. It is a merchant with many customers, and knows nothing
// that a merchant would not:
//
//	create ──▶ checkout: confirm ──▶ bank ──▶ result ──▶ webhook ──▶ our receiver
//	  │                                                                 │
//	  └── idempotency key: repeated while the processor is away         └── signature verified
//
// Each customer makes one payment after the other and waits for its result, so
// that as many payments are under way as there are customers. A customer fills
// in the form once; the sealed details that come back are bound to the browser's
// session, not to the payment, and pay for all its payments.
//
// The purpose of a run is its last line: payments that were acknowledged and
// then lost. There may be none. Before a payment counts as lost, the processor
// is asked for it.
package load
