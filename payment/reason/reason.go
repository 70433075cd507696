// Package reason is the vocabulary of why a payment was not captured: one code
// of ours, with the two dialects integrators meet elsewhere beside it. The
// crosswalk to ISO 8583 response codes and ISO 20022 status reasons (external
// code set ExternalStatusReason1Code) is illustrative: real schemes differ.
package reason

// Reason says why, in one code, two dialects, plain words, and which rule of
// the simulation fired.
type Reason struct {
	Code     string `json:"code"`               // stable: "insufficient_funds"
	ISO8583  string `json:"iso8583,omitempty"`  // response code: "51"
	ISO20022 string `json:"iso20022,omitempty"` // status reason: "AM04"
	Message  string `json:"message"`            // plain words for the customer
	Rule     string `json:"rule,omitempty"`     // which rule fired: "card 4000000000009995"
}

// The codes. Issuer's answers first, then the processor's own conclusions.
const (
	DoNotHonor        = "do_not_honor"
	InsufficientFunds = "insufficient_funds"
	LostCard          = "lost_card"
	StolenCard        = "stolen_card"
	ExpiredCard       = "expired_card"
	IncorrectCVC      = "incorrect_cvc"
	ReferToIssuer     = "refer_to_issuer"
	InvalidTxn        = "invalid_transaction"
	InvalidNumber     = "invalid_number"
	NotPermitted      = "not_permitted"
	OverLimit         = "over_limit"
	AccountClosed     = "account_closed"
	AccountBlocked    = "account_blocked"
	DuplicatePayment  = "duplicate_payment"
	HolderDeceased    = "account_holder_deceased"
	BankUnknown       = "bank_identifier_incorrect"
	ChallengeFailed   = "challenge_failed"

	ProcessingError   = "processing_error"
	IssuerUnavailable = "issuer_unavailable"
	SettlementFailed  = "settlement_failed"

	BankTimeout        = "bank_timeout"
	CustomerCanceled   = "customer_canceled"
	MerchantCanceled   = "merchant_canceled"
	CustomerWalkedAway = "customer_walked_away"

	// A bank's answers to a capture, void or refund.
	AuthorizationUnknown = "authorization_unknown"
	AuthorizationExpired = "authorization_expired"
	ExceedsAuthorization = "exceeds_authorization"
	RefundRejected       = "refund_rejected"
)

var all = []Reason{
	{DoNotHonor, "05", "MS03", "Your bank declined the payment without giving a reason.", ""},
	{InsufficientFunds, "51", "AM04", "There is not enough money in the account.", ""},
	{LostCard, "41", "AC06", "The card was reported lost.", ""},
	{StolenCard, "43", "AC06", "The card was reported stolen.", ""},
	{ExpiredCard, "54", "AC06", "The card has expired.", ""},
	{IncorrectCVC, "N7", "MS03", "The security code is not right.", ""},
	{ReferToIssuer, "01", "MS03", "Your bank wants you to get in touch before it approves this.", ""},
	{InvalidTxn, "12", "AG01", "Your bank does not allow this kind of payment.", ""},
	{InvalidNumber, "14", "AC01", "The bank does not know this card or account.", ""},
	{NotPermitted, "57", "AG01", "The card is not permitted to make this payment.", ""},
	{OverLimit, "61", "AM02", "The payment is over the card's limit.", ""},
	{AccountClosed, "14", "AC04", "The account is closed.", ""},
	{AccountBlocked, "62", "AC06", "The account is blocked.", ""},
	{DuplicatePayment, "94", "AM05", "The bank has seen this payment before.", ""},
	{HolderDeceased, "05", "MD07", "The account's holder has died.", ""},
	{BankUnknown, "15", "RC01", "There is no bank with the account's bank identifier.", ""},
	{ChallengeFailed, "59", "MS03", "The confirmation on your bank's page did not succeed.", ""},
	{ProcessingError, "96", "MS03", "A technical fault at the bank stopped the payment.", ""},
	{IssuerUnavailable, "91", "MS03", "The bank cannot be reached.", ""},
	{SettlementFailed, "96", "ED05", "The payment could not be settled between the banks.", ""},
	{BankTimeout, "68", "TM01", "The bank did not answer in time.", ""},
	{CustomerCanceled, "17", "CUST", "The customer canceled the payment.", ""},
	{MerchantCanceled, "", "CUST", "The merchant canceled the payment.", ""},
	{CustomerWalkedAway, "", "", "The customer did not finish in time.", ""},
	{AuthorizationUnknown, "25", "AG01", "The bank has no such authorization.", ""},
	{AuthorizationExpired, "54", "AG01", "The authorization ran out before the money was taken.", ""},
	{ExceedsAuthorization, "13", "AM12", "The amount is more than is left of what was authorized or captured.", ""},
	{RefundRejected, "05", "MS03", "The customer's bank sent the refund back.", ""},
}

var byCode = func() map[string]Reason {
	m := make(map[string]Reason, len(all))
	for _, r := range all {
		m[r.Code] = r
	}
	return m
}()

// All lists the vocabulary in the order of the table above.
func All() []Reason { return append([]Reason(nil), all...) }

// Because returns the reason of a code with the rule that fired. An unknown
// code from a foreign bank is kept, so that nothing a bank said is lost.
func Because(code, rule string) Reason {
	r, ok := byCode[code]
	if !ok {
		r = Reason{Code: code, ISO8583: "05", ISO20022: "MS03", Message: "Your bank declined the payment."}
	}
	r.Rule = rule
	return r
}

// FromISO8583 is the code for a two-digit response code, "" where it is not in
// the vocabulary.
func FromISO8583(response string) string {
	for _, r := range all {
		if r.ISO8583 == response {
			return r.Code
		}
	}
	return ""
}
