package node

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/payment"
	"sandbank/processor"
)

// A balance's report is the ledger's, day by day in Amsterdam: what one day closes with the next one opens with, and all days
// together come to the balance.
func TestMollie_BalanceReport(t *testing.T) {
	a := newDutch(t, Config{FreezeAt: time.Date(2030, 1, 7, 22, 30, 0, 0, time.UTC)}) // half past eleven at night in Amsterdam
	sold := a.made("")
	a.paid(sold)
	a.advance("1h") // the next day, there alone
	a.ask("POST", "payments/"+sold+"/refunds", `{"amount": {"currency": "EUR", "value": "4.00"}}`, 201)
	held := a.made(`, "captureMode": "manual"`)
	a.paid(held)
	a.ask("POST", "payments/"+held+"/captures", `{"amount": {"currency": "EUR", "value": "6.00"}}`, 201)
	a.settles(held, func(p payment.Payment) bool { return p.Captured().IsPositive() })
	a.advance("36h")
	if _, err := a.node.Processor().PayOut(t.Context(), processor.Only("demo-shop")); err != nil {
		t.Fatal(err)
	}
	balance := a.ask("GET", "balances/primary", "", 200)
	id := balance["id"].(string)
	report := func(from, until, grouping string) map[string]any {
		return a.ask("GET", "balances/"+id+"/report?"+url.Values{"from": {from}, "until": {until}, "grouping": {grouping}}.Encode(), "", 200)
	}
	first := report("2030-01-07", "2030-01-08", "transaction-categories")
	a.holds(first, map[string]any{
		"resource": "balance-report", "balanceId": id, "timeZone": "Europe/Amsterdam", "from": "2030-01-07", "until": "2030-01-08", "grouping": "transaction-categories",
		"totals.open.pending.amount.value": "0.00", "totals.payments.pending.amount.value": "10.00", "totals.payments.pending.subtotals.0.transactionType": "payment",
		"totals.payments.pending.subtotals.0.count": 1, "totals.payments.pending.subtotals.0.subtotals.0.method": "creditcard",
		"totals.fee-prepayments.pending.amount.value": "-0.39", "totals.fee-prepayments.pending.subtotals.0.prepaymentPartType": "fee",
		"totals.fee-prepayments.pending.subtotals.0.subtotals.0.feeType": "payment-fee", "totals.refunds.pending.amount.value": "0.00", "totals.close.pending.amount.value": "9.61",
	})
	second := report("2030-01-08", "2030-01-09", "transaction-categories")
	a.holds(second, map[string]any{
		"totals.open.pending.amount.value": "9.61", "totals.refunds.pending.amount.value": "-4.00", "totals.payments.pending.subtotals.0.transactionType": "capture",
		"totals.payments.pending.amount.value": "6.00", "totals.payments.movedToAvailable.amount.value": "0.00", "totals.transfers.immediatelyAvailable.amount.value": "0.00",
	})
	paidOut := at(a.ask("GET", "settlements", "", 200), "_embedded.settlements.0.amount.value").(string)
	third := report("2030-01-09", "2030-01-10", "status-balances")
	a.holds(third, map[string]any{
		"totals.pendingBalance.open.amount.value": at(second, "totals.close.pending.amount.value"), "totals.pendingBalance.pending.amount.value": "0.00",
		"totals.pendingBalance.movedToAvailable.amount.value": paidOut, "totals.availableBalance.movedFromPending.amount.value": paidOut,
		"totals.availableBalance.immediatelyAvailable.amount.value": "-" + paidOut, "totals.availableBalance.close.amount.value": "0.00",
		"totals.pendingBalance.close.amount.value": at(balance, "pendingAmount.value"),
	})
	whole := a.ask("GET", "balances/primary/report?from=2030-01-01&until=2031-01-01", "", 200)
	a.holds(whole, map[string]any{"grouping": "status-balances", "balanceId": id, "totals.pendingBalance.open.amount.value": "0.00", "totals.pendingBalance.close.amount.value": at(balance, "pendingAmount.value")})
	if self := fmt.Sprint(at(whole, "_links.self.href")); !strings.HasSuffix(self, "/balances/primary/report?from=2030-01-01&until=2031-01-01") {
		t.Errorf("the report says that it is at %s", self)
	}
	for query, field := range map[string]any{
		"": "from", "from=2030-01-01": "until", "until=2030-01-01": "from", "from=01-01-2030&until=2031-01-01": "from", "from=2030-01-01&until=2030-02-30": "until",
		"from=2030-01-02&until=2030-01-02": "until", "from=2030-01-02&until=2030-01-01": "until", "from=2030-01-01T00:00:00Z&until=2031-01-01": "from",
		"from=2030-01-01&until=2031-01-01&grouping=method": "grouping",
	} {
		o := a.ask("GET", "balances/"+id+"/report?"+query, "", 422)
		if o["field"] != field || o["detail"] == "" {
			t.Errorf("%q is refused with %v, expected the field %v", query, o, field)
		}
	}
	a.ask("GET", "balances/"+id+"/report?from=2030-01-01&until=2031-01-01&colour=red", "", 400)
	a.ask("GET", "balances/bal_other-shop-EUR/report?from=2030-01-01&until=2031-01-01", "", 404)
	a.ask("GET", "balances/bal_demo-shop-XXX/report?from=2030-01-01&until=2031-01-01", "", 404)
}
