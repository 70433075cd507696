package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/web/gate"
)

// Command is the answer to a command. The bank carries it out when it reads it
// from its queue.
type Command struct {
	Bank    string       `json:"bank"`
	Command wire.Command `json:"command"`
}

// BankState is the answer of GET /sim/banks/{bic}: a bank as its last sign of life
// had it.
type BankState struct {
	Identifier string             `json:"identifier"`
	Name       string             `json:"name"`
	Behavior   string             `json:"behavior"`
	Currencies []money.Currency   `json:"currencies"`
	Online     bool               `json:"online"`
	HeardAt    time.Time          `json:"heard_at"`
	Weight     int                `json:"weight"`
	Clock      routing.ClockState `json:"clock"`
	Temper     *wire.Temper       `json:"temper,omitempty"` // absent where the bank does not say
}

// Plants is the body of POST /sim/banks/{bic}/plant.
type Plants struct {
	Breaks []wire.Plant `json:"breaks"`
}

// NewDispute is the body of POST /sim/payments/{id}/dispute, which may be left
// out.
type NewDispute struct {
	Reason string `json:"reason,omitempty"`
}

// Decision is the body of POST /sim/disputes/{id}/decide.
type Decision struct {
	Outcome string `json:"outcome"`
}

// bankOf is the bank in the path.
func (a *API) bankOf(r *http.Request) (routing.Bank, error) {
	return a.Processor.Bank(mux.Vars(r)["bic"])
}

func (a *API) getSimulatedBank(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	b, err := a.bankOf(r)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, BankState{b.Identifier, b.Name, b.Behavior, b.Currencies, b.Online, b.HeardAt, b.Weight, b.Clock, b.Temper})
}

// steer sends the bank in the path a command.
func (a *API) steer(w http.ResponseWriter, r *http.Request, c wire.Controls) error {
	b, err := a.bankOf(r)
	if err != nil {
		return err
	}
	return a.command(w, r, b.Identifier, c, nil)
}

func (a *API) command(w http.ResponseWriter, r *http.Request, bic string, c wire.Controls, about *payment.Payment) error {
	if err := a.Processor.Steer(r.Context(), bic, c, about); err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, Command{Bank: bic, Command: c.Command})
}

func (a *API) temperBank(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var body wire.Temper
	if err := decode(r, &body); err != nil {
		return err
	}
	return a.steer(w, r, wire.Controls{Command: wire.CommandTemper, Temper: &body})
}

// tellBank gives a command that needs nothing but its name.
func (a *API) tellBank(c wire.Command) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
		if err := nothing(r); err != nil {
			return err
		}
		return a.steer(w, r, wire.Controls{Command: c})
	}
}

func (a *API) plantBreaks(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var body Plants
	if err := decode(r, &body); err != nil {
		return err
	}
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	if len(body.Breaks) == 0 {
		problem.At("/breaks", "is required")
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return a.steer(w, r, wire.Controls{Command: wire.CommandPlant, Breaks: body.Breaks})
}

func (a *API) disputePayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body NewDispute
	if err := decodeIfAny(r, &body); err != nil {
		return err
	}
	p, err := a.Processor.OwnPayment(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	if !p.Refundable().IsPositive() {
		return fault.New(fault.Conflict, "payment_not_captured", "This payment is %s, and nothing of it is left that could be disputed.", p.Status)
	}
	return a.command(w, r, p.Approved().Bank, wire.Controls{Command: wire.CommandDispute, Reason: body.Reason}, &p)
}

func (a *API) decideDispute(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body Decision
	if err := decode(r, &body); err != nil {
		return err
	}
	if !slices.Contains([]string{"won", "lost"}, body.Outcome) {
		return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.").At("/outcome", "must be one of [won lost]")
	}
	bic, err := a.Processor.Decide(r.Context(), processor.Only(call.Merchant.ID), mux.Vars(r)["id"], payment.DisputeStatus(body.Outcome))
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, Command{Bank: bic, Command: wire.CommandDecide})
}
