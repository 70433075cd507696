package bank_test

import (
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/internal/bustest"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// A bank goes by the clock it is given. It reports that it is at rest after it has answered
// all earlier requests and done all due work.
func TestBank_FollowsTheClock(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		slow := prompt(t)
		slow.MinDelay, slow.MaxDelay = time.Hour, time.Hour
		c := newCounter(t, b, slow)
		c.stop()
		c.steered = clock.NewSteered(clock.State{})
		c.start()
		health := c.health()
		at, version := noon, int64(0)
		tell := func(ask string) {
			version++
			c.publish(c.control(wire.Controls{Command: wire.CommandClock, Clock: &wire.Clock{Version: version, Now: at, Ask: ask}}))
		}
		rest := func() wire.Rest {
			r, err := wire.ReadRest(c.hear(wire.RestType))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		tell("one")
		if r := rest(); r.Ask != "one" || !r.SentAt.Equal(at) {
			t.Errorf("at rest: %+v", r)
		}
		for h := range health { // also one that came before it was told
			if h.ClockVersion == nil {
				t.Fatal("a bank that follows does not say so")
			}
			if *h.ClockVersion == version && h.SentAt.Equal(at) {
				break
			}
		}
		auth := c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral)
		auth.CreatedAt = at
		c.publish(auth)
		tell("two")
		r := rest()
		if want := at.Add(time.Hour); r.Ask != "two" || r.NextDueAt == nil || !r.NextDueAt.Equal(want) {
			t.Fatalf("at rest with a request in hand: %+v, not until %s", r, want)
		}
		at = at.Add(time.Hour)
		tell("three")
		if got := c.result(); got.RequestID != auth.ID || got.DecidedAt.Before(at) {
			t.Errorf("answered %+v", got)
		}
		if r := rest(); r.Ask != "three" {
			t.Errorf("at rest after the answer: %+v", r)
		}
	})
}

// A bank that begins while time is steered decides nothing before it was told what time it is, also not a
// request that waited in its queue.
func TestBank_AsksWhatTimeItIs(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		health := c.health()
		c.stop()
		auth := c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral)
		auth.CreatedAt = noon
		c.publish(auth)
		c.steered, c.asks = clock.NewSteered(clock.State{}), true
		c.start()
		for !(<-health).AsksTime {
		}
		select {
		case d := <-c.heard:
			t.Errorf("it answered before it was told what time it is: %s", d.Body)
		default:
		}
		c.publish(c.control(wire.Controls{Command: wire.CommandClock, Clock: &wire.Clock{Version: 3, Now: noon}}))
		if got := c.result(); got.RequestID != auth.ID || got.DecidedAt.Before(noon) || got.DecidedAt.After(noon.Add(time.Second)) {
			t.Errorf("its first decision is %+v, not of %s", got, noon)
		}
		for h := range health {
			if !h.AsksTime {
				break
			}
		}
	})
}

// A bank that was sent away until a time comes back by itself, also where nobody is left to tell it, and after a kill.
func TestBank_ComesBackByItself(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c := newCounter(t, b, prompt(t))
		health := c.health()
		until := noon.Add(time.Minute)
		c.publish(c.control(wire.Controls{Command: wire.CommandOffline, Until: &until}))
		for (<-health).Online {
		}
		c.stop()
		c.start()
		auth := c.authorize("5.00", payment.CaptureAutomatic, instrument.Neutral)
		c.publish(auth)
		if h := <-health; h.Online {
			t.Error("after the kill it is there again before its time")
		}
		c.clock.AwaitTimers(1)
		if got := after(c, time.Minute, c.result); got.RequestID != auth.ID || got.DecidedAt.Before(until) {
			t.Errorf("answered %+v, not from %s on", got, until)
		}
		for !(<-health).Online {
		}
	})
}
