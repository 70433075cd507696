// Package sandbanktest gives a Go test a whole Sandbank of its own: a processor with its banks, broker
// and database, in the test's process and in memory. It is ready in some tens of milliseconds, many
// run side by side, and each ends with its test.
//
//	func TestCheckout(t *testing.T) {
//		sb := sandbanktest.Start(t)
//		shop := newShop(sb.URL, sb.ID, sb.Secret)      // the code that is tested
//		p := sb.Payment(shop.Order("order-1"))
//		sb.Pay(p, "4242424242424242")
//		sb.ExpectStatus(p, client.Captured)
//		sb.Clock.Advance("15m")
//	}
//
// Simulated time stands still until the test advances it, and each method returns when everything has
// happened that follows from it. A test therefore needs no sleep, and comes to the same each time. When
// it fails, its log shows what was asked for and what was told, in simulated time.
//
// # From another module
//
// The module is called sandbank, and is on no proxy. In a module of your own, have a copy of it beside
// yours and say where:
//
//	go mod edit -require sandbank@v0.0.0 -replace sandbank=../sandbank
//	go mod tidy
//
// Then import "sandbank/sandbanktest" in your tests.
package sandbanktest
