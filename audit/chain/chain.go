// Package chain links records by hash, so that a record that is changed, removed
// or inserted later is noticed. Records are written first and sealed a moment
// later, in a goroutine of their own: if every transaction hashed its own
// records, all transactions would queue for the last link.
package chain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// Genesis is the hash before the first link.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Hash returns the hex SHA-256 over the previous hash, the number and the JSON
// of the record. The fields of a struct have a fixed order, so its JSON is
// fixed. An empty previous hash means [Genesis].
func Hash(previous string, number int64, linked any) string {
	if previous == "" {
		previous = Genesis
	}
	body, err := json.Marshal(linked)
	if err != nil {
		panic("chain: " + err.Error()) // plain structs always encode
	}
	h := sha256.New()
	h.Write([]byte(previous + "\n" + strconv.FormatInt(number, 10) + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

const (
	gather = 200 * time.Millisecond // how long a written record waits for others
	batch  = 2000
	// idle is the time between checks when nothing was written here: another
	// process may have died between its writing and the seal.
	idle = 10 * time.Second
	// soon is the time to the next check after a seal: some records can be
	// sealed only when older transactions have ended.
	soon = 2 * time.Second
)

// Tend seals until ctx ends, whenever something was written. Seal seals records
// up to a limit and returns their number. After an error, which failed gets,
// Tend tries again.
func Tend(ctx context.Context, written <-chan struct{}, seal func(ctx context.Context, limit int) (int, error), failed func(error)) {
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-written:
			select {
			case <-ctx.Done():
				return
			case <-time.After(gather):
			}
		}
		if All(ctx, seal, failed) {
			look.Reset(soon)
		} else {
			look.Reset(idle)
		}
	}
}

// All seals all records that can be sealed now, and reports whether to check
// again soon.
func All(ctx context.Context, seal func(ctx context.Context, limit int) (int, error), failed func(error)) (again bool) {
	for {
		n, err := seal(ctx, batch)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		if n < batch {
			return n > 0 || err != nil
		}
	}
}
