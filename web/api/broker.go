package api

import (
	"net/http"

	"sandbank/web/gate"
)

// getBroker answers with what is on its way by AMQP.
func (a *API) getBroker(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	m, err := a.Processor.Messages(r.Context())
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, m)
}
