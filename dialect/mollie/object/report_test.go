package object

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/settlement"
)

func euros(s string) money.Amount { return money.Must(s, "EUR") }

// Every kind of entry that changes what a merchant is owed has its category, and its movements come to what it changes.
func TestEntry_EveryKindHasItsCategory(t *testing.T) {
	const shop = "demo-shop"
	of, about := Origin{Method: Ideal}, ledger.Subject{EntryID: "ent_1", Of: "x", Payment: "pay_1", At: time.Unix(0, 0)}
	for name, c := range map[string]struct {
		entry ledger.Entry
		of    Origin
		want  []Movement
	}{
		"capture":          {ledger.Capture(about, "SANDNL2A", shop, euros("20.00"), euros("0.53")), of, []Movement{{paymentsCategory, "payment", "", Ideal, euros("20.00")}, {feesCategory, "fee-prepayment", "payment-fee", Ideal, euros("0.53").Neg()}}},
		"capture, no fee":  {ledger.Capture(about, "SANDNL2A", shop, euros("20.00"), euros("0.00")), of, []Movement{{paymentsCategory, "payment", "", Ideal, euros("20.00")}}},
		"capture, all fee": {ledger.Capture(about, "SANDNL2A", shop, euros("0.25"), euros("0.25")), of, []Movement{{paymentsCategory, "payment", "", Ideal, euros("0.25")}, {feesCategory, "fee-prepayment", "payment-fee", Ideal, euros("0.25").Neg()}}},
		"capture by hand":  {ledger.Capture(about, "SANDNL2A", shop, euros("20.00"), euros("0.53")), Origin{ByHand: true}, []Movement{{paymentsCategory, "capture", "", "", euros("20.00")}, {feesCategory, "fee-prepayment", "capture-fee", "", euros("0.53").Neg()}}},
		"refund":           {ledger.ReserveRefund(about, shop, euros("5.00")), of, []Movement{{refundsCategory, "refund", "", Ideal, euros("5.00").Neg()}}},
		"refund, failed":   {ledger.ReleaseRefund(about, shop, euros("5.00")), of, []Movement{{refundsCategory, "returned-refund", "", Ideal, euros("5.00")}}},
		"refund, at bank":  {ledger.Refund(about, "SANDNL2A", euros("5.00")), of, nil},
		"dispute":          {ledger.OpenDispute(about, shop, euros("20.00"), euros("15.00")), of, []Movement{{chargebacksCategory, "chargeback", "", Ideal, euros("20.00").Neg()}, {feesCategory, "fee-prepayment", "chargeback-fee", Ideal, euros("15.00").Neg()}}},
		"dispute, won":     {ledger.WinDispute(about, shop, euros("20.00")), of, []Movement{{chargebacksCategory, "chargeback-reversal", "", Ideal, euros("20.00")}}},
		"payout":           {ledger.Payout(about, shop, euros("9.00")), Origin{}, []Movement{{transfersCategory, "outgoing-transfer", "", "", euros("9.00").Neg()}}},
		"another merchant": {ledger.Payout(about, "other-shop", euros("9.00")), Origin{}, nil},
		"another currency": {ledger.Payout(about, shop, money.Must("9.00", "USD")), Origin{}, nil},
	} {
		if got := Entry(c.entry, ledger.MerchantPayable(shop), "EUR", c.of); !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%s moves %+v, expected %+v", name, got, c.want)
		}
	}
}

func same(a, b Movement) bool {
	amounts := a.Amount.Equal(b.Amount)
	a.Amount, b.Amount = money.Amount{}, money.Amount{}
	return amounts && a == b
}

// What the items of a payout do not account for is told by the payout's own sums, so that what moved is what was paid out.
func TestRest_AccountsForWhatWasLetGo(t *testing.T) {
	item := settlement.Item{Kind: settlement.ItemCapture, Amount: euros("20.00"), MerchantFee: euros("0.53")}
	out := settlement.Payout{Amount: euros("23.94"), Captured: euros("30.00"), Refunded: euros("5.00").Net(), Disputed: euros("0.00").Net(), Fees: euros("1.06")}
	there := Item(item, Origin{Method: Card})
	sum := euros("0.00")
	for _, m := range append(there, Rest(out, there)...) {
		sum = sum.Add(m.Amount)
	}
	if !sum.Equal(out.Amount) {
		t.Errorf("what moved is %s, and %s were paid out", sum, out.Amount)
	}
	if left := Rest(settlement.Payout{Captured: euros("20.00"), Refunded: euros("0.00").Net(), Disputed: euros("0.00").Net(), Fees: euros("0.53")}, there); len(left) > 0 {
		t.Errorf("all items are there, and %+v is left", left)
	}
}

// Both groupings, as they are written.
func TestTotals_Groupings(t *testing.T) {
	fee := Movement{feesCategory, "fee-prepayment", "payment-fee", Card, euros("0.53").Neg()}
	s := Span{
		Open:    euros("1.00"),
		Pending: []Movement{{paymentsCategory, "payment", "", Card, euros("20.00")}, fee, {paymentsCategory, "payment", "", Ideal, euros("3.00")}},
		Moved:   []Movement{{paymentsCategory, "payment", "", Card, euros("20.00")}, fee}, Available: []Movement{{transfersCategory, "outgoing-transfer", "", "", euros("19.47").Neg()}},
	}
	payments := `{"amount": {"value": "23.00", "currency": "EUR"}, "subtotals": [{"transactionType": "payment", "count": 2, "amount": {"value": "23.00", "currency": "EUR"}, "subtotals": [
		{"method": "creditcard", "count": 1, "amount": {"value": "20.00", "currency": "EUR"}}, {"method": "ideal", "count": 1, "amount": {"value": "3.00", "currency": "EUR"}}]}]}`
	fees := `{"amount": {"value": "-0.53", "currency": "EUR"}, "subtotals": [{"prepaymentPartType": "fee", "count": 1, "amount": {"value": "-0.53", "currency": "EUR"}, "subtotals": [
		{"feeType": "payment-fee", "count": 1, "amount": {"value": "-0.53", "currency": "EUR"}, "subtotals": [{"method": "creditcard", "count": 1, "amount": {"value": "-0.53", "currency": "EUR"}}]}]}]}`
	only := func(value string) string { return `{"amount": {"value": "` + value + `", "currency": "EUR"}}` }
	for name, c := range map[string]struct {
		of          Grouping
		group, part string
		want        string
	}{
		"payments":           {TransactionCategories, "payments", "pending", payments},
		"fees moved":         {TransactionCategories, "fee-prepayments", "movedToAvailable", fees},
		"no refunds":         {TransactionCategories, "refunds", "pending", only("0.00")},
		"opening":            {TransactionCategories, "open", "pending", only("1.00")},
		"close":              {TransactionCategories, "close", "pending", only("4.00")},
		"nothing stays":      {TransactionCategories, "close", "available", only("0.00")},
		"opening, by status": {StatusBalances, "pendingBalance", "open", only("1.00")},
		"close, by status":   {StatusBalances, "pendingBalance", "close", only("4.00")},
		"left":               {StatusBalances, "availableBalance", "immediatelyAvailable", `{"amount": {"value": "-19.47", "currency": "EUR"}, "subtotals": [{"transactionType": "outgoing-transfer", "count": 1, "amount": {"value": "-19.47", "currency": "EUR"}}]}`},
		"none available":     {StatusBalances, "availableBalance", "close", only("0.00")},
	} {
		text, err := json.Marshal(s.Totals(c.of)[c.group][c.part])
		var got, want any
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil || json.Unmarshal([]byte(c.want), &want) != nil {
			t.Fatal(name, err)
		}
		if g, _ := json.Marshal(got); string(g) != mustJSON(t, want) {
			t.Errorf("%s: %s of %s is\n%s, expected\n%s", name, c.part, c.group, g, mustJSON(t, want))
		}
	}
	if sums := s.Totals(TransactionCategories); len(sums) != len(categories)+2 {
		t.Errorf("there are %d groups, expected %d categories, open and close", len(sums), len(categories))
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
