package processor

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/settlement"
)

// receiveCommand keeps a bank's batch. It is matched in a step of its own, as
// soon as no answer is on its way any more that its lines may be about.
func (p *Processor) receiveCommand(b wire.Settlement, body []byte, out *Handled) *command {
	return &command{
		load: func(l *Load) { l.Inbox = append(l.Inbox, inboxID(b.Bank, b.ID)) },
		decide: func(w *Work) error {
			*out = Handled{}
			now := p.now()
			fresh := w.message(Message{
				ID: inboxID(b.Bank, b.ID), Direction: In, Bank: b.Bank, Kind: wire.SettlementType, At: now, Verdict: payment.VerdictApplied, Body: []byte(`{}`),
			})
			if !fresh {
				out.Note = "the same message came before"
				return nil
			}
			s := settlement.Of(p.newID("stl", b.Bank, b.ID), b, now)
			w.keep(Record{Kind: BatchRecord, ID: BatchID(s), Bank: b.Bank, Status: string(s.Status), Doc: body})
			w.keep(settlementRecord(s, now))
			return nil
		},
		done: make(chan struct{}),
	}
}

// BatchID is the id of the record that keeps a settlement's batch.
func BatchID(s settlement.Settlement) string { return BatchIDOf(s.ID) }

// BatchIDOf is the same by the settlement's id.
func BatchIDOf(settlement string) string { return settlement + ".batch" }

func settlementRecord(s settlement.Settlement, due time.Time) Record {
	return NewRecord(Record{Kind: SettlementRecord, ID: s.ID, Bank: s.Bank, Status: string(s.Status), DueAt: due}, s)
}

func breakRecord(k settlement.Break) Record {
	return NewRecord(Record{
		Kind: BreakRecord, ID: k.ID, Merchant: k.Merchant, Bank: k.Bank, Payment: k.Payment, Status: string(k.Status),
	}, k)
}

const (
	messagesTake = time.Minute // how long a batch waits for what its bank said before it
	lookAgain    = time.Second
)

// match holds a received batch against the book.
func (p *Processor) match(ctx context.Context, r Record) error {
	s, err := Decode[settlement.Settlement](r)
	if err != nil || s.Status != settlement.Received {
		return err
	}
	kept, err := p.store.RecordOf(ctx, BatchRecord, BatchID(s))
	if err != nil {
		return err
	}
	b, err := wire.ReadSettlement(kept.Doc)
	if err != nil {
		return err
	}
	scope := SettleScope{Bank: b.Bank, Currency: b.Currency, Until: b.CoversUntil}
	for _, l := range b.Lines {
		scope.References = append(scope.References, settlement.IDs(b.Bank, l)...)
	}
	now := p.now()
	waits, err := p.waits(ctx, s, b, scope.References, now)
	if err != nil {
		return err
	}
	earlier, err := p.unresolved(ctx, b.Bank)
	if err != nil {
		return err
	}
	_, err = p.batch.do(ctx, &command{
		load: func(l *Load) {
			l.Records = append(l.Records, s.ID)
			if !waits {
				l.Records = append(l.Records, earlier...)
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

// waits reports whether a batch is not to be matched yet. It waits for an answer
// for as long as a bank may take, and then the request has failed.
func (p *Processor) waits(ctx context.Context, s settlement.Settlement, b wire.Settlement, references []string, now time.Time) (bool, error) {
	if !now.Before(s.ReceivedAt.Add(max(messagesTake, p.config.Deadline))) {
		return false, nil
	}
	if s.Sequence > 1 {
		before, known, err := p.batchBefore(ctx, s)
		switch {
		case err != nil:
			return false, err
		case known && before.Status == settlement.Received:
			return true, nil
		case !known && now.Before(s.ReceivedAt.Add(messagesTake)):
			return true, nil
		}
	}
	return p.early(ctx, b, references)
}

// batchBefore finds the bank's batch before this one. If this one were matched
// first, the lines of the other would be missing here.
func (p *Processor) batchBefore(ctx context.Context, s settlement.Settlement) (before settlement.Settlement, known bool, err error) {
	err = p.eachRecord(ctx, RecordFilter{Kind: SettlementRecord, Bank: s.Bank}, func(r Record) (bool, error) {
		if before, err = Decode[settlement.Settlement](r); err != nil {
			return false, err
		}
		known = before.Currency == s.Currency && before.Sequence == s.Sequence-1
		return !known, nil
	})
	return before, known, err
}

// early reports whether a batch may have come before an answer that it pays for:
// one of its lines is about a request that is still under way.
func (p *Processor) early(ctx context.Context, b wire.Settlement, references []string) (bool, error) {
	known := map[string]bool{}
	list, err := p.store.Items(ctx, ItemFilter{IDs: references, Limit: len(references)})
	if err != nil {
		return false, err
	}
	for _, i := range list {
		known[i.Named()] = known[i.Named()] || i.Bank == b.Bank
	}
	for _, l := range b.Lines {
		if known[l.Reference] || l.Kind == wire.LineCorrection {
			continue
		}
		pay, err := p.store.Payment(ctx, l.Payment)
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
	if slices.ContainsFunc(pay.Disputes, func(d payment.Dispute) bool { return d.BankDispute == request && !d.Status.Final() }) {
		return true // its chargeback came before the word that it was lost
	}
	a := pay.Last()
	return a != nil && a.RequestID == request && (a.Status == payment.AttemptSent || a.Status == payment.AttemptChallenged)
}

// matched books what matching comes to.
func (p *Processor) matched(w *Work, s settlement.Settlement, b wire.Settlement, scope SettleScope) error {
	named := map[string]bool{}
	for _, id := range scope.References {
		named[id] = true
	}
	var items []settlement.Item
	for _, i := range w.items {
		if i.Bank == s.Bank && i.Amount.Currency() == s.Currency && (named[i.ID] || i.State == settlement.ItemOpen && !i.BookedAt.After(s.CoversUntil)) {
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
	now := p.now()
	out := settlement.Match(s, b, items, breaks, now, func(n int) string { return p.newID("brk", s.ID, strconv.Itoa(n)) })
	if err := p.workedOff(w, s.ID, out.Breaks...); err != nil {
		return err
	}
	for _, i := range out.Items {
		w.item(i)
	}
	for _, k := range out.Breaks {
		w.keep(breakRecord(k))
	}
	entry, ok := ledger.Settle(ledger.Subject{EntryID: p.newID("ent", s.ID), Of: s.ID, At: now}, s.Bank, out.Sums)
	if ok {
		w.Entries = append(w.Entries, entry)
	}
	w.keep(settlementRecord(out.Settlement, time.Time{}))
	return nil
}

// unresolved lists the settlements of a bank whose breaks are still open.
func (p *Processor) unresolved(ctx context.Context, bank string) (ids []string, err error) {
	list, err := p.store.Records(ctx, RecordFilter{Kind: BreakRecord, Bank: bank, Status: string(settlement.BreakOpen), Limit: math.MaxInt32})
	for _, r := range list {
		k, err := Decode[settlement.Break](r)
		if err != nil {
			return nil, err
		}
		ids = append(ids, k.Settlement)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// workedOff takes closed breaks off their settlements' counts, except for those of
// the settlement that has just made them.
func (p *Processor) workedOff(w *Work, now string, breaks ...settlement.Break) error {
	fewer := map[string]settlement.Settlement{}
	for _, k := range breaks {
		if k.Status == settlement.BreakOpen || k.Settlement == now {
			continue
		}
		s, counted := fewer[k.Settlement]
		if !counted {
			r, ok := w.records[k.Settlement]
			if !ok { // another processor has made its breaks just now
				return fault.New(fault.Unavailable, "busy", "The settlement %s changed meanwhile.", k.Settlement)
			}
			var err error
			if s, err = Decode[settlement.Settlement](r); err != nil {
				return err
			}
		}
		fewer[k.Settlement] = s.Without()
	}
	for _, s := range fewer {
		w.keep(settlementRecord(s, time.Time{}))
	}
	return nil
}

// WriteOff closes a break with an entry of its own. By is the person. A
// merchant is still paid for an item that the bank left out: the loss is the
// processor's.
func (p *Processor) WriteOff(ctx context.Context, id, by, note string) (settlement.Break, error) {
	if err := checkText(form.Note, "/note", note); err != nil {
		return settlement.Break{}, err
	}
	first, err := p.Break(ctx, id)
	if err != nil {
		return settlement.Break{}, err
	}
	load := func(l *Load) {
		l.Records = append(l.Records, id, first.Settlement)
		names := settlement.IDs(first.Bank, wire.Line{Payment: first.Payment, Reference: first.Reference})
		l.Settles = append(l.Settles, SettleScope{Bank: first.Bank, Currency: first.Currency, References: names})
	}
	return submit(ctx, p.batch, load, func(w *Work) (settlement.Break, error) { return p.writeOff(w, id, by, note) })
}

func (p *Processor) writeOff(w *Work, id, by, note string) (none settlement.Break, err error) {
	k, err := Decode[settlement.Break](w.records[id])
	if err != nil {
		return none, err
	}
	now, entry := p.now(), p.newID("ent", id)
	booking, moves := ledger.WriteOff(ledger.Subject{EntryID: entry, Of: k.ID, At: now}, k.Bank, k.Effect)
	if !moves {
		entry = ""
	}
	if k, err = k.WriteOff(now, by, note, entry); err != nil {
		return none, err
	}
	if err := p.workedOff(w, "", k); err != nil {
		return none, err
	}
	if moves {
		w.Entries = append(w.Entries, booking)
	}
	for _, i := range w.items {
		if k.Misses(i) {
			w.item(i.GivenUp())
		}
	}
	w.keep(breakRecord(k))
	return k, nil
}

// Claim asks the bank to make a break right: it corrects the line in its next
// batch.
func (p *Processor) Claim(ctx context.Context, id string) (settlement.Break, error) {
	if _, err := p.Break(ctx, id); err != nil {
		return settlement.Break{}, err
	}
	load := func(l *Load) { l.Records = append(l.Records, id) }
	return submit(ctx, p.batch, load, func(w *Work) (none settlement.Break, err error) {
		k, err := Decode[settlement.Break](w.records[id])
		if err == nil && k.Status != settlement.BreakOpen {
			err = fault.New(fault.Conflict, "break_resolved", "The break is %s already.", k.Status)
		}
		if err != nil {
			return none, err
		}
		k.Claimed = true
		p.steer(w, k.Bank, wire.Controls{Command: wire.CommandCorrect, Settlement: k.Batch, Reference: k.Reference})
		w.keep(breakRecord(k))
		return k, nil
	})
}
