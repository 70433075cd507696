package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Hold stops payments at some hops of their way, on purpose.
type Hold struct {
	ID        string    `json:"id"`
	Hops      []string  `json:"hops"`
	Merchant  string    `json:"merchant"` // "" for everybody
	Payment   string    `json:"payment"`  // "" for every payment
	Times     int       `json:"times"`
	Taken     int       `json:"taken"`
	Held      int       `json:"held"`
	EndsAt    time.Time `json:"ends_at"`     // in simulated time, at the latest
	GivesUpAt time.Time `json:"gives_up_at"` // by the processor's computer
}

// HoldWish is a hold that is to begin. The zero value holds everything within reach, at every hop.
type HoldWish struct {
	Hops    []string `json:"hops,omitempty"`
	Payment string   `json:"payment,omitempty"`
	For     string   `json:"for,omitempty"`
	Within  string   `json:"within,omitempty"`
	Times   int      `json:"times,omitempty"`
}

// Held is something that is held.
type Held struct {
	ID      string          `json:"id"`
	Hold    string          `json:"hold"`
	Hop     string          `json:"hop"`
	Status  string          `json:"status"`
	Payment string          `json:"payment"`
	Kind    string          `json:"kind"`
	Says    string          `json:"says"`
	Since   time.Time       `json:"since"`
	Message json.RawMessage `json:"message"`
}

// HeldMove is what is to become of something that is held.
type HeldMove struct {
	Action  string `json:"action"`
	Outcome string `json:"outcome,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Twice   bool   `json:"twice,omitempty"`
}

// Holds lists the holds in force.
func (c *Client) Holds(ctx context.Context) ([]Hold, error) {
	var list struct {
		Data []Hold `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/sim/holds", repeatable: true}, &list)
	return list.Data, err
}

// BeginHold begins a hold.
func (c *Client) BeginHold(ctx context.Context, w HoldWish) (h Hold, err error) {
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/holds", body: w}, &h)
	return h, err
}

// EndHold ends a hold. What it holds goes on.
func (c *Client) EndHold(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/sim/holds/" + url.PathEscape(id)}, nil)
	return err
}

// Held lists what is held, of one payment or with "" of all, in the order in which it goes on.
func (c *Client) Held(ctx context.Context, payment string) ([]Held, error) {
	var list struct {
		Data []Held `json:"data"`
	}
	path := "/sim/held"
	if payment != "" {
		path += "?payment=" + url.QueryEscape(payment)
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: path, repeatable: true}, &list)
	return list.Data, err
}

// MoveHeld releases, drops, doubles, reorders or answers what is held.
func (c *Client) MoveHeld(ctx context.Context, id string, m HeldMove) (h Held, err error) {
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/held/" + url.PathEscape(id), body: m}, &h)
	return h, err
}

// Step has the first thing go on that is held, of one payment or with "" of all.
func (c *Client) Step(ctx context.Context, payment string) (h Held, err error) {
	body := struct {
		Payment string `json:"payment,omitempty"`
	}{payment}
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/step", body: body}, &h)
	return h, err
}
