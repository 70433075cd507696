package node

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
)

// kinds are payments of all kinds, as their creation asks for them. Only times and orders decide them.
var kinds = map[string]string{
	"abandoned":      `"expires_in_seconds": 900`,
	"captured":       `"simulate": {"customer": [{"action": "pay", "after": "5m"}], "bank": {"outcome": "approved"}}`,
	"captured late":  `"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "approved", "after": "7m"}}`,
	"authorized":     `"capture": "manual", "simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "approved"}}`,
	"declined":       `"attempts": 1, "simulate": {"customer": [{"action": "pay", "after": "1m"}], "bank": {"outcome": "declined", "reason": "lost_card", "after": "1m"}}`,
	"silent":         `"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "silent"}}`,
	"too late":       `"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "approved", "after": "after_deadline"}}`,
	"challenged":     `"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "challenge", "challenge": {"ends": "approve", "after": "2m"}}}`,
	"webhook late":   `"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "approved"}, "channels": {"webhook": {"how": ["late"]}}}`,
	"customer stops": `"simulate": {"customer": [{"action": "cancel", "after": "3m"}]}`,
}

// timed is a node whose time can be steered, with a shop's receiver.
type timed struct {
	*cast
	*Node
}

// steerable is a node with one bank and a receiver of webhooks that fails one try of three.
func steerable(t *testing.T) timed {
	t.Helper()
	payday := 10 * time.Hour
	n := started(t, Config{
		Log: slog.New(slog.DiscardHandler), Banks: Banks{Tempers: bank.Seven()[:1], Timeout: 10 * time.Minute},
		Money: Money{PayoutAt: &payday, Transit: 24 * time.Hour},
	})
	c := &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	c.token(identity.DemoShop)
	tries := map[string]int{}
	turn := make(chan struct{}, 1)
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn <- struct{}{}
		defer func() { <-turn }()
		if id := r.Header.Get("webhook-id"); len(tries)%3 == 0 && tries[id] == 0 {
			tries[id]++
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		tries[r.Header.Get("webhook-id")]++
	}))
	t.Cleanup(hooks.Close)
	c.send("demo-shop", "POST", "/v1/webhook-endpoints", `{"url": "`+hooks.URL+`", "events": ["*"]}`, "")
	return timed{c, n}
}

func (s timed) steer(w steer.Wish) steer.Report {
	s.Helper()
	r, err := s.hand.Steer(s.Context(), w)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// create makes a payment of a kind, and returns its id.
func (s timed) create(kind string) string {
	s.Helper()
	code, body := s.send("demo-shop", "POST", "/v1/payments",
		`{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "`+kind+`", "return_url": "https://shop.example/", "bank": "SANDNL2A", `+kinds[kind]+`}`, "")
	if code != http.StatusAccepted {
		s.Fatalf("%s: %d: %s", kind, code, body)
	}
	id, _ := member(s.T, body, "id").(string)
	return id
}

// books are what became of payments, by kind, and the balances.
func (s timed) books(ids map[string]string) map[string]string {
	s.Helper()
	all := map[string]string{}
	for kind, id := range ids {
		p, t, err := s.processor.Timeline(s.Context(), processor.Everyone(), id)
		if err != nil {
			s.Fatal(err)
		}
		var told []string
		for _, e := range t.Events {
			told = append(told, e.Type)
		}
		all[kind] = string(p.Status) + ": " + strings.Join(told, " ")
	}
	balances, err := s.processor.Balances(s.Context(), time.Time{})
	if err != nil {
		s.Fatal(err)
	}
	for _, b := range balances {
		all["ledger "+string(b.Account)] = fmt.Sprint(b)
	}
	return all
}

// Money and order are the same whether time is advanced or passes by itself.
func TestClock_AdvancedOrPassedTheBooksAreTheSame(t *testing.T) {
	advanced, passed := steerable(t), steerable(t)
	var got []map[string]string
	for _, s := range []timed{advanced, passed} {
		s.steer(steer.Wish{Freeze: true})
		ids := map[string]string{}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			ids[kind] = s.create(kind)
		}
		end := s.hand.Show().Now.Add(time.Hour)
		if s == advanced {
			s.steer(steer.Wish{Advance: &steer.Advance{To: &end}})
		} else {
			rate := 1000.0
			s.steer(steer.Wish{Rate: &rate})
			ended := s.config.Clock.NewTimerAt(end)
			<-ended.C()
			s.steer(steer.Wish{Freeze: true})
			s.steer(steer.Wish{Advance: &steer.Advance{By: "1us"}}) // due work is done
		}
		got = append(got, s.books(ids))
	}
	for kind, want := range got[1] {
		if got[0][kind] != want {
			t.Errorf("%s: advanced, it came to %q, and by itself to %q", kind, got[0][kind], want)
		}
	}
}

// A month of business passes at once: payments of all kinds, cut-offs, payouts, retries of webhooks,
// and authorizations that run out. There are a thousand payments, and fewer where the race detector
// makes each ten times as slow.
func TestClock_AMonthPasses(t *testing.T) {
	s := steerable(t)
	s.business(openPayments)
	began, from := time.Now(), s.hand.Show().Now
	r := s.month()
	t.Logf("a month of %d payments took %s and stood still %d times: %v", openPayments, time.Since(began), r.Moments, r.Happened)
	if !r.Now.Equal(from.Add(720 * time.Hour)) {
		t.Errorf("from %s it arrived at %s", from, r.Now)
	}
	for kind, least := range map[string]int{
		"payment.abandoned": openPayments / 11, "payment.captured": openPayments / 10, "payment.voided": openPayments / 11, "payment.failed": openPayments / 10, "settlement.matched": 29,
		"payout.created": 1, "payout.paid": 1, "webhook.delivered": openPayments / 2, "webhook.refused": 10,
	} {
		if r.Happened[kind] < least {
			t.Errorf("%s happened %d times, and not %d", kind, r.Happened[kind], least)
		}
	}
}

// business makes payments of all kinds, some seconds apart.
func (s timed) business(n int) {
	s.Helper()
	s.steer(steer.Wish{Freeze: true})
	all := slices.Sorted(maps.Keys(kinds))
	for i := range n {
		s.create(all[i%len(all)])
		if i%20 == 19 {
			s.steer(steer.Wish{Advance: &steer.Advance{By: "1s"}})
		}
	}
}

func (s timed) month() steer.Report {
	s.Helper()
	return s.steer(steer.Wish{Advance: &steer.Advance{By: "720h"}, Within: "80s"})
}

// The clock's state is kept: the next start goes on from there, and never
// before.
func TestClock_SurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	n := made(t, Config{Store: Database{Folder: folder}, Banks: Banks{Tempers: bank.Seven()[:1]}})
	to := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := n.hand.Steer(t.Context(), steer.Wish{Set: &to, Freeze: true}); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	n = made(t, Config{Store: Database{Folder: folder}, Banks: Banks{Tempers: bank.Seven()[:1]}})
	if v := n.hand.Show(); !v.Now.Equal(to) || v.Mode != steer.Frozen {
		t.Errorf("after a restart: %+v", v)
	}
	early := to.Add(-time.Second)
	if _, err := n.hand.Steer(t.Context(), steer.Wish{Set: &early}); fault.Code(err) != "clock_backwards" {
		t.Errorf("set back: %v", err)
	}
}

// A bank that goes away by itself, or comes back, has been heard of when time has arrived there: each time, a payment at it is
// refused as soon as it is away, and taken as soon as it is back.
func TestClock_WaitsUntilAnOutageIsHeardOf(t *testing.T) {
	tempers := bank.Seven()[:2]
	tempers[0].Outages = []bank.Outage{{Daily: true, From: 9 * time.Hour, Until: 10 * time.Hour}}
	s := staged(t, Config{FreezeAt: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), Banks: Banks{Tempers: tempers}})
	wish := strings.Replace(order, "{", `{"bank": "`+tempers[0].Identifier+`", `, 1)
	for day := range 10 {
		for _, at := range []struct{ hour, want int }{{9, http.StatusServiceUnavailable}, {10, http.StatusAccepted}} {
			s.must("demo-operator", "POST", "/sim/clock", fmt.Sprintf(`{"advance": {"to": "2027-01-%02dT%02d:00:00Z"}}`, day+1, at.hour))
			if code, body := s.send("demo-shop", "POST", "/v1/payments", wish, ""); code != at.want {
				t.Fatalf("day %d, %d:00: want %d, got %d %s", day+1, at.hour, at.want, code, body)
			}
		}
	}
}
