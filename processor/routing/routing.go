// Package routing has the directory of banks and picks one for a payment. Banks
// announce themselves; an announcement counts for three of the bank's own
// intervals.
package routing

import (
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment/instrument"
)

// Bank is a bank as announced.
type Bank struct {
	Identifier string           `json:"identifier"` // BIC
	Name       string           `json:"name"`
	Behavior   string           `json:"behavior"`
	Currencies []money.Currency `json:"currencies"`
	Online     bool             `json:"online"`
	HeardAt    time.Time        `json:"heard_at"` // of its last sign of life, in simulated time
	Clock      ClockState       `json:"clock"`
	Weight     int              `json:"-"`
	AsksTime   bool             `json:"-"` // it decides nothing until it is told what time it is
	Signs      int              `json:"-"` // of life that were heard, since the directory is there
	Version    *int64           `json:"-"` // the version of simulated time that it goes by; nil for none
	Temper     *wire.Temper     `json:"-"` // how it behaves now; nil where it does not say
}

// ClockState says by which clock a bank goes.
type ClockState string

// The states.
const (
	Followed ClockState = "followed" // the processor's present simulated time
	Behind   ClockState = "behind"   // simulated time as it was before it was steered last
	Own      ClockState = "own"      // a clock of the bank's own
)

// Takes reports whether the bank deals in a currency.
func (b Bank) Takes(c money.Currency) bool { return slices.Contains(b.Currencies, c) }

// Country is where the bank is at home.
func (b Bank) Country() string { return instrument.BICCountry(b.Identifier) }

// Missed is how many signs of life a bank may miss before it counts as offline.
const Missed = 3

// Directory is the banks heard of. Whether a bank is online goes by the computer's clock: banks give
// signs of life also while simulated time stands still. It is safe for concurrent use.
type Directory struct {
	mu       sync.RWMutex
	banks    map[string]*heard
	ordered  []*heard        // the same by identifier, for each payment that is routed
	expected map[string]bool // banks that will be heard, by identifier
	seed     uint64
	clock    clock.Computer
	steered  func() int64 // the version of simulated time; nil for one that nobody steers
	deaf     time.Time    // since when nothing can be heard, zero while it can
	young    time.Time    // until when a bank that was never heard may still be there
}

type heard struct {
	bank  Bank
	until time.Time
}

// NewDirectory knows no bank yet. The seed rules which of several fitting banks
// a payment gets.
func NewDirectory(seed uint64, c clock.Computer) *Directory {
	return &Directory{banks: map[string]*heard{}, expected: map[string]bool{}, seed: seed, clock: c}
}

// Expect says that banks are about to announce themselves, since they run in this process: until
// one has, it is unheard and not unknown.
func (d *Directory) Expect(bics ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, bic := range bics {
		d.expected[bic] = true
	}
}

// Unheard lists the expected banks that have not announced themselves yet, by identifier.
func (d *Directory) Unheard() (list []string) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for bic := range d.expected {
		if _, known := d.banks[bic]; !known {
			list = append(list, bic)
		}
	}
	slices.Sort(list)
	return list
}

// Steer has the directory say of each bank whether it goes by a version of simulated time. It is to be
// called before the directory is used.
func (d *Directory) Steer(version func() int64) { d.steered = version }

// goesBy is the clock of a bank.
func (d *Directory) goesBy(b Bank) ClockState {
	switch {
	case b.Version == nil:
		return Own
	case d.steered != nil && *b.Version < d.steered():
		return Behind
	}
	return Followed
}

// Began says that listening begins now: for some seconds a bank that has not been
// heard yet may still be there.
func (d *Directory) Began() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.young = d.clock.Now().Add(returning)
}

// Observe takes a bank's sign of life and reports whether its state is news: a
// new bank, or one that came or went. At is when, in simulated time.
func (d *Directory) Observe(h wire.Health, at time.Time) (news bool) {
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	b, known := d.banks[h.Bank]
	if !known {
		b = &heard{}
		d.banks[h.Bank] = b
	}
	before := *b
	wasOnline := known && before.bank.Online && now.Before(before.until)
	*b = heard{
		bank: Bank{
			Identifier: h.Bank, Name: h.Name, Behavior: h.Behavior, Currencies: h.Currencies,
			Online: h.Online, HeardAt: at, Weight: h.Weight, Temper: h.Temper, Version: h.ClockVersion, AsksTime: h.AsksTime, Signs: before.bank.Signs + 1,
		},
		until: now.Add(time.Duration(Missed*h.IntervalSeconds) * time.Second),
	}
	if !known {
		d.ordered = append(d.ordered, b)
		slices.SortFunc(d.ordered, func(a, b *heard) int { return strings.Compare(a.bank.Identifier, b.bank.Identifier) })
	}
	return !known || wasOnline != h.Online
}

// Deaf says that silence has meant nothing since an instant of the computer's time: the broker is away, and a
// bank that was there still counts as there. What is accepted meanwhile waits in
// the outbox.
func (d *Directory) Deaf(since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf.IsZero() {
		d.deaf = since
	}
}

// Hears ends [Directory.Deaf]; every bank gets the time back that nothing could
// be heard, and one interval more to find its way back.
func (d *Directory) Hears() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	if d.deaf.IsZero() {
		return
	}
	for _, h := range d.ordered {
		h.until = h.until.Add(now.Sub(d.deaf) + returning)
	}
	if !d.young.IsZero() {
		d.young = d.young.Add(now.Sub(d.deaf))
	}
	d.deaf = time.Time{}
}

// returning is how long a bank may take to be heard again, after the broker was
// away or the processor began.
const returning = 5 * time.Second

// present is the instant up to which silence counts.
func (d *Directory) present() time.Time {
	now := d.clock.Now()
	if d.deaf.IsZero() || now.Before(d.deaf) {
		return now
	}
	return d.deaf
}

// Banks lists the banks by identifier, as they stand now.
func (d *Directory) Banks() []Bank {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]Bank, 0, len(d.ordered))
	for _, h := range d.ordered {
		list = append(list, d.at(*h, d.present()))
	}
	return list
}

// Find is a bank that was heard of, whether it is online or not.
func (d *Directory) Find(bic string) (Bank, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h, known := d.heard(bic)
	return d.at(h, d.present()), known
}

// Name is the bank's own name, "" for a bank that was never heard.
func (d *Directory) Name(bic string) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h, _ := d.heard(bic)
	return h.bank.Name
}

// heard is what was heard of a bank. The caller holds the lock.
func (d *Directory) heard(bic string) (heard, bool) {
	if h := d.banks[bic]; h != nil {
		return *h, true
	}
	return heard{}, false
}

// at is a bank at an instant.
func (d *Directory) at(h heard, now time.Time) Bank {
	b := h.bank
	b.Online = b.Online && now.Before(h.until)
	b.Clock = d.goesBy(b)
	return b
}

// Check finds the bank a merchant or customer named. Its errors point at the
// given field.
func (d *Directory) Check(bic string, c money.Currency, at string) (Bank, error) {
	if !instrument.ValidBIC(bic) {
		return Bank{}, fault.New(fault.Invalid, "bank_invalid", "The bank identifier is not valid.").
			At(at, "must be a BIC in capitals, such as \"SANDNL2A\"; GET /v1/banks lists the banks")
	}
	d.mu.RLock()
	h, known := d.heard(bic)
	b, young := d.at(h, d.present()), d.present().Before(d.young) || d.expected[bic]
	d.mu.RUnlock()
	switch {
	case !known && young:
		return Bank{}, fault.New(fault.Unavailable, "bank_unheard", "This processor has not heard of %s yet.", bic).
			At(at, "may not have announced itself yet; ask again in a few seconds")
	case !known:
		return Bank{}, fault.New(fault.Unprocessable, "bank_unknown", "There is no bank %s here.", bic).
			At(at, "is not a bank that has announced itself; GET /v1/banks lists those that have")
	case !b.Online:
		return Bank{}, fault.New(fault.Unavailable, "bank_offline", "%s (%s) is offline.", b.Name, bic).
			At(at, "was last heard at %s; leave the bank out to be routed to another", b.HeardAt.Format(time.RFC3339))
	case !b.Takes(c):
		return Bank{}, fault.New(fault.Unprocessable, "bank_currency", "%s (%s) does not take %s.", b.Name, bic, c).
			At(at, "takes %v", b.Currencies)
	}
	return b, nil
}

// Pick chooses among the online banks that take the currency, by weight. The
// same key gets the same bank as long as the same banks are online.
func (d *Directory) Pick(c money.Currency, key string) (Bank, error) {
	b, ok := d.draw(key, func(b *Bank) bool { return b.Takes(c) })
	if !ok {
		return Bank{}, fault.New(fault.Unavailable, "no_bank", "No bank that takes %s and accepts routed payments is online.", c).
			Hinting("Name a bank in \"bank\", or start one: GET /v1/banks shows who is online.")
	}
	return b, nil
}

// PickIn chooses as [Directory.Pick] does among the banks of one country. It
// reports false where none fits.
func (d *Directory) PickIn(country string, c money.Currency, key string) (Bank, bool) {
	return d.draw(key, func(b *Bank) bool { return b.Takes(c) && b.Country() == country })
}

// draw is one of the online banks that fit and have a weight.
func (d *Directory) draw(key string, fits func(*Bank) bool) (Bank, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	now, total := d.present(), 0
	fit := make([]*heard, 0, 16)
	for _, h := range d.ordered {
		if h.bank.Online && now.Before(h.until) && h.bank.Weight > 0 && fits(&h.bank) {
			fit = append(fit, h)
			total += h.bank.Weight
		}
	}
	if total == 0 {
		return Bank{}, false
	}
	roll := chance.For(d.seed, key).IntN(total)
	for _, h := range fit {
		if roll -= h.bank.Weight; roll < 0 {
			return d.at(*h, now), true
		}
	}
	return d.at(*fit[len(fit)-1], now), true
}
