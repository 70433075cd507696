package bank_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/internal/bustest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestBank_AnswersWhatFollowsAnApproval(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		auth := c.authorize("20.00", payment.CaptureManual, instrument.Neutral)
		c.expect(c.follow(wire.Capture, auth, "5.00"), reason.AuthorizationUnknown)
		c.expect(auth, "approved")
		c.expect(c.follow(wire.Capture, auth, "5.00"), "approved")
		c.expect(c.follow(wire.Refund, auth, "6.00"), reason.ExceedsAuthorization)
		capture := c.follow(wire.Capture, auth, "7.00")
		c.expect(capture, "approved")
		c.expect(c.follow(wire.Capture, auth, "9.00"), reason.ExceedsAuthorization)
		refund := c.follow(wire.Refund, auth, "2.00")
		c.expect(refund, "approved")
		c.publish(c.control(wire.Controls{Command: wire.CommandFailNext, Count: 1}))
		c.expect(c.follow(wire.Refund, auth, "1.00"), reason.RefundRejected)
		c.expect(c.follow(wire.Void, auth, "8.00"), "approved")
		c.expect(c.follow(wire.Capture, auth, "1.00"), reason.AuthorizationExpired)
		undo := c.request(wire.Reverse, "2.00")
		undo.Reverses, undo.Deadline = refund.ID, nil
		c.publish(undo)
		once := c.authorize("1.00", payment.CaptureAutomatic, instrument.Neutral)
		c.expect(once, "approved")
		c.expect(c.follow(wire.Capture, once, "1.00"), reason.AuthorizationExpired)
		s := c.settle()
		if len(s.Lines) != 3 || s.Net.Value() != "12.98" || !s.Owed.IsZero() || s.ID != "stl-SANDNL2A-EUR-20261122-1" {
			t.Errorf("settled as %+v", s)
		}
		if again := c.settle(); len(again.Lines) != 0 || again.Sequence != 2 || !again.CoversUntil.After(s.CoversUntil) {
			t.Errorf("settled again as %+v", again)
		}
	})
}

// A redelivered request gets the same answer, byte for byte, also from the
// bank's successor after a kill.
func TestBank_SaysTheSameAfterAKill(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		auth := c.authorize("20.00", payment.CaptureManual, instrument.Neutral)
		list := []wire.Request{auth, c.follow(wire.Capture, auth, "15.00"), c.follow(wire.Refund, auth, "20.00"), c.follow(wire.Void, auth, "5.00")}
		first := map[string]string{}
		for _, r := range list {
			c.publish(r)
			first[r.ID] = string(c.hear("result"))
		}
		for range 2 {
			c.clock.Advance(time.Minute)
			for _, r := range list {
				c.publish(r)
				c.again = "res" + r.ID[3:]
				if again := string(c.hear("result")); again != first[r.ID] {
					t.Errorf("first %s, then %s", first[r.ID], again)
				}
			}
			c.stop()
			c.start()
		}
		c.again = ""
		c.stop()
		c.publish(c.follow(wire.Refund, auth, "1.00"))
		c.start()
		if got := c.result(); got.Outcome != payment.OutcomeApproved {
			t.Errorf("what waited got %+v", got)
		}
		if s := c.settle(); len(s.Lines) != 2 || s.Credits.Value() != "15.00" || s.Debits.Value() != "1.00" {
			t.Errorf("settled as %+v", s)
		}
	})
}

// A decision that was not published before a kill is published after the
// restart.
func TestBank_TellsWhatAKilledOneDecided(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		c.stop()
		other := book.New(book.Rules{Bank: "SANDNL2A"})
		r := other.Decide(noon, c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral), book.Wish{Outcome: payment.OutcomeApproved, Rule: "r"})
		other.Apply(r)
		batch := other.Settle(noon, book.Order{Currency: "EUR"})
		if err := c.journal.Append(t.Context(), []book.Record{r, batch}); err != nil {
			t.Fatal(err)
		}
		c.start()
		if got := c.result(); got.RequestID != r.Request.ID {
			t.Errorf("told %+v", got)
		}
		if got := c.settlement(); len(got.Lines) != 0 || got.ID != batch.Batches[0].ID {
			t.Errorf("told %+v", got)
		}
		if s := c.settle(); len(s.Lines) != 1 {
			t.Errorf("settled as %+v", s)
		}
	})
}

// The bank's next sign of life shows its changed behavior, and its reset.
func TestBank_SaysHowItBehaves(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		health := c.health()
		one, low := 1.0, int64(50)
		says := func(declines float64, least int64) {
			for give := time.After(5 * time.Minute); ; {
				select {
				case h := <-health:
					if h.Temper == nil || h.Temper.Silent == nil || h.Temper.MaxDelayMS == nil {
						t.Fatalf("a sign of life says %+v", h.Temper)
					}
					if *h.Temper.Declines == declines && *h.Temper.MinDelayMS == least && *h.Temper.MaxDelayMS >= least {
						return
					}
				case <-give:
					t.Fatalf("it does not say that it declines %g", declines)
				}
			}
		}
		says(0, 0)
		c.publish(c.control(wire.Controls{Command: wire.CommandTemper, Temper: &wire.Temper{Declines: &one, MinDelayMS: &low}}))
		says(1, 50)
		c.stop()
		c.start()
		says(1, 50) // also after a kill
		c.publish(c.control(wire.Controls{Command: wire.CommandReset}))
		says(0, 0)
	})
}

func TestBank_AwayRequestsWait(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		health := c.health()
		for !(<-health).Online {
		}
		c.publish(c.control(wire.Controls{Command: wire.CommandOffline}))
		for (<-health).Online {
		}
		auth := c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral)
		c.publish(auth)
		c.stop() // it stays away when it is killed
		c.start()
		for range 2 {
			if h := <-health; h.Online {
				t.Error("it says that it is there")
			}
		}
		select {
		case d := <-c.heard:
			t.Errorf("it answered while it was away: %s", d.Body)
		default:
		}
		c.publish(c.control(wire.Controls{Command: wire.CommandOnline}))
		if got := c.result(); got.RequestID != auth.ID {
			t.Errorf("answered %+v", got)
		}
		for !(<-health).Online {
		}
	})
}

// health hears the bank's signs of life.
func (c *counter) health() <-chan wire.Health {
	c.Helper()
	conn, err := c.bus.Dial(c.Context(), "health")
	if err != nil {
		c.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		c.Fatal(err)
	}
	queue, err := broker.Own(broker.Health, broker.Everything)(ch)
	if err != nil {
		c.Fatal(err)
	}
	from, err := ch.Consume(queue, "", true, false, false, false, nil)
	if err != nil {
		c.Fatal(err)
	}
	to := make(chan wire.Health, 1000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for d := range from {
			if h, err := wire.ReadHealth(d.Body); err == nil {
				to <- h
			}
		}
	})
	c.Cleanup(func() { _ = conn.Close(); reading.Wait() })
	return to
}

func TestBank_DisputesAndSettlesByItsClock(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		lost := c.authorize("5.00", payment.CaptureAutomatic, instrument.DisputeLost)
		c.expect(lost, "approved")
		c.clock.AwaitTimers(1)
		opened := after(c, 6*time.Second, c.dispute)
		if opened.Status != payment.DisputeNeedsResponse || opened.Amount.Value() != "5.00" || opened.Reason != "fraudulent" {
			t.Errorf("opened as %+v", opened)
		}
		c.expect(c.follow(wire.Refund, lost, "1.00"), reason.ExceedsAuthorization)
		evidence := c.request(wire.Evidence, "5.00")
		evidence.Dispute, evidence.Evidence = opened.Dispute, "a delivery note"
		c.publish(evidence, c.authorize("1.00", payment.CaptureAutomatic, instrument.Neutral))
		c.result() // the answer to the evidence
		if end := after(c, 3*time.Second, c.dispute); end.Status != payment.DisputeLost || end.Dispute != opened.Dispute || end.ID == opened.ID {
			t.Errorf("ended as %+v", end)
		}
		var last wire.Settlement
		for range c.temper.Currencies[:1] {
			last = after(c, 12*time.Hour, c.settlement)
		}
		if last.BusinessDate != "2026-11-23" && last.BusinessDate != "2026-11-22" || len(last.Lines) != 3 || !last.Owed.IsZero() {
			t.Errorf("settled as %+v", last)
		}
	})
}

// after advances the time and waits for the bank's message. The bank may not
// have set its timer yet when the time moves: it is moved by a second until it
// has.
func after[T any](c *counter, d time.Duration, hear func() T) T {
	c.clock.Advance(d)
	return hear()
}

// The largest settlement goes through both brokers in one piece.
func TestBank_TellsAFullSettlement(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		c.stop()
		other := book.New(book.Rules{Bank: "SANDNL2A"})
		var records []book.Record
		note := func(r book.Record) { other.Apply(r); records = append(records, r) }
		for i := range wire.MaxLines - 100 {
			r := c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral)
			r.ID = fmt.Sprintf("req_%08d-0000-7000-8000-000000000000", i)
			note(other.Decide(noon, r, book.Wish{Outcome: payment.OutcomeApproved, Rule: "r"}))
			note(other.Sent(noon, []string{r.ID}, nil))
		}
		if err := c.journal.Append(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		c.start()
		if s := c.settle(); len(s.Lines) != wire.MaxLines-100 {
			t.Errorf("heard %d lines", len(s.Lines))
		}
	})
}

// Answers that are held back come behind later ones, once, and their requests
// are acknowledged once: the connection survives it.
func TestBank_ReordersTwiceAndWrong(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		temper := prompt(t)
		temper.Reorders, temper.Twice, temper.WrongAmount = 0.3, 0.3, 0.3
		c := newCounter(t, b, temper)
		const n = 40
		var list []wire.Request
		for range n {
			list = append(list, c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral))
		}
		c.publish(list...)
		var order []string
		wrong, again := 0, map[string]bool{}
		for answered := map[string]bool{}; len(answered) < n; {
			if c.stuck() {
				c.clock.Advance(3 * time.Second) // the last ones have none behind them
				continue
			}
			r := c.result()
			if !r.Amount.Equal(money.Must("5.00", "EUR")) {
				wrong++
			}
			if answered[r.RequestID] {
				again[r.RequestID] = true
				continue
			}
			answered[r.RequestID] = true
			order = append(order, r.RequestID)
		}
		if slices.EqualFunc(order, list, func(id string, r wire.Request) bool { return id == r.ID }) {
			t.Error("nothing overtook anything")
		}
		if wrong == 0 || len(again) == 0 {
			t.Errorf("%d wrong amounts, %d said twice", wrong, len(again))
		}
		c.publish(c.control(wire.Controls{Command: wire.CommandReset}))
		if s := c.lastly(); s.Credits.Value() != "200.00" || len(s.Lines) != n {
			t.Errorf("settled as %d lines of %s", len(s.Lines), s.Credits)
		}
	})
}

// stuck reports whether nothing more comes while the clock stands still.
func (c *counter) stuck() bool {
	select {
	case d := <-c.heard:
		c.heard <- d
		return false
	case <-time.After(300 * time.Millisecond):
		return true
	}
}

// lastly settles, behind second sayings.
func (c *counter) lastly() wire.Settlement {
	c.Helper()
	r := c.control(wire.Controls{Command: wire.CommandSettle})
	r.Amount = money.Must("1.00", "EUR")
	c.publish(r)
	for {
		if d := c.next("settlement"); d.Type == "settlement" {
			s, err := wire.ReadSettlement(d.Body)
			if err != nil {
				c.Fatal(err)
			}
			return s
		}
	}
}
