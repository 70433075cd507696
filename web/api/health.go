package api

import (
	"net/http"

	"sandbank/processor/routing"
	"sandbank/web/gate"
)

// BankList is the answer of GET /v1/banks.
type BankList struct {
	Data []routing.Bank `json:"data"`
}

func (a *API) listBanks(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	return gate.Reply(w, http.StatusOK, BankList{a.Processor.Banks()})
}

// Health is the answer of /livez and /readyz.
type Health struct {
	Status string            `json:"status"` // "ok" or "not ready"
	Checks map[string]string `json:"checks,omitempty"`
}

func (a *API) live(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	return gate.Reply(w, http.StatusOK, Health{Status: "ok"})
}

func (a *API) ready(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	h, status := Health{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for part, problem := range a.Ready(r.Context()) {
		h.Checks[part] = "ok"
		if problem != "" {
			h.Checks[part] = problem
			h.Status, status = "not ready", http.StatusServiceUnavailable
		}
	}
	return gate.Reply(w, status, h)
}
