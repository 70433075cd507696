package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"sandbank/fault"
	"sandbank/gate"
	"sandbank/identity"
	"sandbank/routing"
)

// BankList is the answer of GET /v1/banks.
type BankList struct {
	Data []routing.Bank `json:"data"`
}

func (a *API) listBanks(w http.ResponseWriter, _ *http.Request, _ identity.Principal) error {
	return gate.Reply(w, http.StatusOK, BankList{a.Processor.Banks.Banks(a.Clock.Now())})
}

// EventPage is the answer of GET /v1/events.
type EventPage struct {
	Data []json.RawMessage `json:"data"`
	// NextAfter is the sequence to ask after next; it stays while there is nothing new.
	NextAfter int64 `json:"next_after"`
}

func (a *API) listEvents(w http.ResponseWriter, r *http.Request, caller identity.Principal) error {
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	limit := limitOf(problem, r.URL.Query().Get("limit"))
	var after int64
	if s := r.URL.Query().Get("after"); s != "" {
		var err error
		if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
			problem.At("after", "must be the sequence of an event, or 0 for all")
		}
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	list, err := a.Processor.EventsAfter(r.Context(), caller.Merchant.ID, after, limit)
	if err != nil {
		return err
	}
	page := EventPage{Data: make([]json.RawMessage, 0, len(list)), NextAfter: after}
	for _, e := range list {
		page.Data = append(page.Data, e.Body())
		page.NextAfter = e.Sequence
	}
	return gate.Reply(w, http.StatusOK, page)
}

// Health is the answer of /livez and /readyz.
type Health struct {
	Status string            `json:"status"` // "ok" or "not ready"
	Checks map[string]string `json:"checks,omitempty"`
}

func (a *API) live(w http.ResponseWriter, _ *http.Request, _ identity.Principal) error {
	return gate.Reply(w, http.StatusOK, Health{Status: "ok"})
}

func (a *API) ready(w http.ResponseWriter, r *http.Request, _ identity.Principal) error {
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
