package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/look"
	"sandbank/web/sequence"
)

// Dot is one moment of a payment's life in the list's small line.
type Dot struct {
	X    int    // from the left, in units of the drawing
	Tone string // "good", "bad", "wait", "quiet" or "" for a step on the way
	Open bool   // it has not ended
	Word string
}

// The small line: room for so many dots, this far apart.
const (
	maxDots = 6
	dotStep = 22
)

// standing is where a payment stands in a word, with a tone, where its status does not say enough: "" and
// "" where it does.
func standing(p payment.Payment, now time.Time) (word, tone string) {
	for _, x := range p.Disputes {
		switch x.Status {
		case payment.DisputeNeedsResponse, payment.DisputeUnderReview:
			return "Disputed", "bad"
		case payment.DisputeLost:
			return "Charged back", "bad"
		case payment.DisputeWon:
		}
	}
	switch back, taken := p.Refunded(), p.Captured(); {
	case back.IsPositive() && back.Equal(taken):
		return "Refunded", "quiet"
	case back.IsPositive():
		return "Partly refunded", "quiet"
	case p.Status == payment.Created && len(p.Attempts) > 0:
		return fmt.Sprintf("Declined %d of %d", len(p.Attempts), p.MaxAttempts), "wait"
	case p.Status == payment.Authorized && !p.AuthorizedUntil.IsZero():
		return "Authorized · " + shortly(p.AuthorizedUntil.Sub(now)) + " left", "good"
	}
	return "", ""
}

// shortly is the larger part of a length of time.
func shortly(d time.Duration) string {
	parts := strings.Fields(sequence.Elapsed(d))
	return strings.Join(parts[:min(2, len(parts))], " ")
}

// dots are a payment's life in a few marks, the latest ones where there are many.
func dots(p payment.Payment) (list []Dot) {
	add := func(tone, word string, open bool) { list = append(list, Dot{Tone: tone, Word: word, Open: open}) }
	add("", "created", false)
	for _, a := range p.Attempts {
		switch a.Status {
		case payment.AttemptApproved:
			add("good", "approved", false)
		case payment.AttemptDeclined:
			add("bad", "declined", false)
		case payment.AttemptErrored, payment.AttemptTimedOut:
			add("bad", "failed", false)
		case payment.AttemptStopped:
			add("quiet", "stopped", false)
		case payment.AttemptSent, payment.AttemptChallenged:
			add("wait", "with the bank", true)
		}
	}
	for _, o := range p.Operations {
		if p.Implied(o) {
			continue
		}
		tones := map[payment.OperationStatus]string{payment.OpPending: "wait", payment.OpSucceeded: "quiet", payment.OpFailed: "bad"}
		add(tones[o.Status], string(o.Kind)+" "+string(o.Status), o.Status == payment.OpPending)
	}
	for _, x := range p.Disputes {
		tones := map[payment.DisputeStatus]string{payment.DisputeWon: "good"}
		add(cmp.Or(tones[x.Status], "bad"), "dispute "+spaced(string(x.Status)), !x.Status.Final())
	}
	switch p.Status {
	case payment.Abandoned:
		add("quiet", "abandoned", true)
	case payment.Canceled:
		add("quiet", "canceled", false)
	case payment.Created, payment.Processing, payment.ActionRequired, payment.Authorized, payment.Captured, payment.Declined, payment.Failed, payment.Voided:
	}
	list = list[max(0, len(list)-maxDots):]
	for i := range list {
		list[i].X = 7 + i*dotStep
	}
	return list
}

// toldOf words how far a payment's events have reached the merchant's receivers.
func toldOf(p payment.Payment, a processor.Arrivals) (word, tone string) {
	whole := fmt.Sprintf("%d/%d", a.Delivered, a.All())
	switch {
	case p.Status == payment.Abandoned && a.All() == 0:
		return "nobody, on purpose", "quiet"
	case a.All() == 0:
		return "–", ""
	case a.Exhausted > 0:
		return "✗ " + whole + ", given up", "bad"
	case a.Retrying > 0:
		return "✗ " + whole + ", retrying", "bad"
	case a.Delivered == a.All():
		return "✓ " + whole, "good"
	}
	return whole + ", on its way", "wait"
}

// Tile is a count of payments.
type Tile struct {
	Count, Label, URL string
}

// tiles count all payments that the viewer sees by what became of them; none where there are none.
func (d *Dashboard) tiles(ctx context.Context, in processor.Reach) ([]Tile, error) {
	t, err := d.Processor.Tally(ctx, in)
	if err != nil || t.All() == 0 {
		return nil, err
	}
	return tilesOf(t), nil
}

func tilesOf(t processor.Tally) []Tile {
	by := func(s payment.Status, label string) Tile {
		return Tile{look.Count(t.ByStatus[s]), label, "/?status=" + string(s)}
	}
	return []Tile{
		{look.Count(t.All()), "All payments", "/"}, by(payment.Captured, "Captured"), by(payment.Declined, "Declined"), by(payment.Failed, "Failed"),
		by(payment.Abandoned, "Abandoned, in silence"), {look.Count(t.Disputed), "Disputed", "/disputes"},
	}
}

// rows are payments in the list, each with how far its merchant was told.
func (d *Dashboard) rows(ctx context.Context, list []payment.Payment) ([]Row, error) {
	if len(list) == 0 {
		return nil, nil
	}
	arrived, err := d.Processor.Arrivals(ctx, list)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(list))
	for i, p := range list {
		rows[i] = d.row(p, arrived[p.ID])
	}
	return rows, nil
}

func (d *Dashboard) row(p payment.Payment, arrived processor.Arrivals) Row {
	r := Row{
		ID: p.ID, URL: "/payments/" + p.ID, At: p.CreatedAt, Reference: p.Reference, Merchant: d.merchant(p.Merchant),
		Amount: look.Money(p.Amount.Value(), string(p.Amount.Currency())), Bank: p.Bank, Status: string(p.Status), Dots: dots(p),
	}
	if p.Reason != nil {
		r.Reason = p.Reason.Code
	}
	if a := p.Last(); a != nil {
		r.Method = a.Instrument.Label()
	}
	r.Word, r.Tone = standing(p, d.Clock.Now())
	r.Told, r.ToldTone = toldOf(p, arrived)
	return r
}
