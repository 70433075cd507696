// Module stripego pins the versions of Stripe's library for Go, before that of examples/stripe-go, with which the
// example is built and run by its test as well.
module sandbank/examples/stripe-go

go 1.26.0

require (
	github.com/stripe/stripe-go/v82 v82.5.1
	github.com/stripe/stripe-go/v83 v83.2.1
	github.com/stripe/stripe-go/v84 v84.4.1
)
