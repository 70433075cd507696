package processor

import (
	"context"
	"encoding/json"
	"time"

	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/settlement"
)

// RecordKind is what a record is.
type RecordKind string

// The kinds, each with the type that its document holds.
const (
	HoldRecord       RecordKind = "hold"       // ledger.Hold
	DisputeRecord    RecordKind = "dispute"    // payment.DisputeResource; the payment has the last word
	SettlementRecord RecordKind = "settlement" // settlement.Settlement
	BatchRecord      RecordKind = "batch"      // wire.Settlement, as the bank sent it
	BreakRecord      RecordKind = "break"      // settlement.Break
	PayoutRecord     RecordKind = "payout"     // settlement.Payout
	PaydayRecord     RecordKind = "payday"     // the one under paydayID: when the daily payouts were last made
)

// Record is a document beside the payments: what is searched, and the whole as
// JSON.
type Record struct {
	Kind     RecordKind
	ID       string
	Merchant string // "" for none
	Bank     string // "" for none
	Payment  string // "" for none
	Status   string
	DueAt    time.Time // when time has work to do; zero for never
	Doc      []byte
}

// NewRecord makes a record of a value.
func NewRecord(r Record, of any) Record {
	doc, err := json.Marshal(of)
	if err != nil {
		panic("processor: " + err.Error()) // domain values always encode
	}
	r.Doc = doc
	return r
}

// Decode reads a record's document.
func Decode[T any](r Record) (v T, err error) {
	if err = json.Unmarshal(r.Doc, &v); err != nil {
		err = fault.From(err)
	}
	return v, err
}

// SettleScope is what a bank's batch is held against: the bank's open items in a
// currency, booked until an instant; those that its lines name; its open breaks.
type SettleScope struct {
	Bank       string
	Currency   money.Currency
	Until      time.Time
	References []string
}

// PayScope is one merchant's payable items in one currency.
type PayScope struct {
	Merchant string
	Currency money.Currency
}

// Money reads what the later life of money leaves behind.
type Money interface {
	// RecordOf finds one; [fault.NotFound] where it is not of that kind.
	RecordOf(ctx context.Context, kind RecordKind, id string) (Record, error)
	// Records lists the newest first.
	Records(ctx context.Context, f RecordFilter) ([]Record, error)
	// DueRecords lists records on which time has work to do, and the earliest
	// instant at which there will be more.
	DueRecords(ctx context.Context, now time.Time, limit int) (list []Record, next time.Time, err error)
	// Items lists items by id.
	Items(ctx context.Context, f ItemFilter) ([]settlement.Item, error)
	// Payable lists for which merchants there is something to pay out.
	Payable(ctx context.Context) ([]PayScope, error)
	// Entries lists the newest first.
	Entries(ctx context.Context, f EntryFilter) ([]SealedEntry, error)
	// BalancesAt folds the postings of entries that were booked until an instant.
	BalancesAt(ctx context.Context, at time.Time) ([]ledger.Balance, error)
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
	Before  string // entry id; "" from the newest
	Limit   int
}
