package wire

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// DisputeType is the type of a [Dispute].
const DisputeType = "dispute"

// Dispute is a bank's message about a dispute: that there is one, or how it
// ended.
type Dispute struct {
	Type      string                `json:"type"` // "dispute"
	ID        string                `json:"id"`   // also the AMQP message_id
	Dispute   string                `json:"dispute"`
	Payment   string                `json:"payment"`
	Attempt   int                   `json:"attempt"`
	Bank      string                `json:"bank"`
	Status    payment.DisputeStatus `json:"status"` // needs_response, won or lost
	Amount    money.Amount          `json:"amount"`
	Reason    string                `json:"reason"` // "fraudulent", "product_not_received"
	Rule      string                `json:"rule,omitempty"`
	RespondBy *time.Time            `json:"respond_by,omitempty"` // of a new dispute
	DecidedAt time.Time             `json:"decided_at"`
}

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
	if l.Direction == DebitLine {
		return l.Amount.Neg()
	}
	return l.Amount
}

// Paid is the amount that a line pays: its gross less the bank's fee.
func (l Line) Paid() money.Amount { return l.Gross().Sub(l.Fee) }

// The directions of a line.
const (
	CreditLine = "credit"
	DebitLine  = "debit"
)

// feePercent is a bank's fee for a capture. Refunds and chargebacks have no fee
// and return none.
var feePercent = decimal.RequireFromString("0.2")

// BankFee returns the fee of every bank for a capture: 0.2 %, rounded half away
// from zero to the currency's minor unit.
func BankFee(captured money.Amount) money.Amount {
	return money.Of(captured.Decimal().Mul(feePercent).Shift(-2), captured.Currency())
}

// Command is what a control request tells a bank to do.
type Command string

// The commands.
const (
	CommandTemper   Command = "temper"       // take over the fields that Control.Temper sets
	CommandReset    Command = "reset"        // return to the temper of the start
	CommandOffline  Command = "offline"      // announce it, and leave requests in the queue
	CommandOnline   Command = "online"       // serve requests again
	CommandSettle   Command = "settle"       // cut off now, and send the batches
	CommandPlant    Command = "plant"        // put breaks into the next batches
	CommandDispute  Command = "dispute"      // open a dispute on a payment
	CommandDecide   Command = "decide"       // decide a dispute
	CommandFailNext Command = "fail_refunds" // send back the next refunds
	CommandCorrect  Command = "correct"      // correct an earlier line in the next batch
)

// Controls is the content of a control request besides its command.
type Controls struct {
	Command Command `json:"command"`
	Temper  *Temper `json:"temper,omitzero"`
	Breaks  []Plant `json:"breaks,omitempty"`  // of plant
	Outcome string  `json:"outcome,omitempty"` // of decide: "won" or "lost"
	Dispute string  `json:"dispute,omitempty"` // of decide: the bank's id of the dispute
	Reason  string  `json:"reason,omitempty"`  // of dispute
	Count   int     `json:"count,omitzero"`    // of fail_refunds
	// Settlement and Reference name the line to correct.
	Settlement string `json:"settlement,omitempty"`
	Reference  string `json:"reference,omitempty"`
}

// Temper is the part of a bank's behavior that can be changed while it runs. A
// nil field leaves its setting unchanged.
type Temper struct {
	MinDelayMS  *int64   `json:"min_delay_ms,omitempty"`
	MaxDelayMS  *int64   `json:"max_delay_ms,omitempty"`
	Declines    *float64 `json:"declines,omitempty"`     // share, 0 to 1
	Challenges  *float64 `json:"challenges,omitempty"`   // share
	Silent      *float64 `json:"silent,omitempty"`       // share
	Twice       *float64 `json:"twice,omitempty"`        // share of answers sent twice
	Reorders    *float64 `json:"reorders,omitempty"`     // share of answers held back until a later one has left
	WrongAmount *float64 `json:"wrong_amount,omitempty"` // share of answers with a wrong amount
}

// BreakKind is a way in which a settlement differs from the processor's book.
type BreakKind string

// The kinds of breaks.
const (
	BreakMissing     BreakKind = "missing"      // a capture or refund that the batch should have listed
	BreakTwice       BreakKind = "twice"        // a line listed again
	BreakWrongAmount BreakKind = "wrong_amount" // a line with another amount
	BreakUnknown     BreakKind = "unknown"      // a line that the processor does not know
	BreakFee         BreakKind = "fee_mismatch" // a line with another fee
)

// BreakKinds lists the kinds.
func BreakKinds() []BreakKind {
	return []BreakKind{BreakMissing, BreakTwice, BreakWrongAmount, BreakUnknown, BreakFee}
}

// Plant asks a bank for a break in its next batch. Without a reference the bank
// picks a line by its seed.
type Plant struct {
	Kind      BreakKind      `json:"kind"`
	Currency  money.Currency `json:"currency,omitempty"`
	Reference string         `json:"reference,omitempty"`
}

// checkLater returns an error unless a request that follows an approval is well
// formed.
func (r Request) checkLater() error {
	switch r.Type {
	case Capture, Refund:
		if !plain(r.Authorization) || !r.Amount.IsPositive() {
			return fmt.Errorf("a %s needs authorization and an amount", r.Type)
		}
	case Void:
		if !plain(r.Authorization) {
			return fmt.Errorf("a void needs authorization")
		}
	case Evidence:
		if !plain(r.Dispute) {
			return fmt.Errorf("an evidence needs the dispute")
		}
	case Control:
		if r.Controls == nil {
			return fmt.Errorf("a control needs a command")
		}
		return r.Controls.Check()
	case Authorize, Reverse:
	}
	return nil
}

// ReadDispute reads and checks a bank's message about a dispute.
func ReadDispute(body []byte) (Dispute, error) {
	var d Dispute
	if err := read(body, &d, MaxBody); err != nil {
		return d, err
	}
	switch {
	case d.Type != DisputeType:
		return d, fmt.Errorf("type: %q is not %q", d.Type, DisputeType)
	case !plain(d.ID) || !plain(d.Dispute) || !plain(d.Payment) || !plain(d.Bank):
		return d, fmt.Errorf("id, dispute, payment and bank are required")
	case d.Attempt < 1 || d.Attempt > maxAttempt:
		return d, fmt.Errorf("attempt: must be 1 to %d", maxAttempt)
	case !d.Amount.IsPositive():
		return d, fmt.Errorf("amount: is required")
	case d.Status != payment.NeedsResponse && !d.Status.Final():
		return d, fmt.Errorf("status: must be needs_response, won or lost")
	case d.Status == payment.NeedsResponse && (d.RespondBy == nil || d.RespondBy.IsZero()):
		return d, fmt.Errorf("respond_by: is required of a new dispute")
	}
	return d, nil
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
	case l.Direction != CreditLine && l.Direction != DebitLine:
		return fmt.Errorf("direction: must be %q or %q", CreditLine, DebitLine)
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
		if l.Direction == CreditLine {
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

// Over returns the temper with its nil fields filled in from another.
func (t Temper) Over(below Temper) Temper {
	return Temper{
		MinDelayMS: first(t.MinDelayMS, below.MinDelayMS), MaxDelayMS: first(t.MaxDelayMS, below.MaxDelayMS),
		Declines: first(t.Declines, below.Declines), Challenges: first(t.Challenges, below.Challenges),
		Silent: first(t.Silent, below.Silent), Twice: first(t.Twice, below.Twice),
		Reorders: first(t.Reorders, below.Reorders), WrongAmount: first(t.WrongAmount, below.WrongAmount),
	}
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}
