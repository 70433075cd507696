// Package replay makes a scenario of what happened: from the stored payments of a run it writes the file
// that brings the same about again. It is pure: the same story is the same file.
//
//	payment, its plan, attempts, messages, events ─ Write ─▶ YAML ─ package scenario ─▶ the same payment
//
// With a seed, the luck of a payment follows from its number among the merchant's. Such a payment is given
// the same number again, and its replay has the same transcript. Without a seed there is no such luck, and
// the banks are told before each try to behave as they did then: status, reason and events are the same,
// times are so to the millisecond, and what banks call things is not.
package replay

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/sim"
)

// Run is what is to be told again.
type Run struct {
	Name     string
	Seed     uint64 // of the Sandbank, 0 for none
	Payments []Story
	Commands []Message   // to banks, about no payment, oldest first
	PaidOut  []time.Time // when somebody had the merchants paid
	Notes    []string    // what is known to be missing
}

// Story is what is stored about one payment.
type Story struct {
	Payment  payment.Payment
	Messages []Message // to and from its banks, oldest first
	Events   []event.Event
	Last     time.Time            // when something last happened to it
	Held     []sim.Held           // what was held of it on purpose
	Ended    map[string]time.Time // faults and holds that somebody ended, by id
}

// Message is a message to a bank.
type Message struct {
	At   time.Time
	Bank string
	Kind string
	Body []byte
}

// Bounds of a scenario that is made.
const (
	MaxSteps  = 2000 // as many as a file may have
	maxBefore = 300  // payments that are asked for only to be counted
	maxSeed   = 1<<31 - 1
	// maxCommands bounds what one payment's banks were told, so that its file is never too long.
	maxCommands = 500
)

// ErrTooLong says that a run has more steps than a scenario may have.
var ErrTooLong = errors.New("this run has more steps than a scenario may have")

// ErrEmpty says that there is no payment to tell of.
var ErrEmpty = errors.New("there is no payment to tell of")

// writer gathers the steps.
type writer struct {
	run    Run
	seeded bool     // everything has its luck again
	number []uint64 // of the payments, while seeded
	steps  []step
	notes  []string
	faults map[string]string // what they are called, by id
}

// step is one step with its place: time first, then the payment, then the order in which it was added.
type step struct {
	at    time.Time
	index int
	phase int
	body  yaml.MapSlice
}

// Phases of one instant: a bank's temper is set before anything meets it, and what is expected comes last.
const (
	before = iota - 1
	during
	after
)

// Write makes the file.
func Write(r Run) ([]byte, error) {
	if len(r.Payments) == 0 {
		return nil, ErrEmpty
	}
	w := &writer{run: r, notes: slices.Clone(r.Notes), faults: map[string]string{}}
	slices.SortStableFunc(w.run.Payments, func(a, b Story) int { return strings.Compare(a.Payment.ID, b.Payment.ID) })
	w.findNumbers()
	for i := range w.run.Payments {
		w.payment(i, &w.run.Payments[i])
	}
	w.commands()
	for _, at := range r.PaidOut {
		w.add(at, len(r.Payments), during, member("pay out", nil))
	}
	slices.SortStableFunc(w.steps, func(a, b step) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		if last := (a.phase == after) != (b.phase == after); last {
			return a.phase - b.phase
		}
		return cmp.Or(a.index-b.index, a.phase-b.phase)
	})
	return w.file()
}

// findNumbers finds the payments' numbers among the merchant's. They are known if the seed makes the very
// identifiers; a Sandbank that was restarted, or another merchant's payment, has luck that no new one has.
func (w *writer) findNumbers() {
	if w.run.Seed == 0 || w.run.Seed > maxSeed {
		return
	}
	source, last := chance.Seeded(w.run.Seed), uint64(0)
	for _, s := range w.run.Payments {
		n, ok := source.Nth(s.Payment.ID, identity.DemoShop.Merchant.ID)
		if !ok || s.Payment.Merchant != identity.DemoShop.Merchant.ID || n <= last || n-last-1 > maxBefore {
			w.note("The luck of %s does not follow from the seed of a new Sandbank, so its banks are told how to behave.", w.name(len(w.number)))
			return
		}
		w.number = append(w.number, n)
		last = n
	}
	w.seeded = true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (w *writer) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// name is what a payment is called.
func (w *writer) name(i int) string {
	if len(w.run.Payments) == 1 {
		return "payment"
	}
	return fmt.Sprintf("payment%d", i+1)
}

func (w *writer) add(at time.Time, index, phase int, body yaml.MapSlice) {
	w.steps = append(w.steps, step{at.UTC(), index, phase, body})
}

// payment adds everything about one payment.
func (w *writer) payment(i int, s *Story) {
	t := &teller{writer: w, Story: s, index: i, name: w.name(i), whyHolds: true}
	if acts := s.Payment.Simulation; acts != nil {
		for _, d := range acts.Done {
			s.Last = later(s.Last, d.At)
		}
	}
	t.before()
	t.create()
	t.outages()
	t.holds()
	t.customer()
	t.banks()
	t.money()
	t.expect()
}

// teller tells of one payment.
type teller struct {
	*writer
	*Story
	index int
	name  string
	// whyHolds is whether the same rule decides in the replay: a person's act on a page becomes one on purpose.
	whyHolds bool
}

// step adds a step about the payment. Whatever is told of it happens before anything is expected.
func (t *teller) step(at time.Time, phase int, body yaml.MapSlice) {
	t.Last = later(t.Last, at)
	t.add(at, t.index, phase, body)
}
