package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/identity"
	. "sandbank/internal/processortest"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

const (
	together = 48 // customers that pay at a time
	// silence is how long a bank may take, which is more than a broker needs to start again on any computer.
	silence = 10 * time.Minute
	// theDay are commands to the banks that leave nothing to chance and make the
	// day short.
	theDay = `
banks:
  - {identifier: SLOWDE2A, delay: {min: 200ms, max: 800ms}}
  - {identifier: FLAKGB2A, declines: 0, delay: {min: 0s, max: 500ms}}
`
)

// day is a day at the seven banks: a day's payments as they were planned, on
// two processors, two processes of banks, RabbitMQ and PostgreSQL.
type day struct {
	*world
	processors [2]*process
	bases      [2]string
	banks      [2]*process
	files      string                       // where the banks deliver
	shops      [2]map[string]*client.Client // by merchant
	ids        [inADay]string
	done       atomic.Int64
}

func newDay(t *testing.T) *day {
	d := &day{world: newWorld(t), files: t.TempDir()}
	config := filepath.Join(t.TempDir(), "banks.yaml")
	if err := os.WriteFile(config, []byte(theDay), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range d.processors {
		d.processors[i], d.bases[i] = d.processor("--payout-at", "off", "--payout-transit", "1s", "--bank-timeout", silence.String())
		d.awaitUp(d.bases[i])
	}
	for i, bics := range [][]string{{"SANDNL2A", "SLOWDE2A", "NAYSFR2A", "MISCBE2A"}, {"CHALES2A", "MUTEIE2A", "FLAKGB2A"}} {
		args := []string{
			"--quiet", "--seed", "7", "--amqp-url", d.rabbit.URL(), "--page-addr", d.address(), "--config", config,
			"--data", filepath.Join(t.TempDir(), "book"), "--files", d.files,
		}
		for _, bic := range bics {
			args = append(args, "--banks", bic)
		}
		d.banks[i] = d.run("bank", args...)
	}
	for i, base := range d.bases {
		d.awaitReady(base)
		d.awaitBanks(base, len(bank.Seven()))
		d.shops[i] = map[string]*client.Client{"demo-shop": d.as(identity.DemoShop, base), "other-shop": d.as(identity.OtherShop, base)}
	}
	d.open()
	return d
}

func again(p *process) func() { return func() { p.kill(); p.start() } }

// crash ends a server as a power cut would, and starts it again.
func (d *day) crash(server interface {
	Kill() error
	Restart(context.Context) error
},
) func() {
	return func() {
		if err := errors.Join(server.Kill(), server.Restart(d.Context())); err != nil {
			d.Error(err)
		}
	}
}

// A day's money on real engines, all payments at seven banks: declines, silence,
// challenges, voids, partial captures, refunds, disputes, a cut-off with five
// breaks, payouts. Everything is killed with kill -9 in the middle of it, at every
// stage, and the results are as planned: the same five breaks, every merchant paid
// to the cent, and all books agree.
func TestDay_OutlivesEveryKill(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.live(map[int64]func(){
		inADay * 12 / 100: again(d.processors[0]),
		inADay * 26 / 100: again(d.banks[0]),
		inADay * 42 / 100: d.crash(d.postgres),
		inADay * 56 / 100: d.crash(d.rabbit),
		inADay * 70 / 100: again(d.banks[1]),
		inADay * 84 / 100: again(d.processors[1]),
	})
	d.asPlanned()
	breaks := d.cutOff()
	d.paidOut(breaks)
	d.delivered()
	d.settled()
}

// live lets all customers pay, and their merchants carry out their plans. A
// disturbance happens once a number of payments is done.
func (d *day) live(disturbances map[int64]func()) {
	d.Helper()
	next, faults := make(chan int), make(chan error, inADay)
	var customers, beside sync.WaitGroup
	for range together {
		customers.Go(func() {
			for n := range next {
				if err := d.visit(d.Context(), n); err != nil {
					faults <- fmt.Errorf("payment %d: %w", n, err)
				}
				if f, ok := disturbances[d.done.Add(1)]; ok {
					beside.Go(f)
				}
			}
		})
	}
	for n := range inADay {
		next <- n
	}
	close(next)
	customers.Wait()
	beside.Wait()
	close(faults)
	for err := range faults {
		d.Error(err)
	}
	if d.Failed() {
		d.FailNow()
	}
}

// visit is one payment from end to end.
func (d *day) visit(ctx context.Context, n int) error {
	plan := PlanOf(n, bank.Seven())
	shop := d.shops[n%2][plan.Merchant]
	wish := client.NewPayment{Amount: plan.Amount, Reference: plan.Reference, ReturnURL: "https://shop.example/back", Bank: plan.Bank}
	if plan.Manual {
		wish.Capture = "manual"
	}
	made, err := shop.CreatePayment(ctx, wish, client.IdempotencyKey(plan.Reference))
	if err != nil {
		return err
	}
	d.ids[n] = made.ID
	if err := d.pay(ctx, made, plan, 1); err != nil {
		return err
	}
	switch plan.Bank {
	case "MUTEIE2A":
		return nil
	case "NAYSFR2A":
		return errors.Join(d.pay(ctx, made, plan, 2), d.pay(ctx, made, plan, 3))
	case "CHALES2A":
		if err := d.confirm(ctx, made.ID, !refuses(plan)); err != nil || !refuses(plan) {
			return errors.Join(err, d.follow(ctx, shop, made.ID, plan))
		}
		_, err := shop.Cancel(ctx, made.ID)
		return err
	}
	return d.follow(ctx, shop, made.ID, plan)
}

// refuses reports whether the customer says no on the bank's page, and leaves.
func refuses(plan Planned) bool { return plan.Bank == "CHALES2A" && plan.Number/7%4 == 3 }

// sees waits until what is stored of a payment satisfies.
func (d *day) sees(ctx context.Context, id, what string, satisfied func(payment.Payment) bool) (p payment.Payment, err error) {
	err = until(ctx, id+" "+what, func(ctx context.Context) (err error) {
		if p, err = d.store.Payment(ctx, id); err == nil && !satisfied(p) {
			err = fmt.Errorf("it is %s with %d attempts, operations %+v, disputes %+v", p.Status, len(p.Attempts), p.Operations, p.Disputes)
		}
		return err
	})
	return p, err
}

// pay is a customer's number-th try, and awaits its result; a silent bank is
// not waited for.
func (d *day) pay(ctx context.Context, p client.Payment, plan Planned, number int) error {
	err := until(ctx, "the customer pays "+p.Reference, func(ctx context.Context) error {
		if now, err := d.store.Payment(ctx, p.ID); err != nil || len(now.Attempts) >= number {
			return err
		}
		return errors.Join(d.checkOut(ctx, p.CheckoutURL, plan.Card.Number, number), errors.New("the attempt is not there yet"))
	})
	if err != nil || plan.Bank == "MUTEIE2A" {
		return err
	}
	_, err = d.sees(ctx, p.ID, "has an answer", func(p payment.Payment) bool { return p.Status != payment.Processing })
	return err
}

// confirm answers on the bank's page.
func (d *day) confirm(ctx context.Context, id string, yes bool) error {
	answer := url.Values{"answer": {map[bool]string{true: "approve", false: "decline"}[yes]}}
	return until(ctx, "the customer of "+id+" answers the bank", func(ctx context.Context) error {
		p, err := d.store.Payment(ctx, id)
		if err != nil || p.Status != payment.ActionRequired {
			return err
		}
		said, _, err := d.browse(ctx, http.MethodPost, p.Last().ChallengeURL, "no=cookie", answer)
		if err == nil && said.StatusCode >= 400 {
			err = errors.New(said.Status)
		}
		return errors.Join(err, errors.New("the bank's word is not there yet"))
	})
}

// follow carries out the merchant's plan, step by step.
func (d *day) follow(ctx context.Context, shop *client.Client, id string, plan Planned) error {
	key := func(what string) client.IdempotencyKey { return client.IdempotencyKey(plan.Reference + "-" + what) }
	half := client.NewOperation{Amount: &plan.Half, Final: plan.Then == CapturePart}
	var err error
	switch plan.Then {
	case Leave:
		return nil
	case Void:
		_, err = shop.Void(ctx, id, key("void"))
	case CapturePart:
		_, err = shop.Capture(ctx, id, half, key("half"))
	case CaptureTwice:
		if _, err = shop.Capture(ctx, id, half, key("half")); err == nil {
			_, err = shop.Capture(ctx, id, client.NewOperation{}, key("rest"))
		}
	case Capture:
		_, err = shop.Capture(ctx, id, client.NewOperation{}, key("capture"))
	case RefundPart:
		_, err = shop.Refund(ctx, id, half, key("half"))
	case Refund:
		_, err = shop.Refund(ctx, id, client.NewOperation{}, key("refund"))
	case Respond:
		return d.respond(ctx, shop, id, plan)
	}
	if err != nil {
		return err
	}
	_, err = d.sees(ctx, id, "has its operations decided", func(p payment.Payment) bool {
		for _, o := range p.Operations {
			if o.Status == payment.OpPending {
				return false
			}
		}
		return true
	})
	return err
}

// respond hands the evidence in once the customer disputes, and waits for the end.
func (d *day) respond(ctx context.Context, shop *client.Client, id string, plan Planned) error {
	p, err := d.sees(ctx, id, "is disputed", func(p payment.Payment) bool { return len(p.Disputes) > 0 })
	if err != nil {
		return err
	}
	err = until(ctx, "the evidence is taken", func(ctx context.Context) error {
		now, err := d.store.Payment(ctx, id)
		if err != nil || now.Disputes[0].Status != payment.DisputeNeedsResponse {
			return err
		}
		return shop.Respond(ctx, p.Disputes[0].ID, plan.Evidence)
	})
	if err != nil {
		return err
	}
	_, err = d.sees(ctx, id, "has its dispute decided", func(p payment.Payment) bool { return p.Disputes[0].Status.Final() })
	return err
}

// outcome is the planned result of a payment, in spite of all kills: status,
// captured, refunded, charged back.
func outcome(plan Planned) string {
	none := money.Zero(plan.Amount.Currency())
	say := func(s payment.Status, captured, refunded, lost money.Amount) string {
		return fmt.Sprintln(s, captured, refunded, lost)
	}
	switch {
	case plan.Bank == "NAYSFR2A":
		return say(payment.Declined, none, none, none)
	case plan.Bank == "MUTEIE2A":
		return say(payment.Failed, none, none, none)
	case refuses(plan):
		return say(payment.Canceled, none, none, none)
	}
	switch plan.Then {
	case Void:
		return say(payment.Voided, none, none, none)
	case CapturePart:
		return say(payment.Captured, plan.Half, none, none)
	case RefundPart:
		return say(payment.Captured, plan.Amount, plan.Half, none)
	case Refund:
		return say(payment.Captured, plan.Amount, plan.Amount, none)
	case Respond:
		if plan.Card.Behavior == instrument.DisputeLost && plan.Evidence == "losing evidence" {
			return say(payment.Captured, plan.Amount, none, plan.Amount)
		}
	case Leave, Capture, CaptureTwice:
	}
	return say(payment.Captured, plan.Amount, none, none)
}

// asPlanned lets the time of the bank that answers nothing run out, and holds
// every payment to its plan.
func (d *day) asPlanned() {
	d.Helper()
	d.pass(d.bases[0], silence)
	d.settled()
	seen := map[payment.Status]int{}
	for n, id := range d.ids {
		p, err := d.store.Payment(d.Context(), id)
		if err != nil {
			d.Fatal(err)
		}
		plan := PlanOf(n, bank.Seven())
		if got, want := fmt.Sprintln(p.Status, p.Captured(), p.Refunded(), p.ChargedBack()), outcome(plan); got != want {
			d.Errorf("payment %d at %s, %q, came to %s, planned was %s: %+v", n, plan.Bank, plan.Then, got, want, p)
		}
		seen[p.Status]++
	}
	d.Logf("the day: %v", seen)
}
