package amqpd

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits of wrong passwords. A client that is merely mistaken stays below them;
// one that exceeds them is guessing.
//
//	one user from one address   10 at once, then one every six seconds
//	one address                 60 at once, then one a second
//
// Beyond that no password is checked, not even a right one.
const (
	pairEvery, pairBurst       = 6 * time.Second, 10
	addressEvery, addressBurst = time.Second, 60
	// maxGuessers bounds the addresses that are remembered. An attacker with
	// more addresses starts with fresh limits, but each connection still costs a
	// handshake.
	maxGuessers = 10_000
)

// guard counts connections and wrong passwords by address. Connections from
// within the process have no address and are not counted.
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

// addressOf returns the address that a connection comes from; false means from
// within the process. An IPv6 address stands for its /64, since the holder of
// one address usually holds the whole network.
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

// guess allows or refuses one password check. The check counts as wrong until
// right is called, so that many at the same time do not all pass.
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
		forget() // the password is not checked, so this is no guess
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
