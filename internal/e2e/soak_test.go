//go:build soak

package e2e_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/payment"
)

// TestSoak breaks something every few seconds, chosen by chance, for as long as
// SANDBANK_SOAK says, while payments run over two processors; in the end
// everything is settled and every invariant holds.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("SANDBANK_SOAK"))
	if err != nil {
		t.Fatalf("SANDBANK_SOAK says how long, such as 10m: %v", err)
	}
	s := newSoak(t)
	until := time.Now().Add(length)
	for made := 0; time.Now().Before(until) && !t.Failed(); made += perRound {
		s.nothingLost(s.load(perRound, s.round(), s.bases...))
		t.Logf("%d payments, %s left", made+perRound, time.Until(until).Round(time.Second))
	}
	found := s.settled()
	if found.ByStatus[payment.Captured] != found.Entries {
		t.Errorf("%d captured, %d entries", found.ByStatus[payment.Captured], found.Entries)
	}
	t.Logf("%d payments, %d messages, %d events, %d entries: %v; broken: %v",
		found.Payments, found.Messages, found.Events, found.Entries, found.ByStatus, s.done)
}

const perRound = 1000

// soak is a world and all that can be done to it.
type soak struct {
	*world
	bases  []string
	luck   *rand.Rand
	broken map[string]func()

	mu   sync.Mutex // one thing breaks at a time
	done map[string]int
}

func newSoak(t *testing.T) *soak {
	w := newWorld(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("what breaks when is chosen with seed %d", seed)
	s := &soak{world: w, luck: rand.New(rand.NewPCG(seed, 0)), done: map[string]int{}}
	one, first := w.processor()
	w.awaitUp(first)
	two, second := w.processor()
	bank := w.bank("SANDNL2A")
	s.bases = []string{first, second}
	for _, base := range s.bases {
		w.awaitReady(base)
	}
	// A processor that begins needs its database: nothing else breaks until it is up.
	up := func(p *process, base string) { p.start(); w.awaitUp(base) }
	s.broken = map[string]func(){
		"first processor killed":     func() { one.kill(); up(one, first) },
		"second processor killed":    func() { two.kill(); up(two, second) },
		"first processor terminated": func() { w.endsWell(one); up(one, first) },
		"bank killed":                again(bank),
		"broker killed":              func() { s.revived(w.rabbit.Kill, w.rabbit.Restart) },
		"database killed":            func() { s.revived(w.postgres.Kill, w.postgres.Restart) },
		"connections closed":         func() { w.ctl("close_all_connections", "--vhost", "/", "soak") },
		"memory alarm": func() {
			w.ctl("set_vm_memory_high_watermark", "0.00001")
			_ = clock.Pause(w.Context(), 8*time.Second) // longer than a bank may be silent
			w.ctl("set_vm_memory_high_watermark", "0.4")
		},
	}
	return s
}

func (s *soak) revived(kill func() error, restart func(context.Context) error) {
	if err := kill(); err != nil {
		s.Error(err)
	}
	if err := restart(s.Context()); err != nil {
		s.Error(err)
	}
}

// round chooses what breaks during a round, and when.
func (s *soak) round() map[int]func() {
	var names []string
	for name := range s.broken {
		names = append(names, name)
	}
	slices.Sort(names) // or chance would be the map's
	at := map[int]func(){}
	for range 3 {
		name := names[s.luck.IntN(len(names))]
		at[s.luck.IntN(perRound*9/10)] = func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.Logf("%s", name)
			s.done[name]++
			s.broken[name]()
		}
	}
	return at
}
