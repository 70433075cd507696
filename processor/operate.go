package processor

import (
	"context"
	"strconv"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
)

// NewOperation is a capture, void or refund that a merchant asks for.
// [Processor.Operate] holds it to its form.
type NewOperation struct {
	Merchant, Payment string
	Kind              payment.OperationKind
	Amount            money.Amount // zero value: all that is left
	Final             bool         // of a capture
	Description       string
	RequestID         string
	IdempotencyKey    string
	Foreign           string `json:",omitempty"` // what another API keeps with it: JSON
}

// Operate asks the bank for what follows an approval. The answer comes later, as
// an event and on the payment. A repeated idempotency key gives the first answer
// again, and true.
func (p *Processor) Operate(ctx context.Context, n NewOperation) (payment.Operation, bool, error) {
	var op payment.Operation
	var replayed bool
	if err := n.Check(); err != nil {
		return op, false, err
	}
	_, err := p.change(ctx, n.Payment, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		if pay.Merchant != n.Merchant {
			return pay, NoPayment(n.Payment)
		}
		if first, ok := pay.ByKey(n.Kind, n.IdempotencyKey); ok {
			if first.Origin.PayloadHash != n.fingerprint() {
				return pay, fault.New(fault.Unprocessable, "idempotency_key_reused",
					"This Idempotency-Key was used with another request body.").Hinting("Use a new key for a new %s.", n.Kind)
			}
			op, replayed = first.AsBegun(), true
			return pay, nil
		}
		if err := p.accepting(); err != nil {
			return pay, err
		}
		now, ordinal := p.now(), strconv.Itoa(len(pay.Operations)+1)
		next, begun, err := pay.Begin(now, payment.Ask{
			ID: p.newID(n.Kind.Prefix(), pay.ID, ordinal), Kind: n.Kind, Amount: n.Amount, Final: n.Final, Description: n.Description,
			RequestID: p.newID("req", pay.ID, "operation", ordinal), Deadline: now.Add(p.config.Deadline), Foreign: n.Foreign,
			Origin: payment.Origin{RequestID: n.RequestID, IdempotencyKey: n.IdempotencyKey, PayloadHash: n.fingerprint()},
		})
		if err != nil {
			return pay, err
		}
		op, replayed = begun, false
		w.message(requestMessage(operationRequest(next, begun)))
		return p.follow(w, pay, next), nil
	})
	if err != nil { // the caller may have given up, and op be written still
		return payment.Operation{}, false, err
	}
	return op, replayed, nil
}

// operationRequest asks the bank that approved the payment.
func operationRequest(pay payment.Payment, o payment.Operation) wire.Request {
	a := pay.Approved()
	kind := map[payment.OperationKind]wire.RequestType{
		payment.OpCapture: wire.Capture, payment.OpVoid: wire.Void, payment.OpRefund: wire.Refund,
	}[o.Kind]
	return requestOf(pay, a, wire.Request{
		Type: kind, ID: o.RequestID, Authorization: a.RequestID, Final: o.Final, CreatedAt: o.CreatedAt, Deadline: &o.Deadline, Simulate: o.Simulate,
	}, o.Amount)
}

// reverseOperation asks the bank to undo a capture or refund, once.
func (p *Processor) reverseOperation(w *Work, pay payment.Payment, o payment.Operation) payment.Payment {
	id := p.newID("req", o.ID, "reverse")
	next, first := pay.ReverseOperation(o.ID, id)
	if !first {
		return pay
	}
	w.message(outMessage(next, next.Approved(), wire.Request{
		Type: wire.Reverse, ID: id, Reverses: o.RequestID, CreatedAt: p.now(),
	}, o.Amount))
	return next
}

// undo has the bank reverse a late approval: of an attempt, or of an operation
// after it. A late void needs no reversal.
func (p *Processor) undo(w *Work, pay payment.Payment, r wire.Result) payment.Payment {
	o, ok := pay.ByRequest(r.RequestID)
	switch {
	case !ok || pay.Implied(o):
		return p.reverse(w, pay, r.Attempt)
	case o.Kind == payment.OpVoid:
		return pay
	}
	return p.reverseOperation(w, pay, o)
}
