package processor

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/settlement"
)

// TranscriptLine is one thing that happened, in the canonical form of a run: the same seed, commands
// and clock give the same lines, byte for byte. What is secret, or an address of this run, is named by
// what it belongs to, or left out.
type TranscriptLine struct {
	At       time.Time      `json:"at"` // simulated time
	What     What           `json:"what"`
	ID       string         `json:"id"`
	Of       string         `json:"of,omitempty"` // the payment; of a try the delivery
	Merchant string         `json:"merchant,omitempty"`
	Bank     string         `json:"bank,omitempty"`
	Rule     string         `json:"rule,omitempty"` // by which it happened
	Note     string         `json:"note,omitempty"`
	Body     map[string]any `json:"body,omitempty"`
}

// What is the kind of a transcript's line.
type What string

// The kinds, in the order in which they follow one another at one instant.
const (
	WhatPayment    What = "payment"    // it was created
	WhatRequest    What = "request"    // to a bank
	WhatAnswer     What = "answer"     // a bank's message: result, dispute
	WhatEntry      What = "entry"      // it was booked
	WhatEvent      What = "event"      // it was told
	WhatDelivery   What = "delivery"   // an event to a webhook endpoint
	WhatTry        What = "try"        // of a delivery
	WhatEnd        What = "end"        // a payment's final status, or the present one
	WhatSettlement What = "settlement" // a bank's batch was received
	WhatBreak      What = "break"      // between batch and book
	WhatPayout     What = "payout"     // to a merchant
)

// order are the kinds in their order.
var order = []What{
	WhatPayment, WhatRequest, WhatAnswer, WhatEntry, WhatEvent, WhatDelivery, WhatTry, WhatEnd, WhatSettlement, WhatBreak, WhatPayout,
}

// Transcript writes what happened within reach, oldest first, as a line of JSON each.
func (p *Processor) Transcript(ctx context.Context, in Reach, to io.Writer) error {
	return WriteTranscript(ctx, p.store, in, to)
}

// TranscriptSource is what a transcript is read from.
type TranscriptSource interface {
	Payments
	Records
	Ledger
}

// WriteTranscript is [Processor.Transcript] of a store that no processor works on.
func WriteTranscript(ctx context.Context, s TranscriptSource, in Reach, to io.Writer) error {
	t := transcript{ctx: ctx, store: s, in: in}
	for _, part := range []func() error{t.payments, t.entries, t.settlements, t.breaks, t.payouts} {
		if err := part(); err != nil {
			return err
		}
	}
	slices.SortStableFunc(t.lines, func(a, b TranscriptLine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(slices.Index(order, a.What), slices.Index(order, b.What)),
			cmp.Compare(cmp.Or(a.Of, a.ID), cmp.Or(b.Of, b.ID)))
	})
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	for _, l := range t.lines {
		if err := encoder.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// transcriptPage is how many rows are read at once.
const transcriptPage = 500

// transcript gathers the lines.
type transcript struct {
	ctx   context.Context
	store TranscriptSource
	in    Reach
	lines []TranscriptLine
}

func (t *transcript) add(l TranscriptLine) {
	l.At = l.At.UTC()
	t.lines = append(t.lines, l)
}

func (t *transcript) payments() error {
	merchant, ok := t.in.filter()
	for before := ""; ok; {
		list, err := t.store.Payments(t.ctx, Filter{Merchant: merchant, Before: before, Limit: transcriptPage})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, pay := range list {
			if err := t.payment(pay); err != nil {
				return err
			}
		}
		before = list[len(list)-1].ID
	}
	return nil
}

// payment adds a payment with everything that is recorded about it.
func (t *transcript) payment(pay payment.Payment) error {
	story, err := t.store.Timeline(t.ctx, pay.ID)
	if err != nil {
		return err
	}
	t.add(TranscriptLine{At: pay.CreatedAt, What: WhatPayment, ID: pay.ID, Merchant: pay.Merchant, Bank: pay.FirstBank, Body: map[string]any{
		"amount": pay.Amount, "reference": pay.Reference, "expires_at": pay.ExpiresAt, "capture": pay.CaptureMode, "attempts": pay.MaxAttempts,
	}})
	for _, m := range story.Messages {
		l := TranscriptLine{At: m.At, What: WhatRequest, ID: m.ID, Of: pay.ID, Bank: m.Bank, Note: m.Note, Body: canonical(pay.ID, m.Body)}
		if m.Direction == In {
			l.What, l.Rule = WhatAnswer, string(m.Verdict)
		}
		t.add(l)
	}
	for _, e := range story.Events {
		t.add(TranscriptLine{At: e.At, What: WhatEvent, ID: e.ID, Of: pay.ID, Merchant: e.Merchant, Body: told(pay.ID, e)})
	}
	for _, d := range story.Deliveries {
		t.add(TranscriptLine{At: d.Event.At, What: WhatDelivery, ID: d.ID, Of: pay.ID, Body: map[string]any{
			"event": d.Event.ID, "endpoint": d.Endpoint.ID, "status": d.Status,
		}})
		for _, a := range d.Attempts {
			t.add(TranscriptLine{At: a.At, What: WhatTry, ID: d.ID, Of: pay.ID, Body: map[string]any{"number": a.Number, "code": a.Code}})
		}
	}
	end := TranscriptLine{At: pay.UpdatedAt, What: WhatEnd, ID: pay.ID, Of: pay.ID, Body: map[string]any{"status": pay.Status, "version": pay.Version}}
	if why := pay.Why(); why != nil {
		end.Rule = why.Rule
	}
	t.add(end)
	return nil
}

func told(pay string, e event.Event) map[string]any {
	return map[string]any{"type": e.Type, "sequence": e.Sequence, "data": canonical(pay, e.Data)}
}

// entries adds what was booked. A merchant sees what was booked for its payments.
func (t *transcript) entries() error {
	mine := map[string]bool{}
	for _, l := range t.lines {
		mine[l.ID] = mine[l.ID] || l.What == WhatPayment
	}
	for before := ""; ; {
		list, err := t.store.Entries(t.ctx, EntryFilter{Before: before, Limit: transcriptPage})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, e := range list {
			if t.in.all || mine[e.Payment] {
				t.add(TranscriptLine{At: e.At, What: WhatEntry, ID: e.ID, Of: e.Payment, Body: map[string]any{"kind": e.Kind, "key": e.Key, "postings": e.Postings}})
			}
		}
		before = list[len(list)-1].ID
	}
}

// records goes through the records of a kind.
func (t *transcript) records(kind RecordKind, each func(Record) error) error {
	merchant, ok := t.in.filter()
	for before := ""; ok; {
		list, err := t.store.Records(t.ctx, RecordFilter{Kind: kind, Merchant: merchant, Before: before, Limit: transcriptPage})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			if err := each(r); err != nil {
				return err
			}
		}
		before = list[len(list)-1].ID
	}
	return nil
}

func (t *transcript) settlements() error {
	return t.records(SettlementRecord, func(r Record) error {
		s, err := Decode[settlement.Settlement](r)
		t.add(TranscriptLine{At: s.ReceivedAt, What: WhatSettlement, ID: r.ID, Bank: r.Bank, Body: canonical("", r.Doc)})
		return err
	})
}

func (t *transcript) breaks() error {
	return t.records(BreakRecord, func(r Record) error {
		k, err := Decode[settlement.Break](r)
		t.add(TranscriptLine{At: k.OpenedAt, What: WhatBreak, ID: r.ID, Of: r.Payment, Bank: r.Bank, Rule: string(k.Kind), Body: canonical(r.Payment, r.Doc)})
		return err
	})
}

func (t *transcript) payouts() error {
	return t.records(PayoutRecord, func(r Record) error {
		out, err := Decode[settlement.Payout](r)
		t.add(TranscriptLine{At: out.CreatedAt, What: WhatPayout, ID: r.ID, Merchant: r.Merchant, Body: canonical("", r.Doc)})
		return err
	})
}

// canonical is a document without what differs from run to run: secrets, which addresses of the
// checkout and of a bank's page are, and addresses of this processor.
func canonical(pay string, doc []byte) map[string]any {
	var v map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(doc)))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return map[string]any{"text": string(doc)} // whatever a bank sent
	}
	name(pay, v)
	return v
}

// name names what is secret in a document. The names of members are those of the contracts.
func name(pay string, v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "links")
		_, toBank := v["instrument"]
		for member, value := range v {
			switch {
			case member == "checkout_url", member == "return_url" && toBank:
				v[member] = "checkout of " + pay
			case member == "challenge_url":
				request, _ := v["request_id"].(string)
				v[member] = "challenge of " + cmp.Or(request, pay)
			default:
				name(pay, value)
			}
		}
	case []any:
		for _, one := range v {
			name(pay, one)
		}
	}
}
