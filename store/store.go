// Package store is the contract of what keeps everything that must survive: all
// that the parts of a processor ask of it, in one interface. Each part states
// beside itself what it needs; what only the whole needs is stated here.
//
//	processor  outbox  webhook  sink  trail  oauth  invariant
//	     └────────┴───────┴───────┼─────┴──────┴───────┘
//	                        store.Store
//	                      ┌───────┴───────┐
//	                   sqlite          postgres        held to storetest
package store

import (
	"context"

	"sandbank/audit/trail"
	"sandbank/broker/outbox"
	"sandbank/event/sink"
	"sandbank/identity/grant"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/webhook"
)

// Store is everything that a store offers. It has no optional parts: one that has
// nothing to say about something says so.
type Store interface {
	processor.Store
	outbox.Store
	webhook.Store
	sink.Store
	trail.Store
	grant.Store
	invariant.Source
	Notices
	Recovery
	// Close closes it, once nothing asks it any more.
	Close() error
}

// Notices are what processors on one store tell one another.
type Notices interface {
	// Listen hears of what other processors did, until ctx ends. A store that one
	// processor has for itself waits for ctx and hears of nothing.
	Listen(ctx context.Context, to processor.Ears)
}

// Recovery makes up for what others have lost.
type Recovery interface {
	// Resend puts the requests that no bank has answered yet back into the outbox,
	// free at once, for a broker that forgot them with its process. A bank that had
	// answered gives the same answer again.
	Resend(ctx context.Context) error
}
