// Package chain links records by hash, so that none can be changed, taken out or
// put in between without showing. What is linked is written first and sealed a
// moment later, beside the work: hashing in everybody's own transaction would
// have all of them queue for the last link.
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

// Hash is the hex SHA-256 over the previous hash, the number and the JSON of what
// is linked. The order of a struct's fields is fixed, and so is its JSON. An
// empty previous hash is [Genesis].
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
	gather = 200 * time.Millisecond // how long what was written waits for company
	batch  = 2000
	// idle is how often to look when nothing was written here: another process may
	// have died between its writing and the seal.
	idle = 10 * time.Second
	// soon is when to look again after the last one: something may only become
	// sealable when transactions older than its own have ended.
	soon = 2 * time.Second
)

// Tend seals until ctx ends, whenever something was written. Seal seals up to a
// limit and reports how many; failed hears of what did not work and is tried
// again.
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

// All seals what there is now, and reports whether to look again soon.
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
