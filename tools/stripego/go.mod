// Module stripego pins the versions of Stripe's library for Go with which its program walks through checkouts; the tests build it
// on the newest, and on the others where they are asked for. With the others the example in examples/stripe-go is built as well.
module sandbank/tools/stripego

go 1.26.0

require (
	github.com/stripe/stripe-go/v82 v82.5.1
	github.com/stripe/stripe-go/v83 v83.2.1
	github.com/stripe/stripe-go/v84 v84.4.1
	github.com/stripe/stripe-go/v85 v85.0.0
)
