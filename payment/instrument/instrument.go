// Package instrument is a customer's means of payment: a card or an account. Only published test
// numbers are accepted, and of those only the brand, the last four characters, the country of an
// IBAN and the behavior they stand for are kept; a full number or a security code never gets past
// [FromCard] and [FromAccount].
package instrument

import (
	"maps"
	"slices"

	"sandbank/payment/reason"
)

// Kind is card or account.
type Kind string

// The kinds.
const (
	Card    Kind = "card"
	Account Kind = "account"
)

// Behavior is the bank's behavior that a test number selects.
type Behavior string

// The behaviors. Neutral leaves the decision to the next rule in line: the
// holder's name, then the default, which approves.
const (
	Neutral     Behavior = "neutral"
	Approve     Behavior = "approve"
	Decline     Behavior = "decline"
	Error       Behavior = "error"
	Challenge   Behavior = "challenge"
	Silent      Behavior = "silent"
	DisputeLost Behavior = "dispute_lost" // approved, disputed later, lost
	DisputeWon  Behavior = "dispute_won"  // approved, disputed later, won
)

// Instrument is the part of the customer's input that is kept.
type Instrument struct {
	Kind     Kind     `json:"kind"`
	Brand    string   `json:"brand"`             // "visa", "iban"
	Last4    string   `json:"last4"`             // last four characters
	Country  string   `json:"country,omitempty"` // of an IBAN: its first two letters (ISO 13616)
	Behavior Behavior `json:"behavior"`          // the behavior of the number
	Reason   string   `json:"reason,omitempty"`  // reason code of a decline or error
	Rule     string   `json:"rule"`              // which rule chose the behavior
	// Source is where that rule came from: the number, or the holder's name.
	Source reason.Source `json:"source,omitempty"`
}

var brands = map[string]string{"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club",
	"jcb": "JCB", "unionpay": "UnionPay", "maestro": "Maestro", "iban": "Account"}

// Label is the instrument for people: "Visa •••• 4242". An unknown brand is
// shown unchanged.
func (i Instrument) Label() string {
	brand, ok := brands[i.Brand]
	if !ok {
		brand = i.Brand
	}
	return brand + " •••• " + i.Last4
}

// TestNumber is a published number with its behavior.
type TestNumber struct {
	Number   string // digits, or an IBAN without spaces
	Brand    string
	Behavior Behavior
	Reason   string // a code of package reason, for declines and errors
	Says     string // the behavior in words
}

// Cards lists the accepted card numbers: the public test numbers that Stripe
// and others document, those of [Usual] first.
func Cards() []TestNumber { return append([]TestNumber(nil), cards...) }

// Accounts lists the accepted IBANs. The bank code SAND is fictitious; the
// check digits are right (ISO 13616, ISO 7064 MOD 97-10).
func Accounts() []TestNumber { return append([]TestNumber(nil), accounts...) }

var usual = []TestNumber{
	{"4242424242424242", "visa", Neutral, "", "approved"},
	{"5555555555554444", "mastercard", Neutral, "", "approved"},
	{"378282246310005", "amex", Neutral, "", "approved"},
	{"4000000000000002", "visa", Decline, reason.DoNotHonor, "declined, no reason given"},
	{"4000000000009995", "visa", Decline, reason.InsufficientFunds, "declined, insufficient funds"},
	{"4000000000009987", "visa", Decline, reason.LostCard, "declined, lost card"},
	{"4000000000009979", "visa", Decline, reason.StolenCard, "declined, stolen card"},
	{"4000000000000069", "visa", Decline, reason.ExpiredCard, "declined, expired card"},
	{"4000000000000127", "visa", Decline, reason.IncorrectCVC, "declined, incorrect security code"},
	{"4000000000000119", "visa", Error, reason.ProcessingError, "processing error"},
	{"4000002500003155", "visa", Challenge, "", "the bank asks the customer to confirm"},
	{"4000000000000259", "visa", DisputeLost, "", "approved, marked for a dispute the customer wins"},
	{"4000000000002685", "visa", DisputeWon, "", "approved, marked for a dispute the merchant wins"},
}

var accounts = []TestNumber{
	{iban("NL", "SAND0000000001"), "iban", Neutral, "", "approved"},
	{iban("DE", "500000000000000001"), "iban", Neutral, "", "approved"},
	{iban("NL", "SAND0000000002"), "iban", Decline, reason.InsufficientFunds, "declined, insufficient funds"},
	{iban("NL", "SAND0000000003"), "iban", Decline, reason.AccountClosed, "declined, account closed"},
	{iban("NL", "SAND0000000004"), "iban", Decline, reason.AccountBlocked, "declined, account blocked"},
	{iban("NL", "SAND0000000005"), "iban", Challenge, "", "the bank asks the customer to confirm"},
	{iban("NL", "SAND0000000006"), "iban", Decline, reason.DuplicatePayment, "declined, duplicate payment"},
	{iban("NL", "SAND0000000007"), "iban", Decline, reason.HolderDeceased, "declined, account holder deceased"},
	{iban("NL", "SAND0000000008"), "iban", Decline, reason.BankUnknown, "declined, bank identifier incorrect"},
	{iban("NL", "SAND0000000009"), "iban", Error, reason.SettlementFailed, "settlement failed"},
}

// holders is the holder-name dialect that Adyen's testers know. It speaks only
// where the number is neutral.
var holders = map[string]TestNumber{
	"APPROVED":           {Behavior: Approve},
	"DECLINED":           {Behavior: Decline, Reason: reason.DoNotHonor},
	"ERROR":              {Behavior: Error, Reason: reason.ProcessingError},
	"CARD_EXPIRED":       {Behavior: Decline, Reason: reason.ExpiredCard},
	"ISSUER_UNAVAILABLE": {Behavior: Error, Reason: reason.IssuerUnavailable},
	"NOT_ENOUGH_BALANCE": {Behavior: Decline, Reason: reason.InsufficientFunds},
	"PENDING":            {Behavior: Silent},
	"SHOPPER_CANCELLED":  {Behavior: Decline, Reason: reason.CustomerCanceled},
}

// Holders lists the holders' names that stand for an outcome, in alphabetical order.
func Holders() []string { return slices.Sorted(maps.Keys(holders)) }
