package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/money"
)

// drawAmount draws an amount of a currency, from the smallest on.
func drawAmount(t *rapid.T, c money.Currency) money.Amount {
	return money.Of(decimal.New(rapid.Int64Range(1, 999_999_999).Draw(t, "minor units"), -c.Decimals()), c)
}

// Every booking balances and has the subject that its key names, whatever the
// amounts.
func TestBookings_AlwaysBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"JPY", "EUR", "BHD"}).Draw(t, "currency")
		amount, fee := drawAmount(t, c), money.Of(StandardSchedule.Dispute, c)
		if rapid.Bool().Draw(t, "free") {
			fee = money.Zero(c)
		}
		s := Subject{EntryID: "ent_1", Of: "x_1", Payment: "pay_1", At: noon}
		effect := amount
		if rapid.Bool().Draw(t, "negative") {
			effect = amount.Neg()
		}
		writtenOff, _ := WriteOff(s, "SANDNL2A", effect.Net())
		for key, e := range map[string]Entry{
			"capture:x_1": Capture(s, "SANDNL2A", "m1", amount, StandardFee.Of(amount)), "refund.reserved:x_1": ReserveRefund(s, "m1", amount),
			"refund:x_1": Refund(s, "SANDNL2A", amount), "refund.released:x_1": ReleaseRefund(s, "m1", amount),
			"dispute.opened:x_1": OpenDispute(s, "m1", amount, fee), "dispute.won:x_1": WinDispute(s, "m1", amount),
			"dispute.lost:x_1": LoseDispute(s, "SANDNL2A", amount), "break.written_off:x_1": writtenOff, "payout:x_1": Payout(s, "m1", amount),
		} {
			if err := e.Check(); err != nil || e.Key != key || e.Payment != "pay_1" || !e.At.Equal(noon) || e.Description == "" {
				t.Fatalf("booked %s: want a balanced entry with key and words, got %+v: %v", key, e, err)
			}
		}
	})
}

// To open and close something again leaves only the fee behind.
func TestBookings_CloseWhatTheyOpened(t *testing.T) {
	a, fee := money.Must("20.00", "EUR"), money.Must("15.00", "EUR")
	s := Subject{EntryID: "ent", Of: "x", At: noon}
	for name, c := range map[string]struct {
		entries []Entry
		want    map[Account]string
	}{
		"a refund":      {[]Entry{ReserveRefund(s, "m", a), Refund(s, "B", a)}, map[Account]string{MerchantPayable("m"): "20", BankReceivable("B"): "-20"}},
		"none":          {[]Entry{ReserveRefund(s, "m", a), ReleaseRefund(s, "m", a)}, nil},
		"a lost one":    {[]Entry{OpenDispute(s, "m", a, fee), LoseDispute(s, "B", a)}, map[Account]string{MerchantPayable("m"): "35", BankReceivable("B"): "-20", Fees: "-15"}},
		"a won one":     {[]Entry{OpenDispute(s, "m", a, fee), WinDispute(s, "m", a)}, map[Account]string{MerchantPayable("m"): "15", Fees: "-15"}},
		"a payout":      {[]Entry{Payout(s, "m", a), PayoutPaid(s, a, []Share{{"B", a.Net()}})}, map[Account]string{MerchantPayable("m"): "20", BankCash("B"): "-20"}},
		"one of shares": {[]Entry{PayoutPaid(s, a, []Share{{"B", money.Must("25.00", "EUR").Net()}, {"C", money.Must("5.00", "EUR").Neg().Net()}})}, map[Account]string{PayoutsInFlight: "20", BankCash("B"): "-25", BankCash("C"): "5"}},
	} {
		fold := Fold{}
		for _, e := range c.entries {
			if err := e.Check(); err != nil {
				t.Errorf("booked %s: want balanced entries, got %v", name, err)
			}
			fold.Add(e)
		}
		for _, b := range fold.Balances() {
			want := c.want[b.Account]
			if want == "" {
				want = "0"
			}
			if got := b.Net().String(); got != want {
				t.Errorf("%s: %s holds %s, not %s", name, b.Account, got, want)
			}
			delete(c.want, b.Account)
		}
		for account := range c.want {
			t.Errorf("%s: nothing is booked on %s", name, account)
		}
	}
}

func TestSettle_OfNothingIsNoEntry(t *testing.T) {
	zero := money.Zero("EUR")
	s := Subject{EntryID: "ent", Of: "x", At: noon}
	if e, ok := Settle(s, "B", Sums{BankCash("B"): zero}); ok {
		t.Errorf("settled nothing: want no entry, got %+v", e)
	}
	if e, ok := WriteOff(s, "B", zero.Net()); ok {
		t.Errorf("wrote off nothing: want no entry, got %+v", e)
	}
	sums := Sums{}
	sums.Add(BankCash("B"), money.Must("1.00", "EUR"))
	sums.Add(BankCash("B"), money.Must("2.00", "EUR"))
	sums.Add(Breaks("B"), money.Must("3.00", "EUR").Neg())
	if e, ok := Settle(s, "B", sums); !ok || e.Check() != nil || len(e.Postings) != 2 || e.Postings[0].Amount.Value() != "3.00" {
		t.Errorf("settled two sums of one account: want one posting of 3.00 for both, got %+v", e)
	}
}

func TestAccount_KnowsItsOwner(t *testing.T) {
	for account, want := range map[Account]string{
		BankReceivable("B"): "bank B", Breaks("B"): "bank B", MerchantPayable("m"): "merchant m", Fees: " ", RefundsInFlight: " ", "customer:x:held": " ", "bank:B": " ",
	} {
		if kind, id := account.Owner(); kind+" "+id != want {
			t.Errorf("%s is of %q %q", account, kind, id)
		}
	}
}

func TestHold_ChecksItself(t *testing.T) {
	for name, c := range map[string]struct {
		status           HoldStatus
		posted, resolved bool
		over             bool
		ok               bool
	}{
		"pending": {HoldPending, false, false, false, true}, "pending in part": {HoldPending, true, false, false, true}, "posted": {HoldPosted, true, true, false, true},
		"voided": {HoldVoided, false, true, false, true}, "posted with nothing": {HoldPosted, false, true, false, false}, "voided with some": {HoldVoided, true, true, false, false},
		"pending and resolved": {HoldPending, false, true, false, false}, "posted and not resolved": {HoldPosted, true, false, false, false}, "more than there is": {HoldPosted, true, true, true, false},
	} {
		h := Hold{ID: "hold_1", Amount: money.Must("20.00", "EUR"), Posted: money.Zero("EUR"), Status: c.status, At: noon}
		if c.posted {
			h.Posted = money.Must("5.00", "EUR")
		}
		if c.over {
			h.Posted = money.Must("20.01", "EUR")
		}
		if c.resolved {
			h.ResolvedAt = noon.Add(time.Second)
		}
		if err := h.Check(); (err == nil) != c.ok {
			t.Errorf("checked a hold that is %s: want it accepted %t, got %v", name, c.ok, err)
		}
	}
}

func TestFee_IsReadRoundedAndBounded(t *testing.T) {
	for _, c := range []struct {
		fee, amount string
		currency    money.Currency
		want        string
	}{
		{"1.4%+0.25", "19.99", "EUR", "0.53"}, {"1.4%+0.25", "0.10", "EUR", "0.10"}, {"1.4%+0.25", "2000", "JPY", "28"}, {"1.4%+0.25", "20.005", "BHD", "0.530"},
		{"0%+0", "19.99", "EUR", "0.00"}, {"100%+1", "5.00", "EUR", "5.00"}, {"0.5%+0", "1.00", "EUR", "0.01"},
	} {
		f, err := ParseFee(c.fee)
		if err != nil || f.String() != c.fee {
			t.Errorf("%s is read as %s, %v", c.fee, f, err)
		}
		if got := f.Of(money.Must(c.amount, c.currency)).Value(); got != c.want {
			t.Errorf("%s of %s is %s, not %s", c.fee, c.amount, got, c.want)
		}
	}
	for _, bad := range []string{"", "1.4", "1.4%", "1.4%0.25", "-1%+0", "1%+-1", "101%+0", "1e2%+0", "x%+0", "1%+x", fmt.Sprintf("1%%+%021d", 0)} {
		if f, err := ParseFee(bad); err == nil {
			t.Errorf("%q is read as %s", bad, f)
		}
	}
	s := Schedule{Standard: StandardFee, Merchants: map[string]Fee{"m": {}}, Dispute: decimal.NewFromInt(15)}
	if a := money.Must("10.00", "EUR"); !s.Capture("m", a).IsZero() || s.Capture("n", a).Value() != "0.39" || s.OfDispute("JPY").Value() != "15" {
		t.Errorf("fees: want 0 for m, 0.39 for n, and 15 of a dispute in JPY, got %s, %s, %s", s.Capture("m", a), s.Capture("n", a), s.OfDispute("JPY"))
	}
}
