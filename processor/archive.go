package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sandbank/audit"
	"sandbank/payment"
)

// Archive takes old payments before they go.
type Archive interface {
	// Add keeps them durably, all or none. It may get one a second time, where its going failed.
	Add(list []Departed) error
}

// Departed is a payment that goes, with all that goes with it and is not in it.
type Departed struct {
	Payment payment.Payment
	Timeline
	Audits []audit.Sealed // oldest first
}

// mostAudits is how many audit records about one payment are looked up at once.
const mostAudits = 1000

// departing reads payments that look as if they may go, with what goes with them. What goes has been quiet for a while: no more comes to it until it is locked.
func (p *Processor) departing(ctx context.Context, leaving []Leaving) (map[string]Departed, error) {
	found := map[string]Departed{}
	for _, l := range leaving {
		pay, err := p.store.Payment(ctx, l.Payment)
		if err != nil {
			return nil, err
		}
		d := Departed{Payment: pay}
		if d.Timeline, err = p.store.Timeline(ctx, pay.ID); err != nil {
			return nil, err
		}
		objects := []string{pay.ID}
		for _, dispute := range pay.Disputes {
			objects = append(objects, dispute.ID)
		}
		for _, object := range objects {
			list, err := p.auditsOf(ctx, object)
			if err != nil {
				return nil, err
			}
			d.Audits = append(d.Audits, list...)
		}
		found[pay.ID] = d
	}
	return found, nil
}

// auditsOf is the audit log of an object, oldest first.
func (p *Processor) auditsOf(ctx context.Context, object string) (all []audit.Sealed, err error) {
	f := audit.Filter{Object: object, Limit: mostAudits}
	for {
		list, err := p.store.ListAudits(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			all = append([]audit.Sealed{r}, all...)
		}
		if len(list) < mostAudits {
			return all, nil
		}
		f.Before = list[len(list)-1].Record.ID
	}
}

// errLooked ends a commit that was to look and to change nothing.
var errLooked = errors.New("looked")

// archive has those of the loaded old payments kept that may go, and returns which were, unless they change
// before they are let go.
func (p *Processor) archive(ctx context.Context, load Load, since time.Time) (kept func(Old) bool, err error) {
	copies, err := p.departing(ctx, load.Leaving)
	if err != nil {
		return nil, err
	}
	var list []Departed
	err = p.store.Commit(ctx, load, func(w *Work) error {
		list = nil
		w.letGo(since, func(o Old) bool { return copies[o.Payment.ID].Payment.Version == o.Payment.Version })
		for _, g := range w.Gone.Payments {
			list = append(list, copies[g.Payment])
		}
		return errLooked
	})
	if !errors.Is(err, errLooked) {
		return nil, err
	}
	if len(list) > 0 {
		if err := p.config.Keep.Archive.Add(list); err != nil {
			return nil, fmt.Errorf("the archive does not take them: %w", err)
		}
	}
	versions := map[string]int64{}
	for _, d := range list {
		versions[d.Payment.ID] = d.Payment.Version
	}
	return func(o Old) bool { return versions[o.Payment.ID] == o.Payment.Version }, nil
}
