// Package chance is the one source of randomness, of two kinds that are not to be taken for each
// other. What may be repeated comes from a [Source] or from [For]: identifiers, the banks' moods, the
// spread of retries. With a seed, the same commands then give the same transcript, whatever goroutines
// do: an identifier is made of what it belongs to, and luck of whom it meets. What guards anything
// comes from [Secret], which nothing can seed: keys, nonces, sessions, tokens. A Source gives no bytes,
// so that none of it can become a key.
package chance

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Source makes what may be repeated. It is safe for concurrent use. The zero value draws from the
// operating system, and repeats nothing.
type Source struct {
	seed    [16]byte // the seed, and the number of the start
	repeats bool

	mu     sync.Mutex
	counts map[string]uint64
}

// Secret returns n bytes that nobody can guess or repeat, from the operating system, whatever the seed.
func Secret(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // documented never to fail
	return b
}

// Crypto draws from the operating system.
func Crypto() *Source { return &Source{} }

// Seeded repeats itself for the same seed.
func Seeded(seed uint64) *Source { return Restarted(seed, 0) }

// Restarted repeats itself for the same seed and the same start: how often somebody began on the same
// kept data before. Counts begin anew with each start, and what they name must not.
func Restarted(seed, start uint64) *Source {
	s := &Source{repeats: true, counts: map[string]uint64{}}
	binary.LittleEndian.PutUint64(s.seed[:8], seed)
	binary.LittleEndian.PutUint64(s.seed[8:], start)
	return s
}

// State is where a source with a seed stands.
type State struct {
	Seed   uint64            `json:"seed"`
	Start  uint64            `json:"start"`
	Counts map[string]uint64 `json:"counts"`
}

// State is where the source stands; false for one without a seed.
func (s *Source) State() (State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := State{Seed: binary.LittleEndian.Uint64(s.seed[:8]), Start: binary.LittleEndian.Uint64(s.seed[8:]), Counts: maps.Clone(s.counts)}
	return at, s.repeats
}

// Resumed goes on where another source stood.
func Resumed(at State) *Source {
	s := Restarted(at.Seed, at.Start)
	maps.Copy(s.counts, at.Counts)
	return s
}

// Repeats reports whether the source has a seed.
func (s *Source) Repeats() bool { return s.repeats }

// Seed is the seed; 0 for none.
func (s *Source) Seed() uint64 { return binary.LittleEndian.Uint64(s.seed[:8]) }

// Nth finds the n for which [Source.NthID] makes an identifier for an owner; false where the source does
// not make it.
func (s *Source) Nth(id, owner string) (n uint64, ok bool) {
	prefix, text, _ := strings.Cut(id, "_")
	u, err := uuid.Parse(text)
	if err != nil || !s.repeats {
		return 0, false
	}
	n = uint64(binary.BigEndian.Uint16(u[6:])&0x0fff)<<14 | uint64(binary.BigEndian.Uint16(u[8:])&0x3fff)
	made := s.NthID(prefix, time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, u[:6]...)))), owner, n)
	return n, made == id
}

// Ordinal counts what an owner gets of one kind: 1 for the first. It says the same again only in the
// same order, so an owner is to be somebody whose things come one after the other. Without a seed
// nobody needs it, and it is 0.
func (s *Source) Ordinal(kind, owner string) uint64 {
	if !s.repeats {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	of := kind + " of " + owner
	s.counts[of]++
	return s.counts[of]
}

// Number returns a number of 64 bits; the next one each time.
func (s *Source) Number() uint64 {
	b := s.draw("number", nil)
	return binary.BigEndian.Uint64(b[:])
}

// ID returns prefix + "_" + a UUIDv7 (RFC 9562, section 5.7) of the given time: identifiers of later
// milliseconds sort after earlier ones. With a seed, what is not the time is made of what the
// identifier belongs to, which must therefore name it alone among those of its prefix and millisecond;
// if nothing is named, the identifier is the next of its prefix.
func (s *Source) ID(prefix string, now time.Time, of ...string) string {
	return format(prefix, now, s.draw(prefix, of))
}

// NthID is [Source.ID] for the n-th thing of an owner, of which those of one millisecond sort in their
// order; see [Source.Ordinal].
func (s *Source) NthID(prefix string, now time.Time, owner string, n uint64) string {
	if !s.repeats {
		return s.ID(prefix, now)
	}
	b := s.draw(prefix, []string{owner, fmt.Sprint(n)})
	// A counter of 26 bits after the time (RFC 9562, section 6.2, method 1), around version and variant.
	binary.BigEndian.PutUint16(b[0:], uint16(n>>14))
	binary.BigEndian.PutUint16(b[2:], uint16(n&0x3fff))
	return format(prefix, now, b)
}

// FixedID returns the identifier of something of which there is one for its words, such as a merchant's one endpoint in a
// dialect: it depends on nothing else, and its time is 1970.
func FixedID(prefix string, of ...string) string {
	h := sha256.New()
	for _, word := range of {
		_, _ = fmt.Fprintf(h, "%q", word)
	}
	return format(prefix, time.UnixMilli(0), [10]byte(h.Sum(nil)[:10]))
}

// draw returns what an identifier has beside the time: 10 bytes.
func (s *Source) draw(kind string, of []string) (b [10]byte) {
	if !s.repeats {
		_, _ = rand.Read(b[:]) // documented never to fail
		return b
	}
	if len(of) == 0 {
		of = []string{fmt.Sprint(s.Ordinal(kind, ""))}
	}
	h := sha256.New()
	_, _ = h.Write(s.seed[:])
	_, _ = fmt.Fprintf(h, "%q", kind)
	for _, o := range of {
		_, _ = fmt.Fprintf(h, " %q", timeless(o))
	}
	copy(b[:], h.Sum(nil))
	return b
}

func format(prefix string, now time.Time, b [10]byte) string {
	var id uuid.UUID
	copy(id[6:], b[:])
	ms := uint64(now.UnixMilli())
	binary.BigEndian.PutUint32(id[0:], uint32(ms>>16))
	binary.BigEndian.PutUint16(id[4:], uint16(ms))
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // RFC 9562 variant
	return prefix + "_" + id.String()
}

// FirstID is not after any identifier that [Source.ID] makes for prefix from an
// instant on: where a list by id is to begin at a time.
func FirstID(prefix string, from time.Time) string {
	ms := uint64(max(from.UnixMilli(), 0))
	return fmt.Sprintf("%s_%08x-%04x-7", prefix, uint32(ms>>16), uint16(ms))
}

// ValidID reports whether id is what [Source.ID] makes for prefix: one lower
// case spelling and no other, so that an identifier is also a key.
func ValidID(prefix, id string) bool {
	if len(id) != len(prefix)+1+36 || id[:len(prefix)] != prefix || id[len(prefix)] != '_' {
		return false
	}
	text := id[len(prefix)+1:]
	u, err := uuid.Parse(text)
	return err == nil && u.String() == text && u.Version() == 7
}

// For returns a generator that depends on seed and key alone: the same request meets the same luck,
// however often, when and in whatever order it arrives. The key is words; of identifiers among them,
// the time does not count.
func For(seed uint64, key string) *mrand.Rand {
	h := fnv.New64a()
	words := strings.Split(key, " ")
	for i, word := range words {
		words[i] = timeless(word)
	}
	_, _ = h.Write([]byte(strings.Join(words, " ")))
	return mrand.New(mrand.NewPCG(seed, h.Sum64()))
}

// timeless is an identifier without its time; any other word is returned as it is.
func timeless(word string) string {
	const uuidLength, timeLength = 36, len("01890a5d-ac96-")
	at := strings.LastIndexByte(word, '_') + 1
	if at == 0 || len(word)-at != uuidLength || !ValidID(word[:at-1], word) {
		return word
	}
	return word[:at] + word[at+timeLength:]
}
