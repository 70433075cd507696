package sandbanktest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/sandbanktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStart_APaymentFromEndToEnd(t *testing.T) {
	t.Parallel()
	sb := sandbanktest.Start(t)
	p := sb.Create("19.99", "EUR", "order-1")
	sb.Pay(p, "4242424242424242")
	sb.ExpectStatus(p, client.Captured)
	sb.ExpectEvents(p, "payment.processing", "payment.captured")
	lost := sb.Create("5.00", "EUR", "order-2")
	sb.Clock.Advance("24h")
	sb.ExpectStatus(lost, client.Abandoned)
	sb.ExpectSilence(lost)
}

func TestStart_TakesOptions(t *testing.T) {
	t.Parallel()
	noon := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	sb := sandbanktest.Start(t, sandbanktest.Seed(7), sandbanktest.At(noon))
	if now := sb.Clock.Now(); !now.Equal(noon) {
		t.Errorf("time begins at %s, expected %s", now, noon)
	}
	p := sb.CreateWith(client.NewPayment{Amount: money.Must("90.00", "EUR"), Reference: "reserved", ReturnURL: "https://shop.example/", Capture: "manual", Bank: "SLOWDE2A"})
	sb.Act(p, client.Act{Action: "pay"})
	sb.ExpectStatus(p, client.Processing)
	sb.Clock.AdvanceToNext()
	sb.ExpectStatus(p, client.Authorized)
	sb.Clock.AdvanceTo(noon.Add(8 * 24 * time.Hour))
	sb.ExpectStatus(p, client.Voided)
}

// Fifty live side by side, each with its own payments, and all end.
func TestStart_FiftySideBySide(t *testing.T) {
	t.Parallel()
	var list []*sandbanktest.Sandbank
	seen := map[string]bool{}
	for n := range 50 {
		sb := sandbanktest.Start(t, sandbanktest.Seed(uint64(n+1)))
		list, seen[sb.URL] = append(list, sb), true
	}
	var all sync.WaitGroup
	wrong := make(chan error, len(list))
	few := make(chan struct{}, 4) // at a time, since the machine may be busy
	for n, sb := range list {
		all.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			p, err := sb.Client.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("1.00", "EUR"), Reference: fmt.Sprint("order-", n), ReturnURL: "https://shop.example/"}, "")
			if err == nil {
				_, err = sb.Client.Act(t.Context(), p.ID, client.Act{Action: "pay"})
			}
			wrong <- err
		})
	}
	all.Wait()
	for n, sb := range list {
		if err := <-wrong; err != nil {
			t.Error("one of the payments: ", err)
		}
		page, err := sb.Client.Payments(t.Context(), client.Filter{})
		if err != nil || len(page.Data) != 1 || page.Data[0].Reference != fmt.Sprint("order-", n) {
			t.Fatalf("Sandbank %d has the payments %+v, expected its own: %v", n, page.Data, err)
		}
		sb.ExpectStatus(page.Data[0], client.Captured)
	}
	if len(seen) != len(list) {
		t.Errorf("%d Sandbanks have %d addresses", len(list), len(seen))
	}
}

func TestRun_AScenarioInATest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "paid.yaml")
	body := "name: Paid\nmatrix: {way: [pay, submit_twice]}\nsteps:\n  - create: {amount: 2.00 EUR, bank: SANDNL2A}\n  - customer: ${way}\n  - expect: {status: captured, events: payment.captured, balances: {'bank:SANDNL2A:receivable': 2.00 EUR}}\n"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	sb := sandbanktest.Start(t)
	sb.Pay(sb.Create("5.00", "EUR", "before"), "4242424242424242")
	sb.Run(file)
	sandbanktest.Run(t, file)
}

// witness is a test that is watched: what it says is kept, and where it would end, it goes on.
type witness struct {
	testing.TB
	ends []func()
	said strings.Builder
	bad  bool
}

func (w *witness) Helper()                   {}
func (w *witness) Context() context.Context  { return w.TB.Context() }
func (w *witness) Cleanup(f func())          { w.ends = append(w.ends, f) }
func (w *witness) Failed() bool              { return w.bad }
func (w *witness) Log(args ...any)           { fmt.Fprintln(&w.said, args...) }
func (w *witness) Errorf(f string, a ...any) { w.bad = true; fmt.Fprintf(&w.said, f+"\n", a...) }
func (w *witness) Error(args ...any)         { w.bad = true; fmt.Fprintln(&w.said, args...) }

func TestStart_AFailureShowsWhatHappened(t *testing.T) {
	t.Parallel()
	w := &witness{TB: t}
	sb := sandbanktest.Start(w)
	p := sb.Create("19.99", "EUR", "order-1")
	sb.Pay(p, "4000000000000002")
	sb.Clock.Advance("1m")
	sb.ExpectStatus(p, client.Captured)
	sb.ExpectEvents(p, "payment.captured")
	sb.ExpectSilence(p)
	for i := len(w.ends) - 1; i >= 0; i-- {
		w.ends[i]()
	}
	for _, want := range []string{
		"payment order-1 is created", "expected captured", `the webhooks were ["payment.processing" "attempt.declined"], expected ["payment.captured"]`,
		"about payment order-1 there is attempt.declined, expected silence",
		"+0s  demo-shop → processor  POST /v1/payments → 202 Accepted", "+0s  processor → merchant   webhook attempt.declined about order-1", "+1m  time",
	} {
		if !strings.Contains(w.said.String(), want) {
			t.Errorf("a test that failed says\n%s\nexpected in it\n%s", w.said.String(), want)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		sandbanktest.Start(b)
	}
}
