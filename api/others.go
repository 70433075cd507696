package api

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/gate"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/routing"
	"sandbank/webhook"
)

// BankList is the answer of GET /v1/banks.
type BankList struct {
	Data []routing.Bank `json:"data"`
}

func (a *API) listBanks(w http.ResponseWriter, _ *http.Request, _ identity.Principal) error {
	return gate.Reply(w, http.StatusOK, BankList{a.Processor.Banks.Banks(a.Clock.Now())})
}

// NewEndpoint is the body of POST /v1/webhook-endpoints.
type NewEndpoint struct {
	URL    string   `json:"url"`
	Events []string `json:"events,omitempty"`
	Secret string   `json:"secret,omitempty"`
}

// EndpointResource is a webhook endpoint as its merchant sees it. The secret is
// shown at its creation only.
type EndpointResource struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Events    []string  `json:"events,omitempty"`
	Enabled   bool      `json:"enabled"`
	Note      string    `json:"note,omitempty"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// EndpointList is the answer of GET /v1/webhook-endpoints.
type EndpointList struct {
	Data []EndpointResource `json:"data"`
}

func shown(e webhook.Endpoint) EndpointResource {
	return EndpointResource{ID: e.ID, URL: e.URL, Events: e.Events, Enabled: e.Enabled, Note: e.Note, CreatedAt: e.CreatedAt}
}

var eventType = regexp.MustCompile(`^(\*|[a-z_]{1,40}\.[a-z_]{1,40})$`)

const (
	maxEndpoints = 20
	maxTypes     = 30
)

func (a *API) createEndpoint(w http.ResponseWriter, r *http.Request, caller identity.Principal) error {
	var body NewEndpoint
	if err := decode(r, &body); err != nil {
		return err
	}
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	checkURL(problem, "/url", body.URL)
	if len(body.Events) > maxTypes {
		problem.At("/events", "must have at most %d types", maxTypes)
	}
	for i, e := range body.Events {
		if !eventType.MatchString(e) {
			problem.At("/events/"+strconv.Itoa(i), "must be an event type such as \"payment.captured\", or \"*\"")
		}
	}
	if body.Secret != "" && !webhook.ValidSecret(body.Secret) {
		problem.At("/secret", "must be whsec_ followed by 24 to 64 bytes in base64; leave it out to get one")
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	have, err := a.Processor.Store.ListEndpoints(r.Context(), caller.Merchant.ID)
	if err != nil {
		return err
	}
	if len(have) >= maxEndpoints {
		return fault.New(fault.Conflict, "too_many_endpoints", "There can be %d webhook endpoints at most.", maxEndpoints).
			Hinting("Delete one you do not need.")
	}
	made, err := a.Processor.AddEndpoint(r.Context(), caller.Merchant.ID, body.URL, body.Events, body.Secret)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/webhook-endpoints/"+made.ID)
	resource := shown(made)
	resource.Secret = made.Secret
	return gate.Reply(w, http.StatusCreated, resource)
}

func (a *API) listEndpoints(w http.ResponseWriter, r *http.Request, caller identity.Principal) error {
	list, err := a.Processor.Store.ListEndpoints(r.Context(), caller.Merchant.ID)
	if err != nil {
		return err
	}
	out := EndpointList{Data: make([]EndpointResource, 0, len(list))}
	for _, e := range list {
		out.Data = append(out.Data, shown(e))
	}
	return gate.Reply(w, http.StatusOK, out)
}

// endpointID is the id in the path, in the one spelling that there is: the
// store is asked for no other.
func endpointID(r *http.Request) (string, error) {
	id := mux.Vars(r)["id"]
	if !chance.ValidID("whe", id) {
		return "", processor.NoEndpoint(id)
	}
	return id, nil
}

func (a *API) getEndpoint(w http.ResponseWriter, r *http.Request, caller identity.Principal) error {
	id, err := endpointID(r)
	if err != nil {
		return err
	}
	e, err := a.Processor.Store.Endpoint(r.Context(), caller.Merchant.ID, id)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, shown(e))
}

func (a *API) deleteEndpoint(w http.ResponseWriter, r *http.Request, caller identity.Principal) error {
	id, err := endpointID(r)
	if err != nil {
		return err
	}
	if err := a.Processor.Store.RemoveEndpoint(r.Context(), caller.Merchant.ID, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
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
