package gate

import (
	"container/list"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is a token bucket: PerSecond sustained, Burst at once. The zero value has no
// limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// usualBurst is the default burst, in seconds' worth of the sustained rate.
const usualBurst = 5

// maxRate and maxBurst keep a slip of the finger from meaning no limit at all.
const maxRate, maxBurst = 1_000_000, 10_000_000

// ParseRate reads a rate: "100" a second, "100:500" with at most 500 at once, or
// "off".
func ParseRate(text string) (Rate, error) {
	if text == "off" {
		return Rate{}, nil
	}
	each, burst, hasBurst := strings.Cut(text, ":")
	perSecond, err := strconv.ParseFloat(each, 64)
	if err != nil || !(perSecond > 0 && perSecond <= maxRate) {
		return Rate{}, fmt.Errorf("%q: write it as requests a second, such as 100, or 100:500 for at most 500 at once, or off", text)
	}
	r := Rate{perSecond, int(math.Ceil(perSecond * usualBurst))}
	if hasBurst {
		if r.Burst, err = strconv.Atoi(burst); err != nil || r.Burst < 1 || r.Burst > maxBurst {
			return Rate{}, fmt.Errorf("%q: what may come at once is a whole number from 1 to %d", text, maxBurst)
		}
	}
	return r, nil
}

// None reports whether everything is let through.
func (r Rate) None() bool { return r.PerSecond == 0 }

// window is after how many seconds a bucket is full again.
func (r Rate) window() int {
	return seconds(r.refill(float64(r.Burst)))
}

// seconds rounds up to whole seconds, one at least.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// maxBuckets is the number of callers that are remembered under one limit. The
// caller seen longest ago is forgotten first, and starts anew.
const maxBuckets = 10_000

// buckets holds a token bucket for each of the callers seen lately.
type buckets[K comparable] struct {
	name   string // of the policy
	rate   Rate
	policy string // as RateLimit-Policy has it
	mu     sync.Mutex
	held   map[K]*list.Element
	recent *list.List // of *bucket[K], the one seen last in front
}

type bucket[K comparable] struct {
	key   K
	limit *rate.Limiter
}

func newBuckets[K comparable](name string, r Rate) *buckets[K] {
	if r.None() {
		return nil
	}
	return &buckets[K]{
		name: name, rate: r, policy: fmt.Sprintf("%q;q=%d;w=%d", name, r.Burst, r.window()),
		held: map[K]*list.Element{}, recent: list.New(),
	}
}

// of finds a caller's bucket, or gives it a full one.
func (b *buckets[K]) of(key K) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.held[key]; ok {
		b.recent.MoveToFront(e)
		return e.Value.(*bucket[K]).limit
	}
	if len(b.held) >= maxBuckets {
		oldest := b.recent.Back()
		delete(b.held, b.recent.Remove(oldest).(*bucket[K]).key)
	}
	fresh := &bucket[K]{key, rate.NewLimiter(rate.Limit(b.rate.PerSecond), b.rate.Burst)}
	b.held[key] = b.recent.PushFront(fresh)
	return fresh.limit
}

// taken is what became of a request for one token.
type taken struct {
	ok   bool
	left int           // how many more could come now
	full time.Duration // until as many as ever can come at once
	next time.Duration // until one more can come; 0 where it can now
}

func (b *buckets[K]) take(key K, now time.Time) taken { return b.rate.take(b.of(key), now) }

// take asks a bucket of this rate for a token.
func (r Rate) take(limit *rate.Limiter, now time.Time) taken {
	ok := limit.AllowN(now, 1)
	tokens := max(0, limit.TokensAt(now))
	t := taken{ok: ok, left: int(tokens), full: r.refill(float64(r.Burst) - tokens)}
	if tokens < 1 {
		t.next = r.refill(1 - tokens)
	}
	return t
}

// refill is how long it takes until so many tokens have come.
func (r Rate) refill(tokens float64) time.Duration {
	return time.Duration(tokens / r.PerSecond * float64(time.Second))
}

// state is as the header RateLimit has it.
func (b *buckets[K]) state(t taken) string {
	text := make([]byte, 0, 40)
	text = append(text, '"')
	text = append(text, b.name...)
	text = append(text, `";r=`...)
	text = strconv.AppendInt(text, int64(t.left), 10)
	text = append(text, `;t=`...)
	return string(strconv.AppendInt(text, int64(seconds(t.full)), 10))
}
