package outage

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"sandbank/sim"
)

// Shelf keeps the document of the faults, which all processors on one database share.
type Shelf interface {
	// ChangeSecret changes a document under a lock; it is nil at first.
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
	// Secret reads a document, which is made where there is none.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
}

// keptAs is the name of the document.
const keptAs = "faults"

// document is what processors tell each other of their faults.
type document struct {
	Version int64    `json:"version"` // counts the faults that began and ended
	Faults  []posted `json:"faults,omitempty"`
	// Seen is the version that each processor acts by, by its name.
	Seen map[string]int64 `json:"seen,omitempty"`
}

// posted is a fault with the processor at which it began.
type posted struct {
	sim.Fault
	Owner string `json:"owner"`
}

// change changes the document. Do reports whether a fault has begun or ended by it.
func (s *shared) change(ctx context.Context, do func(*document) (news bool, err error)) (d document, err error) {
	_, err = s.shelf.ChangeSecret(ctx, keptAs, func(old []byte) ([]byte, error) {
		d = document{}
		if err := decode(old, &d); err != nil {
			return nil, err
		}
		news, err := do(&d)
		if err != nil {
			return nil, err
		}
		if news {
			d.Version++
		}
		return json.Marshal(d)
	})
	return d, err
}

func (s *shared) load(ctx context.Context) (d document, err error) {
	doc, err := s.shelf.Secret(ctx, keptAs, func() ([]byte, error) { return json.Marshal(document{}) })
	if err != nil {
		return d, err
	}
	return d, decode(doc, &d)
}

func decode(doc []byte, d *document) error {
	if len(doc) == 0 {
		return nil
	}
	if err := json.Unmarshal(doc, d); err != nil {
		return fmt.Errorf("the faults in force cannot be read: %w", err)
	}
	return nil
}

func (d *document) find(id string) *posted {
	for i := range d.Faults {
		if d.Faults[i].ID == id {
			return &d.Faults[i]
		}
	}
	return nil
}
