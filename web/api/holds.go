package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/sim"
	"sandbank/web/gate"
)

// holdRoutes are about payments that are held on their way, on purpose. A merchant reaches its own payments, and a
// role without a merchant those of the merchant that it names, or everybody's.
func (a *API) holdRoutes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodGet, Path: "/sim/holds", Needs: identity.ReadPayments, Shared: true, Handle: a.listHolds},
		{Method: http.MethodPost, Path: "/sim/holds", Action: audit.HoldBegin, Needs: identity.SimulatePayments, Shared: true, Handle: a.beginHold},
		{Method: http.MethodGet, Path: "/sim/holds/{id}", Needs: identity.ReadPayments, Shared: true, Handle: a.getHold},
		{Method: http.MethodDelete, Path: "/sim/holds/{id}", Action: audit.HoldEnd, Needs: identity.SimulatePayments, Shared: true, Handle: a.endHold},
		{Method: http.MethodGet, Path: "/sim/held", Query: []string{"payment"}, Needs: identity.ReadPayments, Shared: true, Handle: a.listHeld},
		{Method: http.MethodPost, Path: "/sim/held/{id}", Action: audit.HoldMove, Needs: identity.SimulatePayments, Shared: true, Handle: a.moveHeld},
		{Method: http.MethodPost, Path: "/sim/step", Action: audit.HoldMove, Needs: identity.SimulatePayments, Shared: true, Handle: a.step},
	}
}

// HoldList is the answer of GET /sim/holds.
type HoldList struct {
	Data []sim.Hold `json:"data"` // in force, the oldest first
}

// HeldList is the answer of GET /sim/held.
type HeldList struct {
	Data []sim.Held `json:"data"` // in the order in which it goes on
}

// StepWish is the body of POST /sim/step, which may be left out.
type StepWish struct {
	Payment string `json:"payment,omitempty"`
}

func (a *API) listHolds(w http.ResponseWriter, _ *http.Request, call gate.Call) error {
	list := HoldList{Data: a.Processor.Holds(reachOf(call))}
	if list.Data == nil {
		list.Data = []sim.Hold{}
	}
	return gate.Reply(w, http.StatusOK, list)
}

func (a *API) beginHold(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var wish sim.HoldWish
	if err := decodeIfAny(r, &wish); err != nil {
		return err
	}
	h, err := wish.Check()
	if err != nil {
		return err
	}
	if h, err = a.Processor.BeginHold(r.Context(), reachOf(call), h); err != nil {
		return err
	}
	w.Header().Set("Location", "/sim/holds/"+h.ID)
	return gate.Reply(w, http.StatusCreated, h)
}

func (a *API) getHold(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	h, err := a.Processor.Hold(reachOf(call), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, h)
}

func (a *API) endHold(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	if err := a.Processor.EndHold(r.Context(), reachOf(call), mux.Vars(r)["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) listHeld(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	pay := gate.Query(r).Get("payment")
	if err := heldOf(pay, "payment"); err != nil {
		return err
	}
	found, err := a.Processor.Held(r.Context(), reachOf(call), pay)
	if err != nil {
		return err
	}
	list := HeldList{Data: found}
	if list.Data == nil {
		list.Data = []sim.Held{}
	}
	return gate.Reply(w, http.StatusOK, list)
}

// heldOf refuses what is no payment's id. "" is every payment.
func heldOf(pay, at string) error {
	if pay == "" || chance.ValidID("pay", pay) {
		return nil
	}
	return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.").At(at, "must be the id of a payment, or be left out for every payment")
}

func (a *API) moveHeld(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var wish sim.MoveWish
	if err := decode(r, &wish); err != nil {
		return err
	}
	h, err := a.Processor.Move(r.Context(), reachOf(call), mux.Vars(r)["id"], wish)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, h)
}

func (a *API) step(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var wish StepWish
	if err := decodeIfAny(r, &wish); err != nil {
		return err
	}
	if err := heldOf(wish.Payment, "/payment"); err != nil {
		return err
	}
	h, err := a.Processor.Step(r.Context(), reachOf(call), wish.Payment)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, h)
}
