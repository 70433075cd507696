package processor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/sqlite"
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
	together = 10 // customers that pay at about the same time
)

func (d *day) plan(n int) Planned {
	var tempers []bank.Temper
	for _, bic := range d.bics() {
		tempers = append(tempers, d.banks[bic].temper)
	}
	return PlanOf(n, tempers)
}

func (d *day) payment(n int) {
	d.t.Helper()
	plan, wish := d.plan(n), Wish()
	wish.Bank, wish.Merchant, wish.Reference, wish.Amount = plan.Bank, plan.Merchant, plan.Reference, plan.Amount
	if plan.Manual {
		wish.Capture = payment.CaptureManual
	}
	p, _, err := d.proc.Create(d.ctx, wish)
	d.ok(err)
	d.ids = append(d.ids, p.ID)
	card := Visa
	card.Behavior = plan.Card.Behavior
	_, err = d.proc.Pay(d.ctx, p.ID, card, "")
	d.ok(err)
}

func (d *day) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("a step of the day failed: %v", err)
	}
}

func (d *day) operate(p payment.Payment, kind payment.OperationKind, amount money.Amount, final bool) {
	d.t.Helper()
	_, _, err := d.proc.Operate(d.ctx, processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: kind, Amount: amount, Final: final})
	d.ok(err)
}

// follow carries out the merchant's plan for its n-th payment some minutes
// later: it captures in parts, voids, refunds and responds to disputes.
func (d *day) follow(n int) {
	d.t.Helper()
	p, plan := d.world.payment(d.ids[n]), d.plan(n)
	switch {
	case p.Status != payment.Authorized && (p.Status != payment.Captured || plan.Manual):
	case plan.Then == Void:
		d.operate(p, payment.OpVoid, money.Amount{}, false)
	case plan.Then == CapturePart:
		d.operate(p, payment.OpCapture, plan.Half, true)
	case plan.Then == CaptureTwice:
		d.operate(p, payment.OpCapture, plan.Half, false)
		d.operate(p, payment.OpCapture, money.Amount{}, false)
	case plan.Then == Capture:
		d.operate(p, payment.OpCapture, money.Amount{}, false)
	case plan.Then == RefundPart:
		d.operate(p, payment.OpRefund, plan.Half, false)
	case plan.Then == Refund:
		d.operate(p, payment.OpRefund, money.Amount{}, false)
	case plan.Then == Respond && len(p.Disputes) > 0:
		_, _, err := d.proc.Respond(d.ctx, processor.Only(p.Merchant), p.Disputes[0].ID, plan.Evidence)
		d.ok(err)
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
	_, err := d.proc.PayOut(d.ctx, processor.Everyone())
	d.ok(err)
	d.wait(2 * time.Hour)
	d.deliver()
}

// planted finds the mistakes in a bank's batch by the bank's own journal, and
// writes each as "kind reference".
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

// earned is the merchants' due, but for the capture that its bank left out.
func (d *day) earned(leftOut string) map[string]string {
	var list []payment.Payment
	for _, id := range d.ids {
		list = append(list, d.world.payment(id))
	}
	return Earned(list, leftOut)
}

func (d *day) paid() map[string]string {
	out := map[string]string{}
	for _, p := range recordsOf[settlement.Payout](d.world, processor.RecordFilter{Kind: processor.PayoutRecord}) {
		if p.Status != settlement.PayoutPaid {
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
	store, err := sqlite.Open(t.Context(), "")
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

// A processor or a bank that is killed in the middle of the day restarts from
// its store, and the day ends with the same sums.
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
