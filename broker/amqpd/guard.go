package amqpd

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often a password may be wrong. Who needs more is not mistaken, but guessing.
//
//	one user from one address   10 at once, then one every six seconds
//	one address                 60 at once, then one a second
//
// Beyond that no password is looked at, not even a right one.
const (
	pairEvery, pairBurst       = 6 * time.Second, 10
	addressEvery, addressBurst = time.Second, 60
	// maxGuessers bounds what is remembered. Who comes from more addresses than
	// that starts anew; each of his connections still costs him a handshake.
	maxGuessers = 10_000
)

// guard counts connections and wrong passwords by address. Connections from
// within the process have none, and are not counted.
type guard struct {
	mu        sync.Mutex
	open      int
	from      map[netip.Addr]int
	pairs     map[pair]*rate.Limiter
	addresses map[netip.Addr]*rate.Limiter
}

type pair struct {
	address netip.Addr
	user    string
}

func newGuard() guard {
	return guard{from: map[netip.Addr]int{}, pairs: map[pair]*rate.Limiter{}, addresses: map[netip.Addr]*rate.Limiter{}}
}

// addressOf is where a connection comes from; false for within the process. An
// IPv6 address stands for its /64, since whoever has one has all of it.
func addressOf(nc net.Conn) (netip.Addr, bool) {
	at, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}, false
	}
	a := at.Addr().Unmap()
	if a.Is6() {
		if network, err := a.WithZone("").Prefix(64); err == nil {
			a = network.Addr()
		}
	}
	return a, true
}

// enter counts a connection, and reports whether there is room for it.
func (g *guard) enter(nc net.Conn, most, mostFrom int) bool {
	at, counted := addressOf(nc)
	if !counted {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open >= most || g.from[at] >= mostFrom {
		return false
	}
	g.open++
	g.from[at]++
	return true
}

func (g *guard) leave(nc net.Conn) {
	at, counted := addressOf(nc)
	if !counted {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.from[at]--; g.from[at] == 0 {
		delete(g.from, at)
	}
}

// guess begins to look at a password, or refuses to. It counts as wrong until
// right is called, so that many at the same time are not all let through.
func (g *guard) guess(nc net.Conn, user string, now time.Time) (right func(), ok bool) {
	at, counted := addressOf(nc)
	if !counted {
		return func() {}, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	one := limiterOf(g.pairs, pair{at, user}, pairEvery, pairBurst).ReserveN(now, 1)
	all := limiterOf(g.addresses, at, addressEvery, addressBurst).ReserveN(now, 1)
	forget := func() { all.CancelAt(now); one.CancelAt(now) }
	if one.DelayFrom(now) > 0 || all.DelayFrom(now) > 0 {
		forget() // it is not looked at, so it is no guess
		return nil, false
	}
	return forget, true
}

func limiterOf[K comparable](held map[K]*rate.Limiter, key K, every time.Duration, burst int) *rate.Limiter {
	l := held[key]
	if l == nil {
		if len(held) >= maxGuessers {
			clear(held)
		}
		l = rate.NewLimiter(rate.Every(every), burst)
		held[key] = l
	}
	return l
}
