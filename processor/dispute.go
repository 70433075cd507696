package processor

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
)

// ErrEarly marks a bank's message that came before the one it refers to.
var ErrEarly = errors.New("an answer of the bank may be on its way")

// applyClaim takes a bank's word on a dispute.
func (p *Processor) applyClaim(w *Work, pay payment.Payment, d wire.Dispute, m said) Handled {
	claim := payment.Claim{
		ID: p.newID("dp", d.Payment, d.Bank, d.Dispute), Bank: d.Bank, Dispute: d.Dispute, Attempt: d.Attempt, Status: d.Status, Amount: d.Amount,
		Fee: p.config.Fees.OfDispute(d.Amount.Currency()), Reason: d.Reason, Rule: d.Rule, DecidedAt: d.DecidedAt.UTC(),
	}
	if d.RespondBy != nil {
		claim.RespondBy = d.RespondBy.UTC()
	}
	now := p.now()
	next, verdict, note := pay.Claim(now, claim)
	if verdict == payment.VerdictMismatch && pay.Early(claim) && !m.last {
		return Handled{Err: fmt.Errorf("%s; %w", note, ErrEarly)}
	}
	fresh := w.take(Message{
		ID: d.ID, Payment: pay.ID, Bank: d.Bank, Attempt: d.Attempt, Kind: wire.DisputeType,
		At: now, Verdict: verdict, Note: note, Body: m.body,
	})
	switch {
	case !fresh:
		return Handled{Reject: verdict == payment.VerdictMismatch, Note: "the same message came before"}
	case verdict == payment.VerdictMismatch:
		return Handled{Reject: true, Note: note}
	case verdict == payment.VerdictApplied:
		p.follow(w, pay, next)
	}
	return Handled{Note: note}
}

// Respond hands a merchant's evidence to the bank.
func (p *Processor) Respond(ctx context.Context, in Reach, dispute, evidence string) (payment.Dispute, payment.Payment, error) {
	if err := checkText(form.Evidence, "/evidence", evidence); err != nil {
		return payment.Dispute{}, payment.Payment{}, err
	}
	of, err := p.Dispute(ctx, in, dispute)
	if err != nil {
		return payment.Dispute{}, payment.Payment{}, err
	}
	pay, err := p.change(ctx, of.Payment, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		id := p.newID("req", pay.ID, "evidence", strconv.FormatInt(pay.Version, 10))
		next, err := pay.Respond(p.now(), dispute, evidence, id)
		if err != nil {
			return pay, err
		}
		d, _ := next.Dispute(dispute)
		w.message(outMessage(next, next.Approved(), wire.Request{
			Type: wire.Evidence, ID: id, Dispute: d.BankDispute, Evidence: evidence, CreatedAt: d.EvidenceAt,
		}, d.Amount))
		return p.follow(w, pay, next), nil
	})
	if err != nil {
		return payment.Dispute{}, pay, err
	}
	d, _ := pay.Dispute(dispute)
	return d, pay, nil
}

// Decide tells the bank how to decide a dispute, which a simulated one does. It
// returns the bank.
func (p *Processor) Decide(ctx context.Context, in Reach, dispute string, outcome payment.DisputeStatus) (bic string, err error) {
	_, r, err := recordOf[payment.DisputeResource](ctx, p, in, DisputeRecord, dispute)
	if err != nil {
		return "", err
	}
	pay, err := p.Payment(ctx, in, r.Payment)
	if err != nil {
		return "", err
	}
	d, _ := pay.Dispute(dispute) // the payment has the last word
	if d.Status.Final() {
		return "", fault.New(fault.Conflict, "dispute_closed", "The dispute is %s already.", d.Status)
	}
	return r.Bank, p.Steer(ctx, r.Bank, wire.Controls{Command: wire.CommandDecide, Outcome: string(outcome), Dispute: d.BankDispute}, nil)
}

// Steer sends a bank a command. It is carried out when the bank gets to it.
func (p *Processor) Steer(ctx context.Context, bic string, c wire.Controls, about *payment.Payment) error {
	if _, err := p.Bank(bic); err != nil {
		return err
	}
	if err := checkControls(c); err != nil {
		return err
	}
	_, err := p.batch.do(ctx, &command{
		load: func(*Load) {},
		decide: func(w *Work) error {
			if about == nil {
				p.steer(w, bic, c)
				return nil
			}
			a := about.Approved()
			if a == nil || a.Bank != bic {
				return fault.New(fault.Conflict, "payment_not_captured", "This payment was not captured at %s.", bic)
			}
			w.message(outMessage(*about, a, p.control(bic, wire.Request{Authorization: a.RequestID, Controls: &c}), about.Refundable()))
			return nil
		},
	})
	return err
}

// control makes a command of a request.
func (p *Processor) control(bic string, r wire.Request) wire.Request {
	nth := strconv.FormatUint(p.config.Chance.Ordinal("command", bic), 10)
	r.Type, r.ID, r.Bank, r.CreatedAt = wire.Control, p.newID("req", "command", bic, nth), bic, p.now()
	return r
}

// steer sends a bank a command that is about no payment.
func (p *Processor) steer(w *Work, bic string, c wire.Controls) {
	r := p.control(bic, wire.Request{Controls: &c})
	w.message(Message{ID: r.ID, Direction: Out, Bank: bic, Kind: string(r.Type), At: r.CreatedAt, Body: wire.Encode(r)})
}
