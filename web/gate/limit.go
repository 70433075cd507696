package gate

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/fault"
)

// Limits says how much one caller may ask for.
type Limits struct {
	// Client bounds the requests with one client's tokens; Address bounds the
	// requests from one address, with a token or without.
	Client, Address Rate
	// Proxies are the networks whose X-Forwarded-For is believed. Elsewhere the
	// header says what its sender likes, and is not read.
	Proxies []netip.Prefix
	// Clock rules the refill. It is the computer's: a simulated time that
	// stands still would refuse everybody.
	Clock clock.Computer
}

// Limiter counts what clients and addresses ask for, in memory: each processor
// counts for itself. A nil one counts nothing.
type Limiter struct {
	limits   Limits
	clients  *buckets[string]
	networks *buckets[netip.Addr]
	guesses  guesses
}

// NewLimiter makes a limiter. Failed authentications are bounded even where
// Limits has no bounds.
func NewLimiter(l Limits) *Limiter {
	return &Limiter{limits: l, clients: newBuckets[string]("client", l.Client), networks: newBuckets[netip.Addr]("address", l.Address), guesses: newGuesses()}
}

// The headers of draft-ietf-httpapi-ratelimit-headers-10, as package http spells them.
const (
	policyHeader = "Ratelimit-Policy"
	stateHeader  = "Ratelimit"
)

// admit counts a request under a limit, tells of it in the headers, and refuses
// what is too much.
func admit[K comparable](h http.Header, b *buckets[K], key K, l *Limiter, who string) error {
	t := b.take(key, l.limits.Clock.Now())
	h[policyHeader] = append(h[policyHeader], b.policy)
	h[stateHeader] = append(h[stateHeader], b.state(t))
	if t.ok {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(seconds(t.next)))
	return fault.New(fault.RateLimited, "rate_limited", "%s asks for more than %g requests a second.", who, b.rate.PerSecond).
		Hinting("Wait for Retry-After seconds. The header RateLimit says how much is left; with Prefer: wait=30, a stream or a webhook there is nothing to ask for again and again.")
}

// admitClient counts a request of a client that showed its token.
func (l *Limiter) admitClient(w http.ResponseWriter, client string) error {
	if l == nil || l.clients == nil {
		return nil
	}
	return admit(w.Header(), l.clients, client, l, "This client")
}

// Admit counts an operation on a connection that stays open, where an answer
// has no headers.
func (l *Limiter) Admit(client string) error {
	if l == nil || l.clients == nil {
		return nil
	}
	return admit(http.Header{}, l.clients, client, l, "This client")
}

func (l *Limiter) admitAddress(w http.ResponseWriter, r *http.Request) error {
	if l == nil || l.networks == nil {
		return nil
	}
	return admit(w.Header(), l.networks, l.Address(r), l, "This address")
}

// Address is the address of a request: its peer's, or, where that is a trusted
// proxy, the last address that no trusted proxy added. An IPv6 address stands for
// its /64, since one subscriber usually has the whole of it.
func (l *Limiter) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	if l.trusts(at) {
		at = l.forwarded(r, at)
	}
	if at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.Addr()
		}
	}
	return at
}

func (l *Limiter) trusts(a netip.Addr) bool {
	for _, p := range l.limits.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwarded reads X-Forwarded-For from its end, where our own proxies write. Text
// that is no address ends it: the proxy that passed it on is the last known one.
func (l *Limiter) forwarded(r *http.Request, proxy netip.Addr) netip.Addr {
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			return proxy
		}
		if proxy = a.Unmap(); !l.trusts(proxy) {
			return proxy
		}
	}
	return proxy
}

// Guard applies the limit on addresses to every request except those for
// liveness: a supervisor that is refused would take a busy processor for a dead
// one.
func (g *Gate) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/livez" && r.URL.Path != "/readyz" {
			if err := g.Limits.admitAddress(w, r); err != nil {
				g.Refuse(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Refuse answers outside any route: with a page where a person looks, else as the
// API does to which the request is addressed.
func (g *Gate) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	g.RefuseTo(w, r, audit.Read, audit.Actor{Kind: audit.Nobody}, err)
}

// RefuseTo is Refuse with a known action and actor.
func (g *Gate) RefuseTo(w http.ResponseWriter, r *http.Request, action audit.Action, who audit.Actor, err error) {
	id := g.Note(w, r, action, who, err)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	d, program := g.spoken(r)
	if g.Page != nil && Names(r, "text/html") && !program {
		g.Page(w, r, fault.From(err), statusOf[fault.From(err).Kind])
		return
	}
	g.refuse(w, r, d, id, err)
}
