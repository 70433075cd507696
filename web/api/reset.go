package api

import (
	"net/http"

	"sandbank/web/gate"
)

// resetSimulator puts everything back to the beginning, without an answer but that it is done.
func (a *API) resetSimulator(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	if err := a.Reset(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
