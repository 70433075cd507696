package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Fault is something that goes wrong in the processor on purpose.
type Fault struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"` // such as broker_cut
	Bank     string    `json:"bank"`
	Endpoint string    `json:"endpoint"`
	Delay    string    `json:"delay"`
	For      string    `json:"for"`
	Times    int       `json:"times"` // 0 for no such bound
	Share    float64   `json:"share"` // 0 for all
	Seed     int64     `json:"seed"`
	BeganAt  time.Time `json:"began_at"`
	EndsAt   time.Time `json:"ends_at"` // at the latest
	Struck   int       `json:"struck"`
	// ActsAt says where it acts, of several processors: every_processor, this_processor (the one asked) or
	// another_processor; "" for the only one.
	ActsAt string `json:"acts_at,omitempty"`
}

// FaultWish is a fault that is to begin. Only Kind is required, and Bank with a bank's.
type FaultWish struct {
	Kind     string  `json:"kind"`
	Bank     string  `json:"bank,omitempty"`
	Endpoint string  `json:"endpoint,omitempty"`
	Delay    string  `json:"delay,omitempty"`
	For      string  `json:"for,omitempty"`
	Times    int     `json:"times,omitempty"`
	Share    float64 `json:"share,omitempty"`
	Seed     int64   `json:"seed,omitempty"`
}

// Faults lists the faults in force.
func (c *Client) Faults(ctx context.Context) ([]Fault, error) {
	var list struct {
		Data []Fault `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/sim/faults", repeatable: true}, &list)
	return list.Data, err
}

// BeginFault has something go wrong.
func (c *Client) BeginFault(ctx context.Context, w FaultWish) (f Fault, err error) {
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/faults", body: w}, &f)
	return f, err
}

// EndFault ends a fault at once.
func (c *Client) EndFault(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/sim/faults/" + url.PathEscape(id)}, nil)
	return err
}
