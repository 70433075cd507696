package wire

import (
	"strings"
	"testing"
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/reason"
)

// A bank's texts are bounded in characters, since they stand in every event.
func TestReadResult_BoundsItsTexts(t *testing.T) {
	for name, set := range map[string]func(r *Result, s string){
		"rule":               func(r *Result, s string) { r.Rule = s },
		"authorization_code": func(r *Result, s string) { r.AuthorizationCode = s },
		"bank_reference":     func(r *Result, s string) { r.BankReference = s },
		"reason.message":     func(r *Result, s string) { r.Reason.Message = s },
		"reason.rule":        func(r *Result, s string) { r.Reason.Rule = s },
		"reason.code":        func(r *Result, s string) { r.Reason.Code = s[:min(len(s), len(s)*64/form.BankText.Max)] },
	} {
		letter := "😀"
		if name == "reason.code" {
			letter = "a"
		}
		for n, good := range map[int]bool{form.BankText.Max: true, form.BankText.Max + 4: false} {
			r := Result{
				Type: ResultType, ID: "res_1", RequestID: "req_1", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Outcome: payment.OutcomeDeclined,
				Amount: money.Must("1.00", "EUR"), DecidedAt: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), Reason: &reason.Reason{Code: "lost_card"},
			}
			set(&r, strings.Repeat(letter, n))
			if _, err := ReadResult(Encode(r)); (err == nil) != good || err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s of %d characters: %v", name, n, err)
			}
		}
	}
}
