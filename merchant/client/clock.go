package client

import (
	"context"
	"net/http"
	"time"
)

// Clock is simulated time, and what happened on the way where it was steered.
type Clock struct {
	Now      time.Time      `json:"now"`
	Mode     string         `json:"mode"` // following, frozen or running
	Rate     float64        `json:"rate"` // seconds of simulated time in one of the computer's
	Version  int64          `json:"version"`
	NextDue  *time.Time     `json:"next_due_at"`
	Moments  int            `json:"moments"`
	Happened map[string]int `json:"happened"` // by kind
}

// ClockWish is what is to become of simulated time: one move at most, Set or Advance, and one way to
// pass at most, Freeze, Rate or Follow.
type ClockWish struct {
	Set     *time.Time    `json:"set,omitempty"`
	Advance *ClockAdvance `json:"advance,omitempty"`
	Freeze  bool          `json:"freeze,omitempty"`
	Rate    float64       `json:"rate,omitempty"`
	Follow  bool          `json:"follow,omitempty"`
	Within  string        `json:"within,omitempty"` // bounds an advance, in the computer's time
}

// ClockAdvance is how far time is to go, by one of the three.
type ClockAdvance struct {
	By   string     `json:"by,omitempty"` // a duration such as "15m"
	To   *time.Time `json:"to,omitempty"`
	Next bool       `json:"next,omitempty"` // to the next due moment
}

// Clock is what time it is in the simulation.
func (c *Client) Clock(ctx context.Context) (k Clock, err error) {
	_, err = c.call(ctx, request{method: http.MethodGet, path: "/sim/clock", repeatable: true}, &k)
	return k, err
}

// longestAdvance is the most time, of the computer, that a processor takes for an advance.
const longestAdvance = 80 * time.Second

// SteerClock steers simulated time, and returns when it has arrived.
func (c *Client) SteerClock(ctx context.Context, w ClockWish) (k Clock, err error) {
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/clock", body: w, wait: longestAdvance}, &k)
	return k, err
}
