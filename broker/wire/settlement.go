package wire

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/money"
	"sandbank/payment/instrument"
)

// SettlementType is the type of a [Settlement].
const SettlementType = "settlement"

// MaxLines bounds the lines of one settlement; a bank with more lines sends
// several settlements.
const MaxLines = 10_000

// MaxSettlement bounds the body of a settlement, in bytes.
const MaxSettlement = 4 << 20

// Settlement is a batch that a bank pays at its cut-off, in one currency. It
// covers every capture, refund and chargeback that the bank decided until
// CoversUntil and that no earlier batch listed.
type Settlement struct {
	Type         string         `json:"type"` // "settlement"
	ID           string         `json:"id"`   // also the AMQP message_id
	Bank         string         `json:"bank"`
	Currency     money.Currency `json:"currency"`
	BusinessDate string         `json:"business_date"` // YYYY-MM-DD of the cut-off, UTC
	Sequence     int            `json:"sequence"`      // from 1, for each bank and currency
	CoversUntil  time.Time      `json:"covers_until"`
	Lines        []Line         `json:"lines"`
	Credits      money.Amount   `json:"credits"` // sum of the lines in the processor's favor
	Debits       money.Amount   `json:"debits"`  // sum of the other lines
	Fees         money.Amount   `json:"fees"`    // the bank's fees
	Net          money.Net      `json:"net"`     // credits less debits less fees: the payment
	// Owed is the bank's remaining debt once this batch is paid, by its own book
	// and for bookings until CoversUntil.
	Owed   money.Net `json:"owed"`
	SentAt time.Time `json:"sent_at"`
}

// LineKind is the kind of booking that a line of a settlement pays.
type LineKind string

// The kinds.
const (
	LineCapture    LineKind = "capture"    // credit
	LineRefund     LineKind = "refund"     // debit
	LineChargeback LineKind = "chargeback" // debit; of a dispute that was lost
	LineReversal   LineKind = "reversal"   // debit; a capture that was settled before it was reversed
	LineCorrection LineKind = "correction" // credit or debit; corrects an earlier line
)

// Line is one line of a settlement.
type Line struct {
	Reference string       `json:"reference"` // id of the settled request; for a chargeback, the bank's id of the dispute
	Payment   string       `json:"payment"`
	Kind      LineKind     `json:"kind"`
	Direction string       `json:"direction"` // "credit" or "debit", from the processor's side
	Amount    money.Amount `json:"amount"`
	Fee       money.Amount `json:"fee"`
	BookedAt  time.Time    `json:"booked_at"`
}

// Gross is a line's amount, signed from the processor's side.
func (l Line) Gross() money.Amount {
	if l.Direction == LineDebit {
		return l.Amount.Neg()
	}
	return l.Amount
}

// Paid is the amount that a line pays: its gross less the bank's fee.
func (l Line) Paid() money.Amount { return l.Gross().Sub(l.Fee) }

// The directions of a line.
const (
	LineCredit = "credit"
	LineDebit  = "debit"
)

// feePercent is a bank's fee for a capture. Refunds and chargebacks have no fee
// and return none.
var feePercent = decimal.RequireFromString("0.2")

// BankFee returns the fee of every bank for a capture: 0.2 %, rounded half away
// from zero to the currency's minor unit.
func BankFee(captured money.Amount) money.Amount {
	return money.Of(captured.Decimal().Mul(feePercent).Shift(-2), captured.Currency())
}

// ReadSettlement reads and checks a settlement: its sums must be those of its
// lines.
func ReadSettlement(body []byte) (Settlement, error) {
	var s Settlement
	if err := read(body, &s, MaxSettlement); err != nil {
		return s, err
	}
	switch {
	case s.Type != SettlementType:
		return s, fmt.Errorf("type: %q is not %q", s.Type, SettlementType)
	case !plain(s.ID) || !instrument.ValidBIC(s.Bank) || !s.Currency.Known():
		return s, fmt.Errorf("id, bank (a BIC) and currency are required")
	case s.CoversUntil.IsZero() || s.Sequence < 1:
		return s, fmt.Errorf("covers_until and sequence are required")
	case s.Owed.Currency() != s.Currency:
		return s, fmt.Errorf("owed: is required, in %s", s.Currency)
	case len(s.Lines) > MaxLines:
		return s, fmt.Errorf("lines: %d; %d are allowed", len(s.Lines), MaxLines)
	}
	if _, err := time.Parse(time.DateOnly, s.BusinessDate); err != nil {
		return s, fmt.Errorf("business_date: must be written YYYY-MM-DD")
	}
	for i, l := range s.Lines {
		if err := l.check(s.Currency); err != nil {
			return s, fmt.Errorf("lines[%d]: %w", i, err)
		}
	}
	return s, s.checkSums()
}

func (l Line) check(c money.Currency) error {
	switch {
	case !plain(l.Reference) || !plain(l.Payment):
		return fmt.Errorf("reference and payment are required")
	case l.Direction != LineCredit && l.Direction != LineDebit:
		return fmt.Errorf("direction: must be %q or %q", LineCredit, LineDebit)
	case !l.Amount.IsPositive() || l.Amount.Currency() != c || l.Fee.Currency() != c:
		return fmt.Errorf("amount and fee: must be in %s", c)
	}
	switch l.Kind {
	case LineCapture, LineRefund, LineChargeback, LineReversal, LineCorrection:
		return nil
	}
	return fmt.Errorf("kind: %q is not known", l.Kind)
}

// Sums adds up the lines.
func (s *Settlement) Sums() (credits, debits, fees money.Amount, net money.Net) {
	credits, debits, fees = money.Zero(s.Currency), money.Zero(s.Currency), money.Zero(s.Currency)
	for _, l := range s.Lines {
		if l.Direction == LineCredit {
			credits = credits.Add(l.Amount)
		} else {
			debits = debits.Add(l.Amount)
		}
		fees = fees.Add(l.Fee)
	}
	return credits, debits, fees, credits.Sub(debits).Sub(fees).Net()
}

func (s *Settlement) checkSums() error {
	credits, debits, fees, net := s.Sums()
	if !s.Credits.Equal(credits) || !s.Debits.Equal(debits) || !s.Fees.Equal(fees) || !s.Net.Equal(net) {
		return fmt.Errorf("the sums are not those of the lines: they make %s credits, %s debits, %s fees", credits, debits, fees)
	}
	return nil
}
