package docs

import (
	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/payment"
)

// MoneyView explains what becomes of captured money.
type MoneyView struct {
	Frame
	Fee, Dispute string // what merchants pay
	Days         int    // that an authorization lives
	Breaks       string

	Capture, Refund, Evidence, Settle, Reconcile, Work, Flags string // that one may copy
}

func moneyPage(base string) MoneyView {
	curl := func(method, path string) string {
		return "curl -s -X " + method + " " + base + path + " \\\n  -H \"Authorization: Bearer $TOKEN\""
	}
	const named, json = " -H 'Sandbank-Merchant: demo-shop'", " -H 'Content-Type: application/json' \\\n  -d "
	return MoneyView{
		Frame: Frame{Section: "money"}, Fee: ledger.StandardFee.String(), Dispute: ledger.StandardSchedule.Dispute.StringFixed(2),
		Days: int(payment.AuthorizationLife.Hours() / 24), Breaks: wordsOf(wire.BreakKinds()),
		Capture: curl("POST", "/v1/payments/$PAYMENT/capture") + json + `'{"amount": {"value": "12.00", "currency": "EUR"}, "final": true}'`,
		Refund:  curl("POST", "/v1/payments/$PAYMENT/refunds") + " -H 'Idempotency-Key: \"return-17\"' \\\n " + json + `'{"amount": {"value": "5.00", "currency": "EUR"}}'`,
		Evidence: "# an operator has the customer dispute it\n" + curl("POST", "/sim/payments/$PAYMENT/dispute") + named +
			"\n\n" + curl("POST", "/v1/disputes/$DISPUTE/evidence") + json + `'{"evidence": "It was signed for. winning_evidence"}'`,
		Settle:    "go run ./cmd/merchant settle --files statements --url " + base,
		Reconcile: "go run ./cmd/merchant reconcile --url " + base,
		Work: curl("POST", "/v1/breaks/$BREAK/claim") + "     # the bank makes it right in its next batch\n" +
			curl("POST", "/v1/breaks/$BREAK/write-off") + json + `'{"note": "too little to ask for"}'`,
		Flags: "processor --fee demo-shop=2.9%+0.30 --payout-at 23:30 --payout-transit 5s",
	}
}
