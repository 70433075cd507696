package object

import (
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// The methods that there are.
const (
	Card  = "creditcard"
	Ideal = "ideal" // an account, in euros
	Bank  = "paybybank"
)

// Details say with what a customer paid, or tried to.
type Details struct {
	CardNumber     string  `json:"cardNumber,omitempty"` // the last four digits
	CardLabel      *string `json:"cardLabel,omitempty"`
	CardSecurity   string  `json:"cardSecurity,omitempty"`
	FailureReason  string  `json:"failureReason,omitempty"`
	FailureMessage string  `json:"failureMessage,omitempty"`

	ConsumerAccount *string `json:"consumerAccount,omitempty"`
	ConsumerBIC     *string `json:"consumerBic,omitempty"`
	BankReasonCode  string  `json:"bankReasonCode,omitempty"` // ISO 20022
	BankReason      string  `json:"bankReason,omitempty"`
}

// method is the method of a payment: that of the last try, or the one that it was made with; nil for none yet.
func method(p payment.Payment, n Note) *string {
	name := n.Method
	if a := p.Last(); a != nil {
		name = methodOf(p, a.Instrument)
	}
	if name == "" {
		return nil
	}
	return &name
}

func methodOf(p payment.Payment, i instrument.Instrument) string {
	switch {
	case i.Kind != instrument.Account:
		return Card
	case p.Amount.Currency() == "EUR":
		return Ideal
	}
	return Bank
}

// labels are the names of brands in Mollie's words.
var labels = map[string]string{
	"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB", "unionpay": "Unionpay", "maestro": "Maestro",
}

// details are those of the last try; nil before the first.
func details(p payment.Payment) *Details {
	a := p.Last()
	if a == nil {
		return nil
	}
	failed := a.Reason != nil && a.Status != payment.AttemptApproved
	if a.Instrument.Kind == instrument.Account {
		account, bic := a.Instrument.Country+"…"+a.Instrument.Last4, a.Bank
		d := &Details{ConsumerAccount: &account, ConsumerBIC: &bic}
		if failed {
			d.BankReasonCode, d.BankReason = a.Reason.ISO20022, a.Reason.Message
		}
		return d
	}
	d := &Details{CardNumber: a.Instrument.Last4, CardSecurity: "normal"}
	if label, known := labels[a.Instrument.Brand]; known {
		d.CardLabel = &label
	}
	if a.ChallengeURL != "" {
		d.CardSecurity = "3dsecure"
	}
	if failed {
		d.FailureReason, d.FailureMessage = failure(a.Reason.Code), a.Reason.Message
	}
	return d
}

// failures are the reasons of a card's refusal that Mollie has a word for.
var failures = map[string]string{
	reason.DoNotHonor: "refused_by_issuer", reason.InsufficientFunds: "insufficient_funds", reason.LostCard: "possible_fraud", reason.StolenCard: "possible_fraud",
	reason.ExpiredCard: "card_expired", reason.IncorrectCVC: "invalid_cvv", reason.ReferToIssuer: "refused_by_issuer", reason.InvalidTxn: "card_declined",
	reason.InvalidNumber: "invalid_card_number", reason.NotPermitted: "invalid_card_type", reason.OverLimit: "card_declined", reason.AccountClosed: "inactive_card",
	reason.AccountBlocked: "inactive_card", reason.DuplicatePayment: "card_declined", reason.HolderDeceased: "inactive_card", reason.ChallengeFailed: "authentication_failed",
	reason.CustomerCanceled: "authentication_abandoned", reason.CustomerWalkedAway: "authentication_abandoned",
}

func failure(code string) string {
	if word, known := failures[code]; known {
		return word
	}
	return "unknown_reason"
}
