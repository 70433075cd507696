package processor

import (
	"context"
	"time"

	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/wire"
)

// receiveCommand keeps a bank's batch. It is matched in a step of its own, as
// soon as no answer is on its way any more that its lines may be about.
func (p *Processor) receiveCommand(b wire.Settlement, body []byte, out *Handled) *command {
	return &command{
		load: func(l *Load) { l.Inbox = append(l.Inbox, b.ID) },
		decide: func(w *Work) error {
			*out = Handled{}
			now := p.Clock.Now()
			fresh := w.message(Message{
				ID: b.ID, Direction: In, Bank: b.Bank, Kind: wire.SettlementType, At: now, Verdict: payment.Applied, Body: []byte(`{}`),
			})
			if !fresh {
				out.Note = "the same message came before"
				return nil
			}
			s := settlement.Of(p.newID("stl"), b, now)
			w.keep(Record{Kind: BatchRecord, ID: b.ID, Bank: b.Bank, Status: string(s.Status), Doc: body})
			w.keep(settlementRecord(s, now))
			return nil
		},
		done: make(chan struct{}),
	}
}

func settlementRecord(s settlement.Settlement, due time.Time) Record {
	return NewRecord(Record{Kind: SettlementRecord, ID: s.ID, Bank: s.Bank, Status: string(s.Status), DueAt: due}, s)
}

func breakRecord(k settlement.Break) Record {
	return NewRecord(Record{
		Kind: BreakRecord, ID: k.ID, Merchant: k.Merchant, Bank: k.Bank, Payment: k.Payment, Status: string(k.Status),
	}, k)
}

const (
	answersTake = time.Minute // how long a batch waits for answers that its lines may be about
	lookAgain   = time.Second
)

// match holds a received batch against the book.
func (p *Processor) match(ctx context.Context, r Record) error {
	s, err := Decode[settlement.Settlement](r)
	if err != nil || s.Status != settlement.Received {
		return err
	}
	kept, err := p.Store.RecordOf(ctx, BatchRecord, s.Batch)
	if err != nil {
		return err
	}
	b, err := wire.ReadSettlement(kept.Doc)
	if err != nil {
		return err
	}
	scope := SettleScope{Bank: b.Bank, Currency: b.Currency, Until: b.CoversUntil}
	for _, l := range b.Lines {
		scope.References = append(scope.References, l.Reference)
	}
	now := p.Clock.Now()
	early, err := p.early(ctx, b, scope.References)
	if err != nil {
		return err
	}
	waits := early && now.Before(s.ReceivedAt.Add(answersTake))
	_, err = p.batch.do(ctx, &command{
		load: func(l *Load) {
			l.Records = append(l.Records, s.ID)
			if !waits {
				l.Settles = append(l.Settles, scope)
			}
		},
		decide: func(w *Work) error {
			if w.records[s.ID].Status != string(settlement.Received) {
				return nil // another processor was quicker
			}
			if waits {
				w.keep(settlementRecord(s, now.Add(lookAgain)))
				return nil
			}
			return p.matched(w, s, b, scope)
		},
	})
	return err
}

// early reports whether a batch may have come before an answer that it pays for:
// one of its lines is about a request that is still under way.
func (p *Processor) early(ctx context.Context, b wire.Settlement, references []string) (bool, error) {
	known := map[string]bool{}
	list, err := p.Store.Items(ctx, ItemFilter{IDs: references, Limit: len(references)})
	if err != nil {
		return false, err
	}
	for _, i := range list {
		known[i.ID] = true
	}
	for _, l := range b.Lines {
		if known[l.Reference] || l.Kind == wire.LineCorrection {
			continue
		}
		pay, err := p.Store.Payment(ctx, l.Payment)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil || underWay(pay, l.Reference) {
			return err == nil, err
		}
	}
	return false, nil
}

// underWay reports whether the bank's answer to a request has not come yet.
func underWay(pay payment.Payment, request string) bool {
	if o, ok := pay.ByRequest(request); ok {
		return o.Status == payment.OpPending
	}
	a := pay.Last()
	return a != nil && a.RequestID == request && (a.Status == payment.Sent || a.Status == payment.Challenged)
}

// matched books what matching comes to.
func (p *Processor) matched(w *Work, s settlement.Settlement, b wire.Settlement, scope SettleScope) error {
	named := map[string]bool{}
	for _, id := range scope.References {
		named[id] = true
	}
	var items []settlement.Item
	for _, i := range w.items {
		if i.Bank == s.Bank && i.Amount.Currency() == s.Currency && (named[i.ID] || i.State == settlement.Open && !i.BookedAt.After(s.CoversUntil)) {
			items = append(items, i)
		}
	}
	var breaks []settlement.Break
	for _, r := range w.records {
		if r.Kind == BreakRecord && r.Bank == s.Bank && r.Status == string(settlement.BreakOpen) {
			k, err := Decode[settlement.Break](r)
			if err != nil {
				return err
			}
			if k.Currency == s.Currency {
				breaks = append(breaks, k)
			}
		}
	}
	byID(items, func(i settlement.Item) string { return i.ID })
	byID(breaks, func(k settlement.Break) string { return k.ID })
	now := p.Clock.Now()
	out := settlement.Match(s, b, items, breaks, now, func() string { return p.newID("brk") })
	for _, i := range out.Items {
		w.item(i)
	}
	for _, k := range out.Breaks {
		w.keep(breakRecord(k))
	}
	entry, ok := ledger.Settle(ledger.Subject{EntryID: p.newID("ent"), Of: s.ID, At: now}, s.Bank, out.Sums)
	if ok {
		w.Entries = append(w.Entries, entry)
	}
	w.keep(settlementRecord(out.Settlement, time.Time{}))
	return nil
}

// WriteOff gives a break up by an entry of its own. By says who did.
func (p *Processor) WriteOff(ctx context.Context, id, by, note string) (out settlement.Break, err error) {
	r, err := p.Store.RecordOf(ctx, BreakRecord, id)
	if err != nil {
		return out, err
	}
	first, err := Decode[settlement.Break](r)
	if err != nil {
		return out, err
	}
	_, err = p.batch.do(ctx, &command{
		load: func(l *Load) { l.Records = append(l.Records, id, first.Settlement) },
		decide: func(w *Work) error {
			k, err := Decode[settlement.Break](w.records[id])
			if err != nil {
				return err
			}
			s, err := Decode[settlement.Settlement](w.records[k.Settlement])
			if err != nil {
				return err
			}
			now, entry := p.Clock.Now(), p.newID("ent")
			if k, err = k.WriteOff(now, by, note, entry); err != nil {
				return err
			}
			w.Entries = append(w.Entries, ledger.WriteOff(ledger.Subject{EntryID: entry, Of: k.ID, At: now}, k.Bank, k.Effect))
			w.keep(breakRecord(k))
			w.keep(settlementRecord(s.Without(), time.Time{}))
			out = k
			return nil
		},
	})
	return out, err
}

// Claim asks the bank to make a break right: it corrects the line in its next
// batch.
func (p *Processor) Claim(ctx context.Context, id string) (settlement.Break, error) {
	r, err := p.Store.RecordOf(ctx, BreakRecord, id)
	if err != nil {
		return settlement.Break{}, err
	}
	k, err := Decode[settlement.Break](r)
	if err == nil && k.Status != settlement.BreakOpen {
		err = fault.New(fault.Conflict, "break_resolved", "The break is %s already.", k.Status)
	}
	if err != nil {
		return k, err
	}
	return k, p.Steer(ctx, k.Bank, wire.Controls{Command: wire.CommandCorrect, Settlement: k.Batch, Reference: k.Reference}, nil)
}
