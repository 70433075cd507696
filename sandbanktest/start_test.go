package sandbanktest_test

import (
	"testing"

	"go.uber.org/goleak"

	"sandbank/merchant/client"
	"sandbank/sandbanktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStart_APaymentFromEndToEnd(t *testing.T) {
	t.Parallel()
	sb := sandbanktest.Start(t)
	p := sb.Create("19.99", "EUR", "order-1")
	sb.Pay(p, "4242424242424242")
	sb.ExpectStatus(p, client.Captured)
	sb.ExpectEvents(p, "payment.processing", "payment.captured")
	lost := sb.Create("5.00", "EUR", "order-2")
	sb.Clock.Advance("24h")
	sb.ExpectStatus(lost, client.Abandoned)
	sb.ExpectSilence(lost)
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		sandbanktest.Start(b)
	}
}
