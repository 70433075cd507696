package settlement

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/ledger"
	"sandbank/money"
)

// payable is an item of m1 that can be paid out.
func payable(kind ItemKind, id, bank, amount, fee string) Item {
	return Item{
		ID: id, Kind: kind, Merchant: "m1", Bank: bank, Amount: money.Must(amount, "EUR"), MerchantFee: money.Must(fee, "EUR"),
		BankFee: money.Must("0.00", "EUR"), State: ItemSettled,
	}
}

func TestPayOut_AddsUp(t *testing.T) {
	other, waiting, paidBefore := payable(ItemCapture, "x1", "SANDNL2A", "7.00", "0.00"), payable(ItemCapture, "x2", "SANDNL2A", "7.00", "0.00"), payable(ItemCapture, "x3", "SANDNL2A", "7.00", "0.00")
	other.Merchant, waiting.State, paidBefore.Payout = "m2", ItemOpen, "po_0"
	items := []Item{
		payable(ItemCapture, "i1", "SANDNL2A", "20.00", "0.53"), payable(ItemCapture, "i2", "SLOWDE2A", "5.00", "0.32"),
		payable(ItemRefundReserved, "i3", "SLOWDE2A", "6.00", "0.00"), payable(ItemRefundReleased, "i4", "SLOWDE2A", "1.00", "0.00"),
		payable(ItemDisputeHeld, "i5", "SANDNL2A", "3.00", "1.50"), payable(ItemDisputeReturned, "i6", "SANDNL2A", "3.00", "0.00"),
		other, waiting, paidBefore,
	}
	p, paid, ok := PayOut("po_1", items, noon, noon.Add(time.Hour))
	if !ok || len(paid) != 6 || p.Items != 6 {
		t.Fatalf("%t, %d items: %+v", ok, len(paid), p)
	}
	got := fmt.Sprint(p.Amount, p.Captured, p.Refunded, p.Disputed, p.Fees)
	if want := "17.65 EUR 25.00 EUR 5.00 EUR 0.00 EUR 2.35 EUR"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(p.Shares), "[{SANDNL2A 17.97 EUR} {SLOWDE2A -0.32 EUR}]"; got != want {
		t.Errorf("shares %s, want %s", got, want)
	}
	for _, i := range paid {
		if i.Payout != "po_1" || i.Merchant != "m1" {
			t.Errorf("paid is %+v", i)
		}
	}
	if items[0].Payout != "" {
		t.Error("an item was changed where it was handed in")
	}
}

func TestPayOut_WaitsForBetterDays(t *testing.T) {
	for name, items := range map[string][]Item{
		"none":     nil,
		"negative": {payable(ItemCapture, "i1", "SANDNL2A", "5.00", "0.32"), payable(ItemRefundReserved, "i2", "SANDNL2A", "5.00", "0.00")},
		"nothing":  {payable(ItemRefundReserved, "i1", "SANDNL2A", "5.00", "0.00"), payable(ItemRefundReleased, "i2", "SANDNL2A", "5.00", "0.00")},
	} {
		if p, paid, ok := PayOut("po_1", items, noon, noon); ok || len(paid) > 0 {
			t.Errorf("paid out items whose sum is %s: want no payout, got %+v with %d items", name, p, len(paid))
		}
	}
}

// For every payout, the entries balance, the shares add up to the sum, and the
// sum is the captures less refunds, disputes and fees.
func TestPayOut_AlwaysBalances(t *testing.T) {
	kinds := []ItemKind{ItemCapture, ItemCapture, ItemRefund, ItemChargeback, ItemRefundReserved, ItemRefundReleased, ItemDisputeHeld, ItemDisputeReturned}
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for n := range rapid.IntRange(1, 12).Draw(t, "items") {
			amount := rapid.IntRange(2, 500).Draw(t, "amount")
			items = append(items, payable(rapid.SampledFrom(kinds).Draw(t, "kind"), fmt.Sprint("i", n), rapid.SampledFrom([]string{"SANDNL2A", "SLOWDE2A", "NAYSFR2A"}).Draw(t, "bank"),
				fmt.Sprintf("%d.00", amount), fmt.Sprintf("%d.00", rapid.IntRange(0, amount-1).Draw(t, "fee"))))
			if k := items[n].Kind; k != ItemCapture && k != ItemDisputeHeld {
				items[n].MerchantFee = money.Must("0.00", "EUR")
			}
		}
		p, _, ok := PayOut("po_1", items, noon, noon)
		if !ok {
			return
		}
		sum := money.Zero("EUR")
		for _, s := range p.Shares {
			sum = sum.Add(s.Amount.Amount)
		}
		if rest := p.Captured.Sub(p.Refunded.Amount).Sub(p.Disputed.Amount).Sub(p.Fees); !sum.Equal(p.Amount) || !rest.Equal(p.Amount) {
			t.Fatalf("%s, shares of %s, parts of %s", p.Amount, sum, rest)
		}
		about := ledger.Subject{EntryID: "ent", Of: p.ID, At: noon}
		for _, e := range []ledger.Entry{ledger.Payout(about, p.Merchant, p.Amount), ledger.PayoutPaid(about, p.Amount, p.Shares)} {
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
