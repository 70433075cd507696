package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// NewCapture is the body of POST /v1/payments/{id}/capture, which may be left
// out: then all that is left is captured.
type NewCapture struct {
	Amount      *NewAmount `json:"amount,omitempty"`
	Final       bool       `json:"final,omitempty"`
	Description string     `json:"description,omitempty"`
}

// NewRefund is the body of POST /v1/payments/{id}/refunds, which may be left out
// likewise.
type NewRefund struct {
	Amount      *NewAmount `json:"amount,omitempty"`
	Description string     `json:"description,omitempty"`
}

// OperationList is all captures, or all refunds, of one payment, oldest first.
type OperationList struct {
	Data []payment.OperationResource `json:"data"`
}

func (a *API) capturePayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body NewCapture
	if err := decodeIfAny(r, &body); err != nil {
		return err
	}
	n, err := wished(processor.NewOperation{Kind: payment.OpCapture, Final: body.Final, Description: body.Description}, body.Amount)
	if err != nil {
		return err
	}
	return a.operate(w, r, call, n)
}

func (a *API) voidPayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	return a.operate(w, r, call, processor.NewOperation{Kind: payment.OpVoid})
}

func (a *API) refundPayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body NewRefund
	if err := decodeIfAny(r, &body); err != nil {
		return err
	}
	n, err := wished(processor.NewOperation{Kind: payment.OpRefund, Description: body.Description}, body.Amount)
	if err != nil {
		return err
	}
	return a.operate(w, r, call, n)
}

// decodeIfAny reads a body that may be left out.
func decodeIfAny(r *http.Request, into any) error {
	if r.ContentLength == 0 {
		return nil
	}
	return decode(r, into)
}

// nothing refuses a body that says anything: there is nothing to say.
func nothing(r *http.Request) error {
	return decodeIfAny(r, &struct{}{})
}

// wished is an operation with the amount that the body names, if any, held to its
// form with all complaints at once. No amount stands for all that is left.
func wished(n processor.NewOperation, asked *NewAmount) (processor.NewOperation, error) {
	var err error
	if asked != nil {
		n.Amount, err = money.Parse(asked.Value, money.Currency(asked.Currency), "/amount")
	}
	return n, n.CheckWith(err)
}

// operate asks the bank for what follows an approval, and answers before it does.
func (a *API) operate(w http.ResponseWriter, r *http.Request, call gate.Call, n processor.NewOperation) (err error) {
	if n.IdempotencyKey, err = idempotencyKey(r); err != nil {
		return err
	}
	id := mux.Vars(r)["id"]
	if !chance.ValidID("pay", id) {
		return processor.NoPayment(id)
	}
	n.Merchant, n.Payment, n.RequestID = call.Merchant.ID, id, call.RequestID
	o, replayed, err := a.Processor.Operate(r.Context(), n)
	if err != nil {
		return err
	}
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	} else if o.Held {
		a.holdFor(w, r, id, o.ID)
	}
	w.Header().Set("Location", placeOf(id, o))
	w.Header().Set("Retry-After", "2")
	return gate.Reply(w, http.StatusAccepted, o.Resource(id))
}

// placeOf is where an operation can be read. A void has no page of its own: it
// stands on its payment, which it ends.
func placeOf(id string, o payment.Operation) string {
	at := "/v1/payments/" + id
	switch o.Kind {
	case payment.OpCapture:
		return at + "/captures/" + o.ID
	case payment.OpRefund:
		return at + "/refunds/" + o.ID
	case payment.OpVoid:
	}
	return at
}

// listOperations answers all of a payment's operations of a kind.
func (a *API) listOperations(kind payment.OperationKind) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, call gate.Call) error {
		p, err := a.Processor.OwnPayment(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
		if err != nil {
			return err
		}
		list := OperationList{Data: []payment.OperationResource{}}
		for _, o := range p.Operations {
			if o.Kind == kind {
				list.Data = append(list.Data, o.Resource(p.ID))
			}
		}
		return gate.Reply(w, http.StatusOK, list)
	}
}

// getOperation answers one of them.
func (a *API) getOperation(kind payment.OperationKind) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, call gate.Call) error {
		p, err := a.Processor.OwnPayment(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
		if err != nil {
			return err
		}
		id := mux.Vars(r)["operation"]
		o, ok := p.Operation(id)
		if !ok || o.Kind != kind {
			return fault.New(fault.NotFound, "operation_not_found", "The payment has no %s %q.", kind, id).
				Hinting("Ids come with the answer that began it, and stand on the payment.")
		}
		if o.Status == payment.OpPending {
			w.Header().Set("Retry-After", "2")
		}
		return gate.Reply(w, http.StatusOK, o.Resource(p.ID))
	}
}
