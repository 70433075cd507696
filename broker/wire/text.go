package wire

import (
	"errors"
	"fmt"

	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/reason"
)

// said is a text that a bank says, with its place in the message and its rule.
type said struct {
	at   string
	rule form.Text
	text string
}

// checkTexts holds a bank's texts to the rules of all texts: they stand on the payment, in every event about it,
// in logs and on pages.
func checkTexts(texts ...said) error {
	problem := form.Problem()
	for _, s := range texts {
		s.rule.Check(problem, s.at, s.text)
	}
	if len(problem.Fields) == 0 {
		return nil
	}
	return firstOf(problem)
}

// firstOf is the first complaint, as the other errors of this package are.
func firstOf(problem *fault.Error) error {
	f := problem.Fields[0]
	return errors.New(f.Pointer + ": " + f.Detail)
}

func (r Result) checkTexts() error {
	why := reason.Reason{}
	if r.Reason != nil {
		why = *r.Reason
	}
	if len([]rune(r.ChallengeURL)) > form.MaxURL {
		return fmt.Errorf("challenge_url: must have at most %d characters", form.MaxURL)
	}
	return checkTexts(
		said{"rule", form.BankText, r.Rule}, said{"authorization_code", form.BankText, r.AuthorizationCode}, said{"bank_reference", form.BankText, r.BankReference},
		said{"reason.code", form.DisputeReason, why.Code}, said{"reason.message", form.BankText, why.Message}, said{"reason.rule", form.BankText, why.Rule},
		said{"reason.iso8583", form.BankCode, why.ISO8583}, said{"reason.iso20022", form.BankCode, why.ISO20022},
	)
}
