package grant

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// Key is one signing key. Its life has three parts: it is published and signs
// nothing, so that verifiers with a copy of the key set learn of it in time; it
// signs; its successor signs, and its own tokens expire.
type Key struct {
	ID     string    `json:"kid"`
	PKCS8  []byte    `json:"pkcs8"`
	MadeAt time.Time `json:"made_at"`
	From   time.Time `json:"from,omitzero"`  // when it began to sign; zero for not yet
	Until  time.Time `json:"until,omitzero"` // when its last token has run out; zero while it signs
}

// ErrTooNew says that the next key may not sign yet, because some verifiers may
// not know it.
var ErrTooNew = errors.New("the keys cannot be turned")

// Ring is the keys in the order of their making: former ones, the present one,
// the next one. It is kept as one document, and changed under a lock.
type Ring struct {
	Keys []Key `json:"keys"`
}

// The times in a key's life.
const (
	// MaxAge is how long a key signs before it is replaced automatically.
	MaxAge = 30 * 24 * time.Hour
	// Published is how long a key is published before it signs. Verifiers may
	// keep a copy of the key set for five minutes, and clocks differ.
	Published = 10 * time.Minute
)

// ReadRing reads what [Ring.Write] wrote; nothing reads as an empty ring.
func ReadRing(b []byte) (r Ring, err error) {
	if len(b) == 0 {
		return r, nil
	}
	err = json.Unmarshal(b, &r)
	return r, err
}

// Write is the ring as it is stored.
func (r Ring) Write() []byte {
	b, _ := json.Marshal(r) // a struct of strings, bytes and times always encodes
	return b
}

// Present is the key that signs; false where there is none.
func (r Ring) Present() (Key, bool) {
	for _, k := range slices.Backward(r.Keys) {
		if !k.From.IsZero() && k.Until.IsZero() {
			return k, true
		}
	}
	return Key{}, false
}

// Find returns the key with an id, unless it is a former one whose last token
// has expired.
func (r Ring) Find(id string, now time.Time) (Key, bool) {
	for _, k := range r.Keys {
		if k.ID == id {
			return k, k.usable(now)
		}
	}
	return Key{}, false
}

// Usable returns the keys that a verifier may meet now or later.
func (r Ring) Usable(now time.Time) []Key {
	return slices.DeleteFunc(slices.Clone(r.Keys), func(k Key) bool { return !k.usable(now) })
}

func (k Key) usable(now time.Time) bool { return k.Until.IsZero() || now.Before(k.Until) }

// Old reports whether the present key has signed for long enough.
func (r Ring) Old(now time.Time) bool {
	k, ok := r.Present()
	return !ok || !now.Before(k.From.Add(MaxAge))
}

// Begun returns the ring with a present and a next key.
func (r Ring) Begun(now time.Time, fresh func() (Key, error)) (Ring, error) {
	if _, ok := r.Present(); ok {
		return r, nil
	}
	return r.withTwo(now, fresh)
}

func (r Ring) withTwo(now time.Time, fresh func() (Key, error)) (Ring, error) {
	var list []Key
	for range 2 {
		k, err := fresh()
		if err != nil {
			return r, err
		}
		k.MadeAt = now
		list = append(list, k)
	}
	list[0].From = now
	return Ring{append(slices.Clone(r.Keys), list...)}, nil
}

// Turned returns the ring one step further: the next key signs, the present one
// becomes a former one until its tokens expire, and there is a new next one.
func (r Ring) Turned(now time.Time, life time.Duration, fresh func() (Key, error)) (Ring, error) {
	keys := r.Usable(now)
	if len(keys) < 2 || !keys[len(keys)-1].From.IsZero() {
		return Ring{keys}.withTwo(now, fresh)
	}
	next := &keys[len(keys)-1]
	if ready := next.MadeAt.Add(Published); now.Before(ready) {
		return r, fmt.Errorf("%w before %s; the next one was published at %s", ErrTooNew, ready.Format(time.RFC3339), next.MadeAt.Format(time.RFC3339))
	}
	next.From = now
	keys[len(keys)-2].Until = now.Add(life)
	k, err := fresh()
	k.MadeAt = now
	return Ring{append(keys, k)}, err
}

// Replaced returns a ring of new keys only: tokens signed by the old ones are no
// longer valid.
func Replaced(now time.Time, fresh func() (Key, error)) (Ring, error) {
	return Ring{}.withTwo(now, fresh)
}
