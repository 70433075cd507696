// Package chance is the one source of randomness, of two kinds that are not to be taken for each
// other. What may be repeated comes from a [Source] or from [For]: identifiers, the banks' moods, the
// spread of retries. With a seed, the same commands then give the same transcript. What guards
// anything comes from [Secret], which nothing can seed: keys, nonces, sessions, tokens. A Source gives
// no bytes, so that none of it can become a key.
package chance

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	mrand "math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Source makes what may be repeated. It is safe for concurrent use.
type Source struct {
	mu sync.Mutex
	r  io.Reader
}

// Secret returns n bytes that nobody can guess or repeat, from the operating system, whatever the seed.
func Secret(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // documented never to fail
	return b
}

// Crypto draws from the operating system.
func Crypto() *Source { return &Source{r: rand.Reader} }

// Seeded repeats itself for the same seed.
func Seeded(seed uint64) *Source {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return &Source{r: mrand.NewChaCha8(key)}
}

// Number returns a number of 64 bits.
func (s *Source) Number() uint64 { return binary.BigEndian.Uint64(s.draw(8)) }

func (s *Source) draw(n int) []byte {
	b := make([]byte, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	// Both readers are documented never to fail.
	_, _ = io.ReadFull(s.r, b)
	return b
}

// ID returns prefix + "_" + a UUIDv7 (RFC 9562, section 5.7) of the given time:
// identifiers of later milliseconds sort after earlier ones.
func (s *Source) ID(prefix string, now time.Time) string {
	var id uuid.UUID
	copy(id[6:], s.draw(10))
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

// For returns a generator that depends on seed and key alone: the same request
// meets the same luck, however often and in whatever order it arrives.
func For(seed uint64, key string) *mrand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return mrand.New(mrand.NewPCG(seed, h.Sum64()))
}
