// Package browsertest drives a real Chromium through every state of every page,
// as a customer and as an operator. The pages are served by the real processor,
// a process of its own, and payments are made through its public API; nothing
// reaches into it.
//
//	TestMain ── go build ──▶ processor ◀── API ── payments of the tests
//	                             ▲
//	test ── tab ── Chromium ─────┘    each test: a browser profile of its own
//	         └── inspect: what every page promises, in both schemes
//
// With SANDBANK_SCREENSHOTS set to a directory, each inspected state is kept
// there as a picture: on a desk and on a phone, light and dark. With
// SANDBANK_PICTURES set, the pictures of the README are written to that directory.
package browsertest
