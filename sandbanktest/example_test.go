package sandbanktest_test

import (
	"testing"

	"sandbank/merchant/client"
	"sandbank/sandbanktest"
)

// A test of a shop begins with a Sandbank of its own.
func ExampleStart() {
	_ = func(t *testing.T) {
		sb := sandbanktest.Start(t)
		p := sb.Create("19.99", "EUR", "order-1") // or by the shop that is tested, at sb.URL
		sb.Pay(p, "4000000000009995")
		sb.ExpectStatus(p, client.Created) // declined, and the customer may try again
		sb.Clock.Advance("1h")
		sb.ExpectStatus(p, client.Abandoned)
		sb.ExpectEvents(p, "payment.processing", "attempt.declined")
	}
}

// A scenario in a file is a test as well.
func ExampleRun() {
	_ = func(t *testing.T) {
		sandbanktest.Run(t, "testdata/refund.yaml")
	}
}
