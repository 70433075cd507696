// Package mollie is a dialect: Mollie's API over the use cases of this house, for programs that were written against Mollie's
// own libraries. It owns keys, bodies, errors, pages of lists and routes, and the page on which a person chooses how a payment
// ends; what an object looks like is in package object. There is no life cycle and no store here: an object is a view of a
// payment, and whatever it does to one is what the house's own API could do.
//
//	request ─▶ gate ─▶ key, body ─▶ one use case ─▶ view ─▶ answer
//	change of a payment ─▶ Teller ─▶ webhook: id=tr_…, and no more
package mollie
