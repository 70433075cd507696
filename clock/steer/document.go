package steer

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/clock"
)

// Keeper keeps the clock's document, which all processors on one store share.
type Keeper interface {
	// ChangeSecret changes a document under a lock; it is nil at first.
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
	// Secret reads a document, which is made where there is none.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
}

// Names of what is kept. Signs of life come every second and move no clock, so they have a document of their own.
const (
	clockDoc = "clock"       // a document
	peersDoc = "clock_peers" // roll
)

// document is what is kept of the clock.
type document struct {
	clock.State
	// Ahead is how far an advance may get before the state is kept again; nil for none.
	Ahead *reserved `json:"ahead,omitempty"`
	// Ask names the question that the leader of an advance puts to the other processors; Leader is the
	// leader's name.
	Ask    string `json:"ask,omitempty"`
	Leader string `json:"leader,omitempty"`
	// Answers are banks' answers that reached another processor than the one that asked.
	Answers map[string]answer `json:"answers,omitempty"`
}

// roll is what the processors say of themselves, by name.
type roll map[string]peer

// reserved is the time at which a processor starts after an advance that was cut off.
type reserved struct {
	At   time.Time `json:"at"`
	Rate float64   `json:"rate"` // at which time passes afterwards
}

// peer is what one processor says of itself.
type peer struct {
	Beat  int64     `json:"beat"`                 // counts on, as long as it is there
	Ask   string    `json:"ask,omitempty"`        // the last that it answered
	Next  time.Time `json:"next_due_at,omitzero"` // when it will have something to do
	Begun int64     `json:"begun,omitzero"`       // how often it took something in hand so far
	// Happened counts what it has done so far, by kind.
	Happened map[string]int `json:"happened,omitempty"`
}

// change changes the clock's document under its lock.
func change(ctx context.Context, k Keeper, do func(*document)) error {
	_, err := changeIn(ctx, k, clockDoc, func(d *document) { do(d) })
	return err
}

// load reads the clock's document.
func load(ctx context.Context, k Keeper) (document, error) {
	return loadFrom[document](ctx, k, clockDoc)
}

// changeIn changes a document under its lock, and returns it.
func changeIn[T any](ctx context.Context, k Keeper, name string, do func(*T)) (d T, err error) {
	_, err = k.ChangeSecret(ctx, name, func(old []byte) ([]byte, error) {
		if d, err = decode[T](old); err != nil {
			return nil, err
		}
		do(&d)
		return encode(d), nil
	})
	return d, err
}

// loadFrom reads a document.
func loadFrom[T any](ctx context.Context, k Keeper, name string) (d T, err error) {
	doc, err := k.Secret(ctx, name, func() ([]byte, error) { return encode(d), nil })
	if err != nil {
		return d, err
	}
	return decode[T](doc)
}

// Load reads the state that is kept; the computer's time where the clock was never steered. After an
// advance that was cut off, it is as far as that may have got.
func Load(ctx context.Context, k Keeper) (clock.State, error) {
	d, err := load(ctx, k)
	if d.Ahead != nil {
		d.At, d.Since, d.Rate = d.Ahead.At, clock.Real{}.Now(), d.Ahead.Rate
	}
	return d.State, err
}

// Begin keeps a state for a clock that was never steered; any other one stays as it is.
func Begin(ctx context.Context, k Keeper, s clock.State) error {
	return change(ctx, k, func(d *document) {
		if d.State == (clock.State{}) {
			d.State = s
		}
	})
}

func decode[T any](doc []byte) (d T, err error) {
	if len(doc) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return d, fmt.Errorf("the clock's state cannot be read: %w", err)
	}
	return d, nil
}

func encode(d any) []byte {
	doc, err := json.Marshal(d, json.Deterministic(true))
	if err != nil {
		panic("steer: " + err.Error()) // a document always encodes
	}
	return doc
}
