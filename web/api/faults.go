package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/sim"
	"sandbank/web/gate"
)

// FaultList is the answer of GET /sim/faults.
type FaultList struct {
	Data []sim.Fault `json:"data"` // in force, the strongest first
}

func (a *API) listFaults(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	list := FaultList{Data: a.Faults.List()}
	if list.Data == nil {
		list.Data = []sim.Fault{}
	}
	return gate.Reply(w, http.StatusOK, list)
}

func (a *API) beginFault(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var wish sim.FaultWish
	if err := decode(r, &wish); err != nil {
		return err
	}
	f, err := wish.Check()
	if err != nil {
		return err
	}
	if err := a.Processor.FaultsOff(); err != nil {
		return err
	}
	f, err = a.Faults.Begin(r.Context(), f)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(f.ID)
	w.Header().Set("Location", "/sim/faults/"+f.ID)
	return gate.Reply(w, http.StatusCreated, f)
}

func (a *API) getFault(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	f, err := a.Faults.Find(mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, f)
}

func (a *API) endFault(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	id := mux.Vars(r)["id"]
	audit.Of(r.Context()).About(id)
	if _, err := a.Faults.End(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
