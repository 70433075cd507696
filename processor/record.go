package processor

import (
	"context"
	"encoding/json"
	"time"

	"sandbank/chance"
	"sandbank/fault"
)

// RecordKind is the kind of a record.
type RecordKind string

// The kinds, each with the type that its document holds.
const (
	HoldRecord       RecordKind = "hold"       // ledger.Hold
	DisputeRecord    RecordKind = "dispute"    // payment.DisputeResource; the payment has the last word
	SettlementRecord RecordKind = "settlement" // settlement.Settlement
	BatchRecord      RecordKind = "batch"      // wire.Settlement, as the bank sent it
	BreakRecord      RecordKind = "break"      // settlement.Break
	PayoutRecord     RecordKind = "payout"     // settlement.Payout
	LateRecord       RecordKind = "late"       // lateEvent: an event that leaves by AMQP later, on purpose
	ForeignRecord    RecordKind = "foreign"    // what another API keeps; its Status is the kind there
	PaydayRecord     RecordKind = "payday"     // the one under paydayID: when the daily payouts were last made
	StopsRecord      RecordKind = "stops"      // the one under stopsID: the holds in force on purpose
	StoppedRecord    RecordKind = "stopped"    // stopped: something that one of them took
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

// Records reads records. A missing one is [fault.NotFound].
type Records interface {
	// RecordOf finds one; [fault.NotFound] where it is not of that kind.
	RecordOf(ctx context.Context, kind RecordKind, id string) (Record, error)
	// Records lists the newest first.
	Records(ctx context.Context, f RecordFilter) ([]Record, error)
}

// prefixes are the prefixes of records' identifiers.
var prefixes = map[RecordKind]string{DisputeRecord: "dp", SettlementRecord: "stl", BreakRecord: "brk", PayoutRecord: "po", StoppedRecord: "hop"}

// recordOf reads one record; one that is out of reach does not exist for the
// caller. Records without a merchant are for every caller with the permission
// for their kind.
func recordOf[T any](ctx context.Context, p *Processor, in Reach, kind RecordKind, id string) (v T, r Record, err error) {
	if !chance.ValidID(prefixes[kind], id) {
		return v, Record{}, NoRecord(kind, id)
	}
	if r, err = p.store.RecordOf(ctx, kind, id); err != nil {
		return v, r, err
	}
	if r.Merchant != "" && !in.Sees(r.Merchant) {
		return v, Record{}, NoRecord(kind, id)
	}
	v, err = Decode[T](r)
	return v, r, err
}

// recordPage reads a page of records, newest first.
func recordPage[T any](ctx context.Context, p *Processor, in Reach, f RecordFilter, w Window) (out Page[T], err error) {
	var ok bool
	if f.Merchant, ok = in.filter(); !ok {
		return out, nil
	}
	found, err := paged(w, func(r Record) string { return r.ID }, func(limit int) ([]Record, error) {
		f.Before, f.Limit = w.Cursor, limit
		return p.store.Records(ctx, f)
	})
	if goes := f.Kind == DisputeRecord || f.Kind == SettlementRecord; goes { // breaks and payouts stay
		found, err = lastSays(ctx, p.store, found, err)
	}
	if err != nil {
		return out, err
	}
	out = Page[T]{Items: make([]T, len(found.Items)), Next: found.Next, LetGo: found.LetGo}
	for i, r := range found.Items {
		if out.Items[i], err = Decode[T](r); err != nil {
			return Page[T]{}, err
		}
	}
	return out, nil
}

// NoRecord is the error for a record that does not exist or is not the caller's.
func NoRecord(kind RecordKind, id string) error {
	code := "record_not_found"
	switch kind {
	case DisputeRecord:
		code = "dispute_not_found"
	case SettlementRecord, BatchRecord:
		code = "settlement_not_found"
	case BreakRecord:
		code = "break_not_found"
	case PayoutRecord:
		code = "payout_not_found"
	case HoldRecord, PaydayRecord, LateRecord, ForeignRecord, StopsRecord, StoppedRecord: // nobody asks for it by name
	}
	return fault.New(fault.NotFound, code, "There is no %s %q.", kind, id)
}
