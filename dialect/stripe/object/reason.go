package object

import (
	"cmp"

	"sandbank/payment/reason"
)

// refusal is why a card was refused, in Stripe's words.
type refusal struct{ Code, Decline string }

// refusals are the reasons of the house in Stripe's words. What is not here is
// declined without a reason.
var refusals = map[string]refusal{
	reason.DoNotHonor:        {"card_declined", "generic_decline"},
	reason.InsufficientFunds: {"card_declined", "insufficient_funds"},
	reason.LostCard:          {"card_declined", "lost_card"},
	reason.StolenCard:        {"card_declined", "stolen_card"},
	reason.ExpiredCard:       {"expired_card", "expired_card"},
	reason.IncorrectCVC:      {"incorrect_cvc", "incorrect_cvc"},
	reason.ReferToIssuer:     {"card_declined", "call_issuer"},
	reason.InvalidTxn:        {"card_declined", "transaction_not_allowed"},
	reason.InvalidNumber:     {"incorrect_number", "incorrect_number"},
	reason.NotPermitted:      {"card_declined", "card_not_supported"},
	reason.OverLimit:         {"card_declined", "card_velocity_exceeded"},
	reason.AccountClosed:     {"card_declined", "invalid_account"},
	reason.AccountBlocked:    {"card_declined", "restricted_card"},
	reason.DuplicatePayment:  {"card_declined", "duplicate_transaction"},
	reason.HolderDeceased:    {"card_declined", "invalid_account"},
	reason.BankUnknown:       {"card_declined", "invalid_account"},
	reason.ChallengeFailed:   {"payment_intent_authentication_failure", ""},
	reason.ProcessingError:   {"processing_error", "processing_error"},
	reason.IssuerUnavailable: {"card_declined", "issuer_not_available"},
	reason.SettlementFailed:  {"processing_error", "processing_error"},
	reason.BankTimeout:       {"processing_error", "try_again_later"},
	reason.CustomerCanceled:  {"payment_intent_authentication_failure", ""},
	reason.MerchantCanceled:  {"payment_intent_authentication_failure", ""},
}

// refused are the words for a reason.
func refused(r *reason.Reason) refusal {
	if r == nil {
		return refusal{"card_declined", "generic_decline"}
	}
	return cmp.Or(refusals[r.Code], refusal{"card_declined", "generic_decline"})
}

// Declined is an error of a card that a bank would refuse, before there is a payment.
func Declined(r *reason.Reason) Object {
	why := refused(r)
	o := Object{"type": "card_error", "code": why.Code, "message": message(r)}
	if why.Decline != "" {
		o["decline_code"] = why.Decline
	}
	return o
}

func message(r *reason.Reason) string {
	if r == nil {
		return "Your card was declined."
	}
	return r.Message
}
