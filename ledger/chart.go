package ledger

import "strings"

// The chart of accounts. Each holds one balance per currency.

// BankReceivable is what a bank owes for captured payments it has not settled.
func BankReceivable(bic string) Account { return Account("bank:" + bic + ":receivable") }

// BankCash is the money that a bank has paid and that has not left in a payout
// yet.
func BankCash(bic string) Account { return Account("bank:" + bic + ":cash") }

// BankFees is the fees that a bank kept of its settlements: an expense.
func BankFees(bic string) Account { return Account("bank:" + bic + ":fees") }

// Breaks is the unexplained difference between a bank's settlements and this
// book: a debit balance is the amount that the bank paid too little.
func Breaks(bic string) Account { return Account("bank:" + bic + ":breaks") }

// MerchantPayable is the debt to a merchant that is not yet paid out.
func MerchantPayable(merchant string) Account { return Account("merchant:" + merchant + ":payable") }

// The processor's own accounts.
const (
	Fees            Account = "fees"              // the processor's income
	RefundsInFlight Account = "refunds:in_flight" // taken from merchants for refunds at a bank
	Disputes        Account = "disputes"          // held until a dispute is decided
	PayoutsInFlight Account = "payouts:in_flight" // on its way to merchants
	WriteOffs       Account = "write_offs"        // breaks that were given up: a loss, or a gain
)

// Owner returns the owner of an account: "bank" or "merchant" and its
// identifier, both "" for the processor's own.
func (a Account) Owner() (kind, id string) {
	parts := strings.SplitN(string(a), ":", 3)
	if len(parts) == 3 && (parts[0] == "bank" || parts[0] == "merchant") {
		return parts[0], parts[1]
	}
	return "", ""
}
