// Package load drives whole payments through the processor's public surface and
// counts what came back. It is a merchant with many customers, and knows nothing
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
// What a run is for is its last line: a payment that was acknowledged and then
// lost. None may be. Before one is called lost, the processor is asked for it.
package load
