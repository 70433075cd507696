// Package naive is a shop that does wrong what many shops do: each rule of package rule has a switch,
// and a shop breaks exactly those that are switched on. Without any it is a small good shop, and can be
// read as one. It has no pages: an order is JSON.
//
//	POST /buy ──▶ POST /v1/payments ──303──▶ checkout
//	POST /webhooks                            decides
//	GET  /orders/{reference}                  {"state": "paid", "shipments": 1}
//	GET  /return/{reference}                  where customers come back to
package naive
