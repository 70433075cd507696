package ledger

import "strings"

// The chart of accounts. Each holds one balance per currency.

// BankReceivable is what a bank owes for captured payments it has not settled.
func BankReceivable(bic string) Account { return Account("bank:" + bic + ":receivable") }

// BankCash is what a bank has paid and has not left in a payout yet.
func BankCash(bic string) Account { return Account("bank:" + bic + ":cash") }

// BankFees is what a bank kept of what it settled: an expense.
func BankFees(bic string) Account { return Account("bank:" + bic + ":fees") }

// Breaks is what a bank's settlements differ by from this book, and nobody has
// explained yet: a debit balance is what the bank paid too little.
func Breaks(bic string) Account { return Account("bank:" + bic + ":breaks") }

// MerchantPayable is what is owed to a merchant and not yet paid out.
func MerchantPayable(merchant string) Account { return Account("merchant:" + merchant + ":payable") }

// The accounts that are not anybody's.
const (
	Fees            Account = "fees"              // what the processor earned
	RefundsInFlight Account = "refunds:in_flight" // taken from merchants for refunds that a bank is working on
	Disputes        Account = "disputes"          // held until a dispute is decided
	PayoutsInFlight Account = "payouts:in_flight" // on its way to merchants
	WriteOffs       Account = "write_offs"        // breaks that somebody gave up: a loss, or a gain
)

// Owner is whose account it is: "bank" or "merchant" and its identifier, both ""
// for the processor's own.
func (a Account) Owner() (kind, id string) {
	parts := strings.SplitN(string(a), ":", 3)
	if len(parts) == 3 && (parts[0] == "bank" || parts[0] == "merchant") {
		return parts[0], parts[1]
	}
	return "", ""
}
