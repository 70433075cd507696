package processor

import (
	"cmp"
	"context"
	"encoding/json"

	"sandbank/audit"
	"sandbank/fault"
)

// Document is a thing that another API has and this house has not, such as a
// customer or a price: kept for its merchant, and read by that API alone.
type Document struct {
	Kind     string // of the dialect: "stripe.customer"
	ID       string // among all documents
	Merchant string
	Payment  string // that it goes with; "" for none
	Body     json.RawMessage
	About    string // what the audit log names when it is changed; "" for the ID. It is not kept
}

func (d Document) record() Record {
	return Record{Kind: ForeignRecord, ID: d.ID, Merchant: d.Merchant, Payment: d.Payment, Status: d.Kind, Doc: d.Body}
}

func documentOf(r Record) Document {
	return Document{Kind: r.Status, ID: r.ID, Merchant: r.Merchant, Payment: r.Payment, Body: r.Doc}
}

// NoDocument is the error for a document that does not exist or is not the caller's.
func NoDocument(id string) error {
	return NoRecord(ForeignRecord, id)
}

// KeepDocument keeps a new document, and the audit record of its maker. One with the
// same identifier stays as it is, and comes back.
func (p *Processor) KeepDocument(ctx context.Context, d Document) (Document, error) {
	return p.SetDocument(ctx, d, func(d Document) (Document, error) { return d, nil })
}

// SetDocument changes the document of first's identifier, which is first where there is none yet. Change is pure, and may
// refuse.
func (p *Processor) SetDocument(ctx context.Context, first Document, change func(Document) (Document, error)) (Document, error) {
	return p.changeDocument(ctx, first.ID, func(r Record, known bool) (Document, error) {
		if known {
			return change(documentOf(r))
		}
		return change(first)
	})
}

// ChangeDocument changes a document of a merchant. Change is pure, and may refuse.
func (p *Processor) ChangeDocument(ctx context.Context, merchant, kind, id string, change func(Document) (Document, error)) (Document, error) {
	return p.changeDocument(ctx, id, func(r Record, known bool) (Document, error) {
		if !known || r.Kind != ForeignRecord || r.Merchant != merchant || r.Status != kind {
			return Document{}, NoDocument(id)
		}
		return change(documentOf(r))
	})
}

func (p *Processor) changeDocument(ctx context.Context, id string, decide func(r Record, known bool) (Document, error)) (Document, error) {
	act := audit.Of(ctx)
	by := act.Sketch()
	load := func(l *Load) { l.Records = append(l.Records, id) }
	kept, err := submit(ctx, p.batch, load, func(w *Work) (Document, error) {
		d, err := decide(w.RecordOf(id))
		if err != nil {
			return d, err
		}
		w.keep(d.record())
		p.witness(w, by, cmp.Or(d.About, id), d.Merchant)
		return d, nil
	})
	if act.About(cmp.Or(kept.About, id)); err == nil {
		act.Keep()
	}
	return kept, err
}

// Document reads a document of a merchant.
func (p *Processor) Document(ctx context.Context, merchant, kind, id string) (Document, error) {
	r, err := p.store.RecordOf(ctx, ForeignRecord, id)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && (r.Merchant != merchant || r.Status != kind):
		return Document{}, NoDocument(id)
	case err != nil:
		return Document{}, err
	}
	return documentOf(r), nil
}

// Documents lists a merchant's documents of a kind, newest first.
func (p *Processor) Documents(ctx context.Context, merchant, kind string, w Window) (out Page[Document], err error) {
	found, err := paged(w, func(r Record) string { return r.ID }, func(limit int) ([]Record, error) {
		return p.store.Records(ctx, RecordFilter{Kind: ForeignRecord, Merchant: merchant, Status: kind, Before: w.Cursor, Limit: limit})
	})
	out = Page[Document]{Next: found.Next}
	for _, r := range found.Items {
		out.Items = append(out.Items, documentOf(r))
	}
	return out, err
}

// NewID makes the identifier of a thing that only another API has.
func (p *Processor) NewID(prefix, merchant string) string {
	return p.config.Chance.NthID(prefix, p.now(), merchant, p.config.Chance.Ordinal(prefix, merchant))
}
