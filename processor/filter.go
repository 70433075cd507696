package processor

import (
	"time"

	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/settlement"
	"sandbank/webhook"
)

// Filter narrows a store's list of payments.
type Filter struct {
	Merchant  string         // "" for all
	Status    payment.Status // "" for all
	Reference string         // "" for all
	Bank      string         // of the current or last try; "" for all
	Method    instrument.Kind
	From      string // payment id, or the beginning of one: none below it; "" for all
	Before    string // likewise, and none from it on; "" from the newest
	Limit     int
}

// EventFilter narrows a store's list of events, newest first.
type EventFilter struct {
	Merchant string // "" for all, in the order of their ids; else in that of its sequence
	Type     string // "" for all
	Before   string // event id; "" from the newest
	Limit    int
}

// RecordFilter narrows a list of records; "" stands for all.
type RecordFilter struct {
	Kind                            RecordKind
	Merchant, Bank, Payment, Status string
	Settlement                      string // whose breaks
	Before                          string // id; "" from the newest
	Limit                           int
}

// ItemFilter narrows a list of items; one of the first three is given.
type ItemFilter struct {
	IDs        []string
	Settlement string
	Payout     string
	Bank       string // with State: of one bank
	State      settlement.ItemState
	After      string // id; "" from the first
	Limit      int
}

// EntryFilter narrows a list of entries; "" stands for all.
type EntryFilter struct {
	Account ledger.Account
	Kind    string
	From    time.Time // booked then or later; zero for always
	Until   time.Time // booked before; zero for always
	Before  string    // entry id; "" from the newest
	Limit   int
}

// DeliveryFilter narrows a list of deliveries.
type DeliveryFilter struct {
	Endpoint string
	Status   webhook.DeliveryStatus // "" for all
	Before   string                 // delivery id; "" from the newest
	Limit    int
}

// Redelivery selects the deliveries to send again: one, or the failed ones.
type Redelivery struct {
	Endpoint string
	Delivery string // one delivery, in any status; "" for the failed ones
	From     string // skips failed deliveries with ids below it
	Limit    int    // at most this many failed deliveries, oldest first
}
