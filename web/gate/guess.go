package gate

import (
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sandbank/fault"
)

// The limits on guessing secrets. They hold everywhere and cannot be set: no
// honest client needs more.
//
//	one client from one address   10 at once, then one every six seconds
//	one address                   60 at once, then one a second
//	one client from anywhere     100 at once, then one a second
//
// The last one would let a stranger lock out a client by guessing for it. So it
// does not hold for an address from which that client got in before.
var (
	pairRate    = Rate{1.0 / 6, 10}
	addressRate = Rate{1, 60}
	clientRate  = Rate{1, 100}
)

// pair is a client as seen from an address.
type pair struct {
	address netip.Addr
	client  string
}

// guesses counts failed authentications.
type guesses struct {
	pairs     *buckets[pair]
	addresses *buckets[netip.Addr]
	clients   *buckets[string]
	mu        sync.Mutex
	proven    map[pair]struct{} // got in before; bounded
}

const maxProven = 10_000

func newGuesses() guesses {
	return guesses{
		pairs: newBuckets[pair]("failures", pairRate), addresses: newBuckets[netip.Addr]("failures", addressRate),
		clients: newBuckets[string]("failures", clientRate), proven: map[pair]struct{}{},
	}
}

// Guess is one authentication with a secret. It counts as failed from the
// start, so that a thousand at the same time are not all let through before the
// first has failed.
type Guess struct {
	limiter *Limiter
	who     pair
	at      time.Time
	counted []*rate.Limiter
}

// Guess begins an authentication of a client, or refuses to look at its secret
// because too many were wrong. An admitted guess ends with Right, or stays
// counted. A nil limiter admits every guess.
func (l *Limiter) Guess(w http.ResponseWriter, r *http.Request, client string) (*Guess, error) {
	if l == nil {
		return nil, nil
	}
	g := &Guess{limiter: l, who: pair{l.Address(r), client}, at: l.limits.Clock.Now()}
	k := &l.guesses
	wait := max(g.count(k.pairs.of(g.who), k.pairs.rate), g.count(k.addresses.of(g.who.address), k.addresses.rate))
	if !k.knows(g.who) {
		wait = max(wait, g.count(k.clients.of(client), k.clients.rate))
	}
	if wait > 0 {
		g.forget() // it is not looked at, so it is no guess
		return nil, tooManyFailures(w, wait)
	}
	return g, nil
}

// count takes a token if there is one, or says how long it takes until there is one. It never takes one that is yet to come, as a
// reservation would: of two given back in another order than taken, one would stay away.
func (g *Guess) count(limit *rate.Limiter, of Rate) time.Duration {
	t := of.take(limit, g.at)
	if t.ok {
		g.counted = append(g.counted, limit)
		return 0
	}
	return max(t.next, 1) // another guess may have given one back since
}

// forget gives back the tokens taken.
func (g *Guess) forget() {
	now := g.limiter.limits.Clock.Now()
	for _, limit := range g.counted {
		limit.AllowN(now, -1)
	}
	g.counted = nil
}

// Right says that the secret was right.
func (g *Guess) Right() {
	if g == nil {
		return
	}
	g.forget()
	k := &g.limiter.guesses
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.proven) >= maxProven {
		clear(k.proven)
	}
	k.proven[g.who] = struct{}{}
}

func (g *guesses) knows(who pair) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.proven[who]
	return ok
}

// wrong counts a token or key that was refused, and says so in other words once
// there were too many. A good one is never refused for the wrong ones of others
// behind the same address: it cannot be guessed.
func (l *Limiter) wrong(w http.ResponseWriter, r *http.Request, err error) error {
	if l == nil || !fault.Is(err, fault.Unauthenticated) || fault.Code(err) == TokenMissing {
		return err
	}
	if t := l.guesses.addresses.take(l.Address(r), l.limits.Clock.Now()); !t.ok {
		return tooManyFailures(w, t.next)
	}
	return err
}

func tooManyFailures(w http.ResponseWriter, wait time.Duration) error {
	w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
	return fault.New(fault.RateLimited, "too_many_failures", "Too many authentications have failed here.").
		Hinting("Check the client id and secret, then wait for Retry-After seconds. Meanwhile the right ones are not looked at either.")
}
