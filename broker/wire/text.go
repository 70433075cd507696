package wire

import (
	"fmt"
	"unicode/utf8"

	"sandbank/payment/form"
	"sandbank/payment/reason"
)

// MaxText bounds each text that a bank says in an answer, in characters. All of it
// stands on the payment, in every event about it: so it has a bound, or the events
// had none.
const MaxText = 200

// checkTexts holds a bank's texts to their bounds.
func checkTexts(texts map[string]string) error {
	for name, text := range texts {
		if utf8.RuneCountInString(text) > MaxText {
			return fmt.Errorf("%s: must have at most %d characters", name, MaxText)
		}
	}
	return nil
}

func (r Result) checkTexts() error {
	why := reason.Reason{}
	if r.Reason != nil {
		why = *r.Reason
	}
	if len([]rune(r.ChallengeURL)) > form.MaxURL {
		return fmt.Errorf("challenge_url: must have at most %d characters", form.MaxURL)
	}
	if len([]rune(why.Code)) > form.DisputeReason.Max {
		return fmt.Errorf("reason.code: must have at most %d characters", form.DisputeReason.Max)
	}
	if len(why.ISO8583) > maxCode || len(why.ISO20022) > maxCode {
		return fmt.Errorf("reason: iso8583 and iso20022 must have at most %d characters", maxCode)
	}
	return checkTexts(map[string]string{
		"rule": r.Rule, "authorization_code": r.AuthorizationCode, "bank_reference": r.BankReference,
		"reason.message": why.Message, "reason.rule": why.Rule,
	})
}

// maxCode bounds a code of another dialect, in bytes.
const maxCode = 10
