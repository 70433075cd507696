package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
)

// SimulateHeader carries what stands under "simulate" in the body, for programs
// that cannot add a member there.
const SimulateHeader = "Sandbank-Simulate"

// HeldHeader says on an answer that waited for the result whether it came.
const HeldHeader = "Sandbank-Held"

// wished is the simulation that a new payment's body or header asks for.
func (n *NewPayment) wished(header http.Header) error {
	sent := header.Values(SimulateHeader)
	if len(sent) == 0 {
		return nil
	}
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	if len(sent) > 1 || n.Simulate != nil {
		return problem.At(SimulateHeader, "must be sent once, and not together with /simulate")
	}
	if err := read([]byte(sent[0]), &n.Simulate); err != nil {
		return problem.At(SimulateHeader, "must hold the JSON of /simulate, in ASCII: %s", fault.From(err).Fields[0].Detail)
	}
	return nil
}

// checkSimulate makes a plan of the simulation that a new payment asks for.
func checkSimulate(problem *fault.Error, w *sim.Wish, capture payment.CaptureMode) sim.Plan {
	if w == nil {
		return sim.Plan{}
	}
	p := w.Check(problem, "/simulate")
	if p.Bank != nil && p.Bank.Capture != nil && capture != payment.CaptureManual {
		problem.At("/simulate/bank/capture", `needs "capture": "manual": else the capture comes with the approval`)
	}
	return p
}

// hold keeps the answer to a creation back until the result has come, where that
// was asked for.
func (a *API) hold(w http.ResponseWriter, r *http.Request, p payment.Payment) {
	if p.Simulation != nil && p.Simulation.Plan.HoldsAnswer() {
		a.holdFor(w, r, p.ID, "")
	}
}

// holdFor keeps an answer back until the result of an operation has come, or of
// the authorization where operation is "", and marks it.
func (a *API) holdFor(w http.ResponseWriter, r *http.Request, id, operation string) {
	gate.Hold(r.Context(), w)
	mark := "until-told"
	if !a.Processor.AwaitTold(r.Context(), id, operation) {
		mark = "given-up"
	}
	w.Header().Set(HeldHeader, mark)
}

func (a *API) simulatePayment(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body sim.Wish
	return a.steerPayment(w, r, call, &body, func(problem *fault.Error) sim.Plan { return body.Check(problem, "") }, func(id string, plan sim.Plan) (payment.Payment, error) {
		return a.Processor.Simulate(r.Context(), call.Merchant.ID, id, plan)
	})
}

func (a *API) simulateCustomer(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body sim.WishedAct
	return a.steerPayment(w, r, call, &body, func(problem *fault.Error) sim.Plan {
		return sim.Plan{Customer: []sim.Act{body.Check(problem, "")}}
	}, func(id string, plan sim.Plan) (payment.Payment, error) {
		return a.Processor.Act(r.Context(), call.Merchant.ID, id, plan.Customer[0])
	})
}

func (a *API) simulateBank(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body sim.WishedBank
	return a.steerPayment(w, r, call, &body, func(problem *fault.Error) sim.Plan {
		b := body.Check(problem, "")
		return sim.Plan{Bank: &b}
	}, func(id string, plan sim.Plan) (payment.Payment, error) {
		return a.Processor.Simulate(r.Context(), call.Merchant.ID, id, plan)
	})
}

// steerPayment reads what is to happen on purpose to the payment in the path.
func (a *API) steerPayment(w http.ResponseWriter, r *http.Request, call gate.Call, body any,
	check func(*fault.Error) sim.Plan, do func(id string, plan sim.Plan) (payment.Payment, error),
) error {
	if err := decode(r, body); err != nil {
		return err
	}
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	plan := check(problem)
	if plan.AsksNothing() {
		problem.At("", "must ask for something")
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	id := mux.Vars(r)["id"]
	if !chance.ValidID("pay", id) {
		return processor.NoPayment(id)
	}
	p, err := do(id, plan)
	if err != nil {
		return err
	}
	return a.replyPayment(w, http.StatusOK, p)
}
