package ledger

import (
	"time"

	"sandbank/money"
)

// The kinds of entries.
const (
	CaptureKind         = "capture"
	RefundReservedKind  = "refund.reserved"
	RefundKind          = "refund"
	RefundReleasedKind  = "refund.released"
	DisputeOpenedKind   = "dispute.opened"
	DisputeWonKind      = "dispute.won"
	DisputeLostKind     = "dispute.lost"
	SettlementKind      = "settlement"
	BreakWrittenOffKind = "break.written_off"
	PayoutKind          = "payout"
	PayoutPaidKind      = "payout.paid"
)

// Subject is the business object that an entry belongs to.
type Subject struct {
	EntryID string
	Of      string // id of the capture, refund, dispute, settlement, break or payout
	Payment string // "" if the entry concerns many payments
	At      time.Time
}

func (s Subject) entry(kind, description string, postings ...Posting) Entry {
	e := Entry{ID: s.EntryID, Key: kind + ":" + s.Of, Kind: kind, Payment: s.Payment, Description: description, At: s.At}
	for _, p := range postings {
		if p.Amount.IsPositive() { // a fee may be zero
			e.Postings = append(e.Postings, p)
		}
	}
	return e
}

// Capture books a capture: the bank owes the amount, the merchant gets it less
// the fee.
func Capture(s Subject, bank, merchant string, amount, fee money.Amount) Entry {
	return s.entry(CaptureKind, "Captured "+amount.String()+" at "+bank,
		Posting{BankReceivable(bank), Debit, amount},
		Posting{MerchantPayable(merchant), Credit, amount.Sub(fee)},
		Posting{Fees, Credit, fee})
}

// ReserveRefund sets a merchant's money aside while the bank works on a refund.
// The fee of the capture is not given back.
func ReserveRefund(s Subject, merchant string, amount money.Amount) Entry {
	return s.entry(RefundReservedKind, "Set "+amount.String()+" aside for a refund",
		Posting{MerchantPayable(merchant), Debit, amount}, Posting{RefundsInFlight, Credit, amount})
}

// Refund books a refund by the bank, which reduces its debt.
func Refund(s Subject, bank string, amount money.Amount) Entry {
	return s.entry(RefundKind, "Refunded "+amount.String()+" at "+bank,
		Posting{RefundsInFlight, Debit, amount}, Posting{BankReceivable(bank), Credit, amount})
}

// ReleaseRefund returns the money set aside for a failed refund to the merchant.
func ReleaseRefund(s Subject, merchant string, amount money.Amount) Entry {
	return s.entry(RefundReleasedKind, "Gave "+amount.String()+" back after a refund that failed",
		Posting{RefundsInFlight, Debit, amount}, Posting{MerchantPayable(merchant), Credit, amount})
}

// OpenDispute holds the disputed money and takes the fee for the dispute.
func OpenDispute(s Subject, merchant string, amount, fee money.Amount) Entry {
	return s.entry(DisputeOpenedKind, "Held "+amount.String()+" for a dispute",
		Posting{MerchantPayable(merchant), Debit, amount.Add(fee)},
		Posting{Disputes, Credit, amount}, Posting{Fees, Credit, fee})
}

// WinDispute returns the held money to the merchant. The fee stays.
func WinDispute(s Subject, merchant string, amount money.Amount) Entry {
	return s.entry(DisputeWonKind, "Gave "+amount.String()+" back after a dispute that was won",
		Posting{Disputes, Debit, amount}, Posting{MerchantPayable(merchant), Credit, amount})
}

// LoseDispute gives the held money to the customer's bank, which reduces its
// debt.
func LoseDispute(s Subject, bank string, amount money.Amount) Entry {
	return s.entry(DisputeLostKind, "Lost "+amount.String()+" to a dispute at "+bank,
		Posting{Disputes, Debit, amount}, Posting{BankReceivable(bank), Credit, amount})
}

// Sums are amounts by account, debits positive.
type Sums map[Account]money.Amount

// Add adds to an account; a negative amount is a credit.
func (s Sums) Add(a Account, amount money.Amount) {
	if before, ok := s[a]; ok {
		amount = before.Add(amount)
	}
	s[a] = amount
}

// postings lists the amounts that are not zero, in a fixed order.
func (s Sums) postings(order ...Account) (list []Posting) {
	for _, a := range order {
		switch amount := s[a]; {
		case amount.IsPositive():
			list = append(list, Posting{a, Debit, amount})
		case amount.IsNegative():
			list = append(list, Posting{a, Credit, amount.Neg()})
		}
	}
	return list
}

// Settle books a settlement from its sums; false if they are all zero.
func Settle(s Subject, bank string, sums Sums) (Entry, bool) {
	e := s.entry(SettlementKind, "Settled by "+bank,
		sums.postings(BankCash(bank), BankFees(bank), BankReceivable(bank), Breaks(bank))...)
	return e, len(e.Postings) > 0
}

// WriteOff books a break that was given up. Effect is the amount that the break
// left on the bank's account of breaks, debits positive; WriteOff returns false
// if that is zero.
func WriteOff(s Subject, bank string, effect money.Net) (Entry, bool) {
	sums := Sums{}
	sums.Add(WriteOffs, effect.Amount)
	sums.Add(Breaks(bank), effect.Neg())
	e := s.entry(BreakWrittenOffKind, "Wrote off "+effect.String()+" at "+bank, sums.postings(WriteOffs, Breaks(bank))...)
	return e, len(e.Postings) > 0
}

// Payout books money that leaves for a merchant.
func Payout(s Subject, merchant string, amount money.Amount) Entry {
	return s.entry(PayoutKind, "Paying "+amount.String()+" out to "+merchant,
		Posting{MerchantPayable(merchant), Debit, amount}, Posting{PayoutsInFlight, Credit, amount})
}

// Share is one bank's part of a payout; it is negative if more was refunded than
// captured at this bank.
type Share struct {
	Bank   string    `json:"bank"`
	Amount money.Net `json:"amount"`
}

// PayoutPaid books the arrival of a payout. The money leaves the accounts of the
// banks that it came from.
func PayoutPaid(s Subject, amount money.Amount, shares []Share) Entry {
	postings := []Posting{{PayoutsInFlight, Debit, amount}}
	for _, share := range shares {
		if share.Amount.IsNegative() {
			postings = append(postings, Posting{BankCash(share.Bank), Debit, share.Amount.Neg()})
		} else {
			postings = append(postings, Posting{BankCash(share.Bank), Credit, share.Amount.Amount})
		}
	}
	return s.entry(PayoutPaidKind, "Paid out "+amount.String(), postings...)
}
