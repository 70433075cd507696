package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/web/gate"
)

// getPaymentScenario answers a payment as a scenario file that brings it about again.
func (a *API) getPaymentScenario(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	id := mux.Vars(r)["id"]
	file, err := a.Processor.Scenario(r.Context(), reachOf(call), id)
	if err != nil {
		return err
	}
	replyScenario(w, id, file)
	return nil
}

// getScenario answers all payments of a merchant as one scenario file.
func (a *API) getScenario(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	file, err := a.Processor.RunScenario(r.Context(), call.Merchant.ID)
	if err != nil {
		return err
	}
	replyScenario(w, call.Merchant.ID, file)
	return nil
}

// replyScenario writes a scenario file under a name of its own.
func replyScenario(w http.ResponseWriter, name string, file []byte) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.yaml"`)
	_, _ = w.Write(file) // the caller may be gone
}
