package processor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/bank"
	"sandbank/book"
	"sandbank/instrument"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	. "sandbank/processortest"
	"sandbank/settlement"
	"sandbank/sqlite"
	"sandbank/wire"
)

// day is a thousand payments at the seven banks, from noon until the cut-off and
// the payouts. Nothing in it is left to chance.
type day struct {
	*world
	size int // payments
	ids  []string
}

const (
	inADay   = 1000
	together = 10 // so many customers pay at about the same time
)

func (d *day) payment(n int) {
	d.t.Helper()
	bics := d.bics()
	bic := bics[n%len(bics)]
	currencies := d.banks[bic].temper.Currencies
	wish := Wish()
	wish.Bank, wish.Reference = bic, fmt.Sprintf("order-%d", n)
	wish.Merchant = []string{"demo-shop", "other-shop"}[n%3%2]
	c := currencies[n/7%len(currencies)]
	wish.Amount = money.Of(decimal.New(int64(1000+n*37%90_000), -c.Decimals()), c)
	if n%4 == 0 {
		wish.Capture = payment.CaptureManual
	}
	p, _, err := d.proc.Create(d.ctx, wish)
	d.ok(err)
	d.ids = append(d.ids, p.ID)
	card := Visa
	card.Behavior = map[int]instrument.Behavior{11: instrument.DisputeLost, 23: instrument.DisputeWon}[n%40]
	if card.Behavior == "" {
		card.Behavior = instrument.Neutral
	}
	_, err = d.proc.Pay(d.ctx, p.ID, card, "")
	d.ok(err)
}

func (d *day) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%v", err)
	}
}

func (d *day) operate(p payment.Payment, kind payment.OperationKind, amount money.Amount, final bool) {
	d.t.Helper()
	_, _, err := d.proc.Operate(d.ctx, processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: kind, Amount: amount, Final: final})
	d.ok(err)
}

// follow does what a merchant does about its n-th payment some minutes later: it
// captures in parts, voids, refunds and responds to disputes.
func (d *day) follow(n int) {
	d.t.Helper()
	p := d.world.payment(d.ids[n])
	half := money.Of(p.Amount.Decimal().Div(decimal.NewFromInt(2)).Floor(), p.Amount.Currency())
	switch {
	case p.Status == payment.Authorized && n%16 == 0:
		d.operate(p, payment.OpVoid, money.Amount{}, false)
	case p.Status == payment.Authorized && n%16 == 4:
		d.operate(p, payment.OpCapture, half, true)
	case p.Status == payment.Authorized && n%16 == 8:
		d.operate(p, payment.OpCapture, half, false)
		d.operate(p, payment.OpCapture, money.Amount{}, false)
	case p.Status == payment.Authorized:
		d.operate(p, payment.OpCapture, money.Amount{}, false)
	case p.Status == payment.Captured && len(p.Disputes) > 0:
		evidence := []string{"losing_evidence", "with winning_evidence in it"}[n/40%2]
		_, _, err := d.proc.Respond(d.ctx, p.Merchant, p.Disputes[0].ID, evidence)
		d.ok(err)
	case p.Status == payment.Captured && n%10 == 1:
		d.operate(p, payment.OpRefund, half, false)
	case p.Status == payment.Captured && n%10 == 5:
		d.operate(p, payment.OpRefund, money.Amount{}, false)
	}
}

// run is the whole day. Broken is called in every round, with messages under way,
// and with -1 after the cut-off.
func (d *day) run(broken func(round int)) {
	d.t.Helper()
	for round := range d.size/together + 1 {
		for n := range together {
			if round < d.size/together {
				d.payment(round*together + n)
			}
			if round > 0 {
				d.follow((round-1)*together + n)
			}
		}
		for _, bic := range d.bics() {
			for _, r := range d.take(bic) {
				d.ask(r)
			}
		}
		broken(round)
		d.deliver()
		d.wait(355 * time.Second)
	}
	d.deliver()
	d.wait(Start.Truncate(24 * time.Hour).Add(bank.DefaultCutOff).Sub(d.clock.Now()))
	d.deliver()
	for _, bic := range d.bics() {
		d.cutOff(bic)
	}
	broken(-1)
	d.deliver()
	_, err := d.proc.PayOut(d.ctx, "")
	d.ok(err)
	d.wait(2 * time.Hour)
	d.deliver()
}

// planted finds what is wrong with a bank's batch by the bank's own journal, and
// writes it as "kind reference".
func planted(b *till) (list []string) {
	found := func(kind wire.BreakKind, reference string) { list = append(list, string(kind)+" "+reference) }
	said := map[string]money.Amount{}
	for _, r := range b.journal {
		switch {
		case r.Kind == book.Decided && r.Outcome == payment.OutcomeApproved:
			said[r.Request.ID] = r.Request.Amount
		case r.Kind == book.CutOff:
			for _, id := range r.Withheld {
				found(wire.BreakMissing, id)
			}
			for _, s := range r.Batches {
				seen := map[string]bool{}
				for _, l := range s.Lines {
					amount, known := said[l.Reference]
					switch {
					case !known && l.Kind != wire.LineChargeback:
						found(wire.BreakUnknown, l.Reference)
					case seen[l.Reference]:
						found(wire.BreakTwice, l.Reference)
					case known && !amount.Equal(l.Amount):
						found(wire.BreakWrongAmount, l.Reference)
					case l.Kind == wire.LineCapture && !l.Fee.Equal(wire.BankFee(l.Amount)):
						found(wire.BreakFee, l.Reference)
					}
					seen[l.Reference] = true
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// named are the open breaks of all banks, written likewise.
func (d *day) named() (list []string) {
	d.t.Helper()
	for _, k := range recordsOf[settlement.Break](d.world, processor.RecordFilter{Kind: processor.BreakRecord, Status: string(settlement.BreakOpen)}) {
		list = append(list, string(k.Kind)+" "+k.Reference)
	}
	slices.Sort(list)
	return list
}

// earned is what each merchant is to be paid in each currency, counted from the
// payments alone; left out is the capture that its bank did not list.
func (d *day) earned(leftOut string) map[string]string {
	sums := map[string]decimal.Decimal{}
	for _, id := range d.ids {
		p := d.world.payment(id)
		key := p.Merchant + " " + string(p.Amount.Currency())
		for _, o := range p.Operations {
			amount := o.Amount.Decimal()
			switch {
			case o.Status != payment.OpSucceeded || o.RequestID == leftOut && o.Kind == payment.OpCapture:
			case o.Kind == payment.OpCapture:
				fee := amount.Mul(decimal.RequireFromString("0.014")).Add(decimal.RequireFromString("0.25")).Round(o.Amount.Currency().Decimals())
				sums[key] = sums[key].Add(amount).Sub(decimal.Min(fee, amount))
			case o.Kind == payment.OpRefund:
				sums[key] = sums[key].Sub(amount)
			}
		}
		for _, one := range p.Disputes {
			if sums[key] = sums[key].Sub(decimal.NewFromInt(15)); one.Status == payment.DisputeLost {
				sums[key] = sums[key].Sub(one.Amount.Decimal())
			}
		}
	}
	out := map[string]string{}
	for key, sum := range sums {
		if sum.IsPositive() {
			out[key] = sum.String()
		}
	}
	return out
}

func (d *day) paid() map[string]string {
	out := map[string]string{}
	for _, p := range recordsOf[settlement.Payout](d.world, processor.RecordFilter{Kind: processor.PayoutRecord}) {
		if p.Status != settlement.Paid {
			d.t.Errorf("payout %s is %s", p.ID, p.Status)
		}
		out[p.Merchant+" "+string(p.Amount.Currency())] += p.Amount.Decimal().String()
	}
	return out
}

// outcome is all that a day came to, in one text.
func (d *day) outcome() string {
	d.t.Helper()
	balances, err := d.store.Balances(d.ctx)
	d.ok(err)
	var b strings.Builder
	for _, one := range balances {
		fmt.Fprintln(&b, one.Account, one.Currency, one.Debits, one.Credits)
	}
	for _, id := range d.ids {
		p := d.world.payment(id)
		fmt.Fprintln(&b, p.Reference, p.Status, p.Captured(), p.Refunded(), p.ChargedBack(), len(p.Operations), len(p.Disputes))
	}
	fmt.Fprintln(&b, len(d.named()), d.paid())
	return b.String()
}

func wholeDay(t *testing.T, size int, broken func(d *day, round int)) *day {
	t.Helper()
	store, err := sqlite.Open(t.Context(), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &day{world: newWorld(t, t.Context(), store, bank.Seven()...), size: size}
	d.run(func(n int) { broken(d, n) })
	d.end()
	d.holds()
	d.agree(true)
	return d
}

// A day of a thousand payments: reconciliation names the five breaks that the
// bank which miscounts made, one of each kind, and nothing else; everything else
// is settled and paid out to the cent.
func TestDay_AThousandPaymentsAddUp(t *testing.T) {
	d := wholeDay(t, inADay, func(*day, int) {})
	miscount := d.banks["MISCBE2A"]
	want := planted(miscount)
	if got := d.named(); len(want) != 5 || !slices.Equal(got, want) {
		t.Errorf("named are %v, planted %v", got, want)
	}
	kinds, leftOut := map[string]bool{}, ""
	for _, w := range want {
		kind, reference, _ := strings.Cut(w, " ")
		if kinds[kind] = true; kind == string(wire.BreakMissing) {
			leftOut = reference
		}
	}
	if len(kinds) != len(wire.BreakKinds()) {
		t.Errorf("the kinds are %v", kinds)
	}
	for _, s := range recordsOf[settlement.Settlement](d.world, processor.RecordFilter{Kind: processor.SettlementRecord}) {
		if broken := s.Bank == "MISCBE2A"; broken != (s.Status == settlement.Broken) || !broken && s.Status != settlement.Matched {
			t.Errorf("the settlement of %s in %s is %s with %d breaks", s.Bank, s.Currency, s.Status, s.Breaks)
		}
	}
	if got, want := fmt.Sprint(d.paid()), fmt.Sprint(d.earned(leftOut)); got != want || len(d.paid()) < 5 {
		t.Errorf("paid out were %s, earned %s", got, want)
	}
	seen := map[payment.Status]int{}
	disputes := map[payment.DisputeStatus]int{}
	for _, id := range d.ids {
		p := d.world.payment(id)
		seen[p.Status]++
		for _, one := range p.Disputes {
			disputes[one.Status]++
		}
	}
	if len(d.ids) != inADay || seen[payment.Captured] < 500 || seen[payment.Voided] < 20 || seen[payment.Failed] < 100 || disputes[payment.DisputeLost] < 3 || disputes[payment.DisputeWon] < 10 {
		t.Errorf("the day was too quiet: %v, disputes %v", seen, disputes)
	}
	if _, ok := d.paid()["demo-shop JPY"]; !ok {
		t.Errorf("nobody was paid in yen: %v", d.paid())
	}
}

// Whoever is killed in the middle of a day, the processor or a bank, comes back
// from what it had written, and the day comes to the same.
func TestDay_KillsChangeNothing(t *testing.T) {
	const size = inADay / 4
	quiet := wholeDay(t, size, func(*day, int) {}).outcome()
	sameDay(t, quiet, wholeDay(t, size, func(d *day, n int) {
		if n%5 == 2 || n < 0 {
			d.restart()
		}
		if n%5 == 4 || n < 0 {
			for _, bic := range d.bics() {
				d.banks[bic].restart()
			}
		}
	}).outcome())
}

// sameDay fails the test at the first line in which two outcomes differ.
func sameDay(t *testing.T, quiet, killed string) {
	t.Helper()
	if quiet != killed {
		a, b := strings.Split(quiet, "\n"), strings.Split(killed, "\n")
		for i := range a {
			if i < len(b) && a[i] != b[i] {
				t.Fatalf("the day with kills came to\n%s\nand not to\n%s", b[i], a[i])
			}
		}
		t.Fatal("the days differ")
	}
}
