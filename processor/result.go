package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

// Handled is what became of a bank's message.
type Handled struct {
	// Reject is true for a message that is to be dead-lettered: it can never be
	// applied, or it contradicts its request.
	Reject bool
	// Err is a failure that may pass: the message is to be tried again.
	Err error
	// Note says why, in words.
	Note string
}

// Results applies a batch of messages from banks, in order, and reports on each.
// It returns after everything it reports as done is committed. The next commit takes them along, before what
// waits of customers and merchants: a crowd of new payments does not keep the banks waiting.
func (p *Processor) Results(ctx context.Context, bodies [][]byte) []Handled {
	list := make([]said, len(bodies))
	for i, body := range bodies {
		list[i].body = body
	}
	return p.results(ctx, list)
}

// said is one message from a bank. From is the bank's identifier in the routing
// key, to which the broker holds the bank's user; "" if the key names no bank.
type said struct {
	from string
	body []byte
	last bool    // the last try
	past sim.Hop // where it was held before, "" for nowhere
	// Trace is where its sender was; "" where it did not say. Began is when it was taken up, by the computer's
	// time, where that is recorded.
	trace trace.Context
	began time.Time
}

func (p *Processor) results(ctx context.Context, list []said) []Handled {
	out := make([]Handled, len(list))
	commands := make([]*command, 0, len(list))
	places := make([]int, 0, len(list))
	var rests []wire.Rest
	for i, s := range list {
		c, err := p.read(s, &out[i], &rests)
		if err != nil {
			out[i] = Handled{Reject: true, Note: err.Error()}
			continue
		}
		if c == nil {
			continue // a bank's rest, which changes nothing
		}
		commands = append(commands, c)
		places = append(places, i)
	}
	if len(commands) > 0 {
		p.applied.Begin(len(commands))
		defer p.applied.End(len(commands))
		if err := p.batch.together(ctx, commands); err != nil {
			return failed(len(list), err)
		}
	}
	for i, c := range commands {
		out[places[i]].Err = c.result
		ended(c.span, out[places[i]])
	}
	p.rested(rests)
	return out
}

// failed has every message tried again. What the commands write is not looked at, since they may be under way.
func failed(n int, err error) []Handled {
	out := make([]Handled, n)
	for i := range out {
		out[i].Err = err
	}
	return out
}

// rested reports banks that are at rest. Their earlier messages are committed, or will be
// tried again.
func (p *Processor) rested(list []wire.Rest) {
	for _, r := range list {
		if p.config.Rested != nil {
			p.config.Rested(r)
		}
	}
}

// read makes a command of a bank's message, whichever it is; nil for a bank's rest, which is listed.
func (p *Processor) read(m said, out *Handled, rests *[]wire.Rest) (c *command, err error) {
	var by string
	r, err := wire.ReadResult(m.body)
	if err == nil {
		by, c = r.Bank, p.aboutPayment(m, inboxID(r.Bank, r.ID), r.Payment, r.Bank, out, func(w *Work, pay payment.Payment) Handled {
			return p.applyResult(w, pay, r, m)
		})
	} else {
		switch wire.TypeOf(m.body) {
		case wire.DisputeType:
			var d wire.Dispute
			d, err = wire.ReadDispute(m.body)
			by, c = d.Bank, p.aboutPayment(m, inboxID(d.Bank, d.ID), d.Payment, d.Bank, out, func(w *Work, pay payment.Payment) Handled {
				return p.applyClaim(w, pay, d, m)
			})
		case wire.SettlementType:
			var s wire.Settlement
			s, err = wire.ReadSettlement(m.body)
			by, c = s.Bank, p.receiveCommand(s, m.body, out)
		case wire.RestType:
			var r wire.Rest
			if r, err = wire.ReadRest(m.body); err == nil && (m.from == "" || m.from == r.Bank) {
				*rests = append(*rests, r)
			}
			by = r.Bank
		}
	}
	if err == nil && m.from != "" && m.from != by {
		err = fmt.Errorf("it is by %s and came with the routing key of %s", by, m.from)
	}
	return c, err
}

// aboutPayment makes a command of a bank's message about one payment; id is the
// message's id in the inbox.
func (p *Processor) aboutPayment(m said, id, paymentID, bank string, out *Handled, apply func(*Work, payment.Payment) Handled) *command {
	c := &command{
		load: func(l *Load) {
			l.Payments = append(l.Payments, paymentID)
			l.Inbox = append(l.Inbox, id, contradictionID(id, m.body))
		},
		done: make(chan struct{}),
	}
	c.decide = func(w *Work) error {
		pay, ok := w.Loaded(paymentID)
		if !ok {
			*out = Handled{Reject: true, Note: "there is no such payment"}
			return nil
		}
		if !w.Seen(id) && w.held(func() sim.Held { return heldResult(pay, bank, m) }, "") {
			*out = Handled{Note: "it is held"}
			return nil
		}
		*out = apply(w, p.joined(c, m, pay))
		return out.Err
	}
	return c
}

// inboxID is the id of a bank's message in the inbox: its own id and the bank,
// since banks that know nothing of each other may choose the same. The id comes
// first, so that the messages of one instant stay in their order.
func inboxID(bank, id string) string { return id + " " + bank }

// take keeps a bank's message with its verdict; false where it came before.
func (w *Work) take(m Message) bool {
	m.ID = inboxID(m.Bank, m.ID)
	if m.Verdict == payment.VerdictMismatch {
		m.ID = contradictionID(m.ID, m.Body)
	}
	m.Direction = In
	return w.message(m)
}

func (p *Processor) applyResult(w *Work, pay payment.Payment, r wire.Result, m said) Handled {
	now := p.now()
	answer := fromWire(r)
	next, verdict, note := pay.Apply(now, answer)
	expired, due := pay.Expire(now)
	if verdict == payment.VerdictApplied && !due && !w.Seen(inboxID(r.Bank, r.ID)) && w.held(func() sim.Held { return heldBooking(pay, next, r, m) }, "") {
		return Handled{Note: "its booking is held"}
	}
	if due && verdict == payment.VerdictApplied {
		// The deadline has passed and the sweep is only late: so is the answer.
		pay = p.expired(w, pay, expired)
		next, verdict, note = pay.Apply(now, answer)
	}
	fresh := w.take(Message{
		ID: r.ID, Payment: pay.ID, Bank: r.Bank, Attempt: r.Attempt, Kind: wire.ResultType,
		At: now, Verdict: verdict, Note: note, Body: m.body,
	})
	if !fresh {
		// Whether the last delivery got as far as the dead letters is not known.
		return Handled{Reject: verdict == payment.VerdictMismatch, Note: "the same message came before"}
	}
	switch verdict {
	case payment.VerdictApplied:
		p.follow(w, pay, next)
	case payment.VerdictLate:
		// Whatever the bank approved for an attempt that has ended must be reversed.
		if answer.Outcome == payment.OutcomeApproved {
			if undone := p.undo(w, pay, r); undone.Version != pay.Version {
				w.update(undone)
			}
		}
	case payment.VerdictMismatch:
		return Handled{Reject: true, Note: note}
	case payment.VerdictDuplicate:
	}
	return Handled{Note: note}
}

// contradictionID is the id under which a contradicting message is kept: it
// must not use up the id of the right one.
func contradictionID(id string, body []byte) string {
	sum := sha256.Sum256(body)
	return id + " " + hex.EncodeToString(sum[:8])
}

func fromWire(r wire.Result) payment.Result {
	answer := payment.Result{
		Bank: r.Bank, RequestID: r.RequestID, Attempt: r.Attempt, Amount: r.Amount, Outcome: r.Outcome,
		Reason: r.Reason, ChallengeURL: r.ChallengeURL, Rule: r.Rule, Source: r.Source,
		AuthorizationCode: r.AuthorizationCode, BankReference: r.BankReference, DecidedAt: r.DecidedAt.UTC().Truncate(time.Microsecond),
	}
	if answer.Reason != nil && answer.Reason.Rule == "" {
		why := *answer.Reason
		why.Rule = r.Rule
		answer.Reason = &why
	}
	return answer
}
