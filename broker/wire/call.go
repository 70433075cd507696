package wire

import (
	"fmt"
	"time"
)

// CallType is the type of a [Call].
const CallType = "call"

// Call asks all banks for a sign of life, since a processor has just begun to listen. A bank that does not
// answer is heard at its next one.
type Call struct {
	Type   string    `json:"type"` // "call"
	ID     string    `json:"id"`
	SentAt time.Time `json:"sent_at"`
}

// ReadCall reads and checks a call.
func ReadCall(body []byte) (Call, error) {
	var c Call
	if err := read(body, &c, MaxBody); err != nil {
		return c, err
	}
	switch {
	case c.Type != CallType:
		return c, fmt.Errorf("type: %q is not %q", c.Type, CallType)
	case !plain(c.ID):
		return c, fmt.Errorf("id: must have 1 to %d printable ASCII characters", maxID)
	}
	return c, nil
}
