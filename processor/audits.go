package processor

import (
	"context"

	"sandbank/audit"
)

// Audits keeps the audit log. Records come with commits, or by package trail.
type Audits interface {
	// ListAudits lists the newest first.
	ListAudits(ctx context.Context, f audit.Filter) ([]audit.Sealed, error)
	// AddAudits keeps records, all or none, and each once, also where it is asked again.
	AddAudits(ctx context.Context, list []audit.Record) error
	// SealAudits does for the audit log what Seal does for the ledger.
	SealAudits(ctx context.Context, limit int) (int, error)
}

// Audits lists records of the audit log, newest first. The filter's own merchant,
// place and limit are not looked at.
func (p *Processor) Audits(ctx context.Context, in Reach, f audit.Filter, w Window) (Page[audit.Sealed], error) {
	var ok bool
	if f.Merchant, ok = in.filter(); !ok {
		return Page[audit.Sealed]{}, nil
	}
	found, err := paged(w, func(s audit.Sealed) string { return s.Record.ID }, func(limit int) ([]audit.Sealed, error) {
		f.Before, f.Limit = w.Cursor, limit
		return p.store.ListAudits(ctx, f)
	})
	return lastSays(ctx, p.store, found, err)
}
