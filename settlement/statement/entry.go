package statement

import (
	"strconv"

	"sandbank/broker/wire"
	"sandbank/money"
)

// entry is a movement of the account: all lines of one kind and direction, or
// the bank's fees.
type entry struct {
	code     string // sub-family of the bank transaction code, see [codes]
	info     string
	reversal bool
	sum      money.Amount // signed from the account owner's side
	moves    []move
}

// move is the effect of one line on an entry.
type move struct {
	wire.Line
	amount money.Amount // signed from the account owner's side
}

// codes are the sub-families of ISO 20022's external bank transaction codes, in
// the family Merchant Card Transactions (MCRD) of the domain Payments (PMNT).
var codes = map[wire.LineKind]string{
	wire.LineCapture:    "POSP", // point-of-sale payment
	wire.LineReversal:   "POSP", // the same, and marked as a reversal
	wire.LineRefund:     "RIMB", // reimbursement
	wire.LineChargeback: "UPCT", // unpaid card transaction
}

const (
	creditAdjustment = "CAJT"
	debitAdjustment  = "DAJT"
	charges          = "CHRG"
)

// order is the order of the entries in a statement.
var order = []wire.LineKind{wire.LineCapture, wire.LineRefund, wire.LineChargeback, wire.LineReversal, wire.LineCorrection}

// entries returns the batch's changes to the account. Their sum is the batch's
// payment.
func (s Statement) entries() (list []entry) {
	for _, kind := range order {
		for _, direction := range []string{wire.LineCredit, wire.LineDebit} {
			e := entry{code: codes[kind], info: string(kind), reversal: kind == wire.LineReversal, sum: money.Zero(s.Currency)}
			if kind == wire.LineCorrection {
				e.code = map[string]string{wire.LineCredit: creditAdjustment, wire.LineDebit: debitAdjustment}[direction]
			}
			for _, l := range s.Lines {
				if l.Kind == kind && l.Direction == direction {
					e.add(l, l.Gross())
				}
			}
			list = append(list, e)
		}
	}
	fees := entry{code: charges, info: "fees", sum: money.Zero(s.Currency)}
	for _, l := range s.Lines {
		if !l.Fee.IsZero() {
			fees.add(l, l.Fee.Neg())
		}
	}
	kept := list[:0]
	for _, e := range append(list, fees) {
		if len(e.moves) > 0 {
			e.info += ", " + strconv.Itoa(len(e.moves)) + " in this batch"
			kept = append(kept, e)
		}
	}
	return kept
}

func (e *entry) add(l wire.Line, amount money.Amount) {
	e.sum = e.sum.Add(amount)
	e.moves = append(e.moves, move{l, amount})
}
