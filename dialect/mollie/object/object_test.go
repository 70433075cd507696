package object

import (
	"slices"
	"testing"

	"sandbank/payment"
	"sandbank/payment/reason"
)

// Every status of the house has its word, and every word of Mollie's is one of a status.
func TestStatusOf_EveryStatusHasItsWord(t *testing.T) {
	because := func(code string) *reason.Reason { r := reason.Because(code, ""); return &r }
	table := []struct {
		status payment.Status
		why    *reason.Reason
		want   Status
		told   bool
	}{
		{payment.Created, nil, Open, false}, {payment.Processing, nil, Pending, false}, {payment.ActionRequired, nil, Pending, false},
		{payment.Authorized, nil, Authorized, true}, {payment.Captured, nil, Paid, true}, {payment.Declined, because(reason.DoNotHonor), Failed, true},
		{payment.Failed, because(reason.BankTimeout), Failed, true}, {payment.Canceled, because(reason.CustomerCanceled), Canceled, true},
		{payment.Voided, because(reason.MerchantCanceled), Canceled, true}, {payment.Voided, because(reason.AuthorizationExpired), Expired, true},
		{payment.Abandoned, because(reason.CustomerWalkedAway), Expired, true},
	}
	var ours []payment.Status
	var theirs []Status
	for _, c := range table {
		if got := StatusOf(payment.Payment{Status: c.status, Reason: c.why}); got != c.want || got.told() != c.told {
			t.Errorf("%s is %s, told %t; expected %s, %t", c.status, got, got.told(), c.want, c.told)
		}
		ours, theirs = append(ours, c.status), append(theirs, c.want)
	}
	for _, s := range payment.Statuses() {
		if !slices.Contains(ours, s) {
			t.Errorf("%s stands in no row", s)
		}
	}
	for _, s := range Statuses() {
		if !slices.Contains(theirs, s) {
			t.Errorf("no status is %s", s)
		}
	}
}

// A failure has one of Mollie's words, whatever the bank said.
func TestFailure_EveryReasonHasAWord(t *testing.T) {
	words := []string{
		"authentication_abandoned", "authentication_failed", "authentication_required", "authentication_unavailable_acs", "card_declined", "card_expired", "inactive_card", "insufficient_funds",
		"invalid_cvv", "invalid_card_holder_name", "invalid_card_number", "invalid_card_type", "possible_fraud", "refused_by_issuer", "unknown_reason",
	}
	for _, r := range append(reason.All(), reason.Reason{Code: "of a foreign bank"}) {
		if got := failure(r.Code); !slices.Contains(words, got) {
			t.Errorf("%s is %q", r.Code, got)
		}
	}
}
