package shop

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
)

// run mops up until the test ends.
func (b *bench) mop() {
	ctx, cancel := context.WithCancel(b.t.Context())
	var work sync.WaitGroup
	work.Go(func() { b.shop.mopUp(ctx) })
	b.t.Cleanup(func() { cancel(); work.Wait() })
	b.idle()
}

// idle waits until the mop-up has nothing to do at the present time.
func (b *bench) idle() {
	b.t.Helper()
	for b.shop.Look().Busy != "" {
		if clock.Pause(b.t.Context(), time.Millisecond) != nil {
			b.t.Fatal("the shop is not at rest: ", b.shop.Look().Busy)
		}
	}
}

// later moves the time once the mop-up sleeps, so that it cannot miss it.
func (b *bench) later(d time.Duration) {
	b.t.Helper()
	b.idle()
	b.clock.Advance(d)
}

// settled waits until the order's state is no longer the given one.
func (b *bench) settled(number string, from State) {
	b.t.Helper()
	changes, stop := b.shop.orders.watch(number)
	defer stop()
	for b.state(number) == from {
		select {
		case <-changes:
		case <-time.After(5 * time.Minute):
			b.t.Fatalf("the order stays %s", from)
		}
	}
}

// heard waits until the order's log says something.
func (b *bench) heard(number, text string) {
	b.t.Helper()
	changes, stop := b.shop.orders.watch(number)
	defer stop()
	for !b.says(number, text) {
		select {
		case <-changes:
		case <-time.After(5 * time.Minute):
			b.t.Fatalf("the order's log never says %q", text)
		}
	}
}

func TestMopUp_AbandonedIsReleased(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.mop()
	b.later(15*time.Minute + Grace - time.Second)
	b.idle()
	if b.far.asked != 0 {
		t.Fatal("asked before the time")
	}
	b.far.set(payment, "abandoned")
	b.later(time.Second)
	b.settled(number, StateWaiting)
	b.expect(number, StateReleased, "Heard nothing until the payment's time was up")
	b.expect(number, StateReleased, "Released the order")
	b.later(24 * time.Hour)
	if b.far.asked != 1 {
		t.Errorf("asked %d times", b.far.asked)
	}
}

// A webhook is lost for good: the order is paid nevertheless.
func TestMopUp_LostWebhook(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "captured")
	b.mop()
	b.later(15*time.Minute + Grace)
	b.settled(number, StateWaiting)
	b.expect(number, StatePaid, "Heard nothing")
}

func TestMopUp_StillWithTheBankIsAskedAgain(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "processing")
	b.mop()
	b.later(15*time.Minute + Grace)
	b.far.await()
	b.heard(number, "Heard nothing")
	b.later(askSoon)
	b.far.await()
	b.far.set(payment, "failed")
	for b.state(number) == StateWaiting {
		b.later(askAgain)
	}
	b.expect(number, StateFailed, "")
}

func TestMopUp_ProcessorAway(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	kept := b.far.payments[payment]
	b.far.mu.Lock()
	delete(b.far.payments, payment)
	b.far.mu.Unlock()
	b.mop()
	b.later(15*time.Minute + Grace)
	b.heard(number, "Asked, and got no answer")
	b.far.mu.Lock()
	b.far.payments[payment] = kept
	b.far.mu.Unlock()
	b.far.set(payment, "abandoned")
	b.later(askSoon)
	b.settled(number, StateWaiting)
	b.expect(number, StateReleased, "")
}

func TestMopUp_PaidIsNotAskedFor(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "captured")
	b.do(b.far.event(testSecret, "evt_1", 1, "payment.captured", payment))
	b.mop()
	b.get("/orders/" + number)
	b.later(48 * time.Hour)
	b.idle()
	if b.far.asked != 0 {
		t.Errorf("asked %d times for a paid order", b.far.asked)
	}
}

// A visit makes the shop ask once; the page, which renews itself then, does not
// make it ask again and again.
func TestVisit_AsksOnce(t *testing.T) {
	b := newBench(t)
	number, _ := b.buy()
	b.mop()
	b.get("/orders/" + number)
	b.later(patience - time.Millisecond)
	b.get("/orders/" + number)
	b.later(time.Millisecond)
	b.heard(number, "Heard nothing, so it asked")
	for range 5 {
		b.get("/orders/" + number)
		b.later(patience)
	}
	b.idle()
	if b.far.asked != 1 {
		t.Errorf("asked %d times", b.far.asked)
	}
	b.later(askAgain)
	b.get("/orders/" + number)
	b.later(patience)
	for range 2 {
		b.far.await()
	}
}

func TestLive_TellsEachRevisionAndEnds(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	server := httptest.NewServer(b.handler)
	defer server.Close()
	answer, err := http.Get(server.URL + "/orders/" + number + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "end"
	}
	first := next()
	b.far.set(payment, "captured")
	b.do(b.far.event(testSecret, "evt_1", 1, "payment.captured", payment))
	second := next()
	if page := b.get("/orders/" + number).Body.String(); first == second || !strings.Contains(page, `data-state="`+second+`"`) {
		t.Errorf("told %s, then %s", first, second)
	}
	close(b.shop.ended)
	if last := next(); last != "end" {
		t.Errorf("the stream goes on with %s", last)
	}
}

func TestLive_Bounded(t *testing.T) {
	b := newBench(t)
	number, _ := b.buy()
	for range maxStreams {
		b.shop.streams <- struct{}{}
	}
	if w := b.get("/orders/" + number + "/live"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d; want status %d", w.Code, http.StatusServiceUnavailable)
	}
}

func TestRegister_OnceAndOnlyItsOwn(t *testing.T) {
	b := newBench(t)
	url := "http://shop.test" + HookPath
	reg := registration{Shop: b.shop}
	b.far.endpoints["whe_other"] = client.NewEndpoint{URL: "https://elsewhere.example"}
	for range 3 {
		if err := reg.ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.far.endpoints) != 2 {
		t.Errorf("registered twice: want two endpoints, got %v", b.far.endpoints)
	}
	for _, e := range b.far.endpoints {
		if e.URL == url && e.Secret != testSecret {
			t.Errorf("registered with %s", e.Secret)
		}
	}
	b.far.endpoints["whe_twice"] = client.NewEndpoint{URL: url, Events: heard}
	if err := reg.ensure(t.Context()); err != nil || len(b.far.endpoints) != 2 {
		t.Errorf("a double stays: %v %v", b.far.endpoints, err)
	}
}

func TestReady_OnceRegistered(t *testing.T) {
	b := newBench(t)
	if w := b.get("/readyz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready before it hears of payments: %d", w.Code)
	}
	if err := (&registration{Shop: b.shop}).ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := b.get("/readyz"); w.Code != http.StatusOK {
		t.Errorf("registered, but %d", w.Code)
	}
}

// An endpoint from an earlier run has a secret that only that run knew.
func TestRegister_SecretOfItsOwnReplacesTheOldEndpoint(t *testing.T) {
	b := newBench(t, func(c *Config) { c.WebhookSecret = "" })
	b.far.endpoints["whe_old"] = client.NewEndpoint{URL: "http://shop.test" + HookPath, Events: heard, Secret: testSecret}
	reg := registration{Shop: b.shop, replace: b.shop.replace}
	if err := reg.ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range b.far.endpoints {
		if len(b.far.endpoints) != 1 || e.Secret != b.shop.WebhookSecret {
			t.Errorf("registered with another secret: want one endpoint with it, got %v", b.far.endpoints)
		}
	}
}

// The shop may be started first, and must not give up.
func TestRun_WaitsForTheProcessorAndEnds(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { b.shop.Run(ctx) })
	for registered := false; !registered; {
		b.far.await()
		b.far.mu.Lock()
		registered = len(b.far.endpoints) == 1
		b.far.mu.Unlock()
	}
	cancel()
	work.Wait()
	select {
	case <-b.shop.ended:
	default:
		t.Error("streams would stay open")
	}
}

// A shop on its own, beside a processor whose simulated time was set forward, asks again and again: by its own clock the payment would
// be open for years.
func TestOrder_AsksWhereTheProcessorsTimeIsAnother(t *testing.T) {
	now := sampleTime
	o := order{state: StateWaiting}
	p := client.Payment{ID: "pay_1", Status: client.Created, CreatedAt: now.AddDate(3, 0, 0), ExpiresAt: now.AddDate(3, 0, 0).Add(15 * time.Minute)}
	o.accepted(p, now)
	for range 2 {
		if !o.askAt.Equal(now.Add(askAgain)) {
			t.Fatalf("at %s it means to ask at %s", now, o.askAt)
		}
		now = o.askAt
		o.answered(p, now)
	}
	p.Status = client.Abandoned
	o.answered(p, now)
	if o.state != StateReleased || !o.askAt.IsZero() {
		t.Errorf("the payment is abandoned, and the order %s; it means to ask at %s", o.state, o.askAt)
	}
}
