package node

import (
	"context"
	"encoding/binary"
	"errors"

	"sandbank/chance"
)

// startsKey is the document that counts the starts with a seed.
const startsKey = "starts"

// openChance makes the source of identifiers. With a seed it counts the starts on the same data:
// a second one repeats nothing that the first has made, nor does a processor beside it.
func (n *life) openChance(ctx context.Context) error {
	if at := n.left.chance; at != nil {
		n.chance = chance.Resumed(*at)
		return nil
	}
	if n.config.Seed == 0 {
		n.chance = chance.Crypto()
		return nil
	}
	var before uint64
	_, err := n.store.ChangeSecret(ctx, startsKey, func(old []byte) ([]byte, error) {
		if before = 0; len(old) > 0 {
			if len(old) != 8 {
				return nil, errors.New("the count of starts cannot be read")
			}
			before = binary.BigEndian.Uint64(old)
		}
		return binary.BigEndian.AppendUint64(nil, before+1), nil
	})
	n.chance = chance.Restarted(n.config.Seed, before)
	return err
}
