// Package stripe is a dialect: Stripe's API over the use cases of this house, for
// programs that were written against Stripe's own libraries. It owns keys, forms,
// errors, pages of lists and routes; what an object looks like is in package object.
// There is no life cycle and no store here: an object is a view of a payment, and
// whatever it does to one is what the house's own API could do.
//
//	request ─▶ gate ─▶ key, version, form ─▶ one use case ─▶ view ─▶ expand ─▶ answer
package stripe
