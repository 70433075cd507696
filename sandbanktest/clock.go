package sandbanktest

import (
	"fmt"
	"sync"
	"time"

	"sandbank/merchant/client"
)

// Clock is simulated time. It stands still but for what is said here.
type Clock struct {
	sb  *Sandbank
	mu  sync.Mutex
	now time.Time
}

// Now is what time it is.
func (c *Clock) Now() time.Time {
	c.sb.t.Helper()
	k, err := c.sb.Operator.Clock(c.sb.t.Context())
	if err != nil {
		c.sb.t.Fatal("the clock: ", err)
	}
	c.took(k)
	return k.Now
}

// Advance goes on by a duration such as "15m" or "36h", from one due moment to the next, and returns
// when everything has happened on the way.
func (c *Clock) Advance(by string) {
	c.sb.t.Helper()
	c.steer("by "+by, client.ClockAdvance{By: by})
}

// AdvanceTo goes on to a time.
func (c *Clock) AdvanceTo(to time.Time) {
	c.sb.t.Helper()
	c.steer("to "+to.Format(time.RFC3339), client.ClockAdvance{To: &to})
}

// AdvanceToNext goes on to the next moment at which something is due.
func (c *Clock) AdvanceToNext() {
	c.sb.t.Helper()
	c.steer("to the next due moment", client.ClockAdvance{Next: true})
}

// longestAdvance is how much of the computer's time one advance may take.
const longestAdvance = "80s"

func (c *Clock) steer(how string, a client.ClockAdvance) {
	c.sb.t.Helper()
	k, err := c.sb.Operator.SteerClock(c.sb.t.Context(), client.ClockWish{Advance: &a, Within: longestAdvance})
	if err != nil {
		c.sb.t.Fatalf("time does not go on %s: %v", how, err)
	}
	c.took(k)
	c.sb.log.add(k.Now, "time", "", fmt.Sprintf("goes on %s", how))
}

// rest waits until everything has happened that is due now.
func (c *Clock) rest() {
	c.sb.t.Helper()
	now := c.last()
	k, err := c.sb.Operator.SteerClock(c.sb.t.Context(), client.ClockWish{Advance: &client.ClockAdvance{To: &now}, Within: longestAdvance})
	if err != nil {
		c.sb.t.Fatal("the Sandbank does not come to rest: ", err)
	}
	c.took(k)
}

func (c *Clock) took(k client.Clock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = k.Now
}

// last is what time it was when the clock was last looked at.
func (c *Clock) last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}
