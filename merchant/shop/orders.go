package shop

import (
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// maxOrders is how many orders are kept; the oldest go first.
const maxOrders = 1000

// orders are the shop's books. They are safe for concurrent use.
type orders struct {
	mu       sync.Mutex
	byNumber map[string]*order
	byAge    []*order // oldest first
	watchers map[string]map[chan struct{}]struct{}
}

func newOrders() *orders {
	return &orders{byNumber: map[string]*order{}, watchers: map[string]map[chan struct{}]struct{}{}}
}

// numbers are of 40 random bits: they are idempotency keys too, so that two
// orders of a processor's whole life must not get the same one by chance.
var numbers = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz023456789").WithPadding(base32.NoPadding)

const numberBytes = 5

func newNumber(random uint64) string {
	return "order-" + numbers.EncodeToString(binary.BigEndian.AppendUint64(nil, random)[8-numberBytes:])
}

// add keeps a new order.
func (b *orders) add(o *order) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byNumber[o.number] = o
	b.byAge = append(b.byAge, o)
	if len(b.byAge) > maxOrders {
		delete(b.byNumber, b.byAge[0].number)
		b.byAge[0] = nil // let it go
		b.byAge = b.byAge[1:]
	}
}

// get returns a copy of an order.
func (b *orders) get(number string) (order, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.byNumber[number]
	if !ok {
		return order{}, false
	}
	return o.copy(), true
}

// change works on an order and wakes its watchers; false if there is none.
func (b *orders) change(number string, do func(*order)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.byNumber[number]
	if !ok {
		return false
	}
	before := o.revision
	do(o)
	if o.revision != before {
		for c := range b.watchers[number] {
			poke(c)
		}
	}
	return true
}

// newestFirst lists copies.
func (b *orders) newestFirst() []order {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]order, 0, len(b.byAge))
	for i := len(b.byAge) - 1; i >= 0; i-- {
		list = append(list, b.byAge[i].copy())
	}
	return list
}

// due lists the orders to be asked for now, and says when the next one is: zero
// for never. It looks at all of them, which costs microseconds.
func (b *orders) due(now time.Time, limit int) (list []order, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.byAge {
		switch {
		case o.askAt.IsZero():
		case !o.askAt.After(now) && len(list) < limit:
			list = append(list, o.copy())
		case next.IsZero() || o.askAt.Before(next):
			next = o.askAt
		}
	}
	return list, next
}

// watch returns a channel that gets a note when an order changes. Call stop.
func (b *orders) watch(number string) (changes chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers[number] == nil {
		b.watchers[number] = map[chan struct{}]struct{}{}
	}
	b.watchers[number][c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.watchers[number], c); len(b.watchers[number]) == 0 {
			delete(b.watchers, number)
		}
	}
}

// validNumber refuses malformed numbers before any look-up.
func validNumber(s string) bool {
	code, ok := strings.CutPrefix(s, "order-")
	_, err := numbers.DecodeString(code)
	return ok && err == nil && len(code) == numbers.EncodedLen(numberBytes)
}
