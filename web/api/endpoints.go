package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/processor"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// NewEndpoint is the body of POST /v1/webhook-endpoints.
type NewEndpoint struct {
	URL         string            `json:"url"`
	Description string            `json:"description,omitempty"`
	Events      []string          `json:"events,omitempty"`
	Body        webhook.Body      `json:"body,omitempty"`
	Signature   webhook.Signature `json:"signature,omitempty"`
	Secret      string            `json:"secret,omitempty"`
}

// EndpointChange is the body of PATCH /v1/webhook-endpoints/{id}. Members that
// are left out stay unchanged.
type EndpointChange struct {
	URL         *string            `json:"url,omitempty"`
	Description *string            `json:"description,omitempty"`
	Events      *[]string          `json:"events,omitempty"`
	Body        *webhook.Body      `json:"body,omitempty"`
	Signature   *webhook.Signature `json:"signature,omitempty"`
	Enabled     *bool              `json:"enabled,omitempty"`
}

// EndpointResource is a webhook endpoint as its merchant sees it. The secret is
// shown when it is made, and never again.
type EndpointResource struct {
	ID                  string            `json:"id"`
	URL                 string            `json:"url"`
	Description         string            `json:"description,omitempty"`
	Events              []string          `json:"events,omitempty"`
	Body                webhook.Body      `json:"body"`
	Signature           webhook.Signature `json:"signature"`
	PublicKey           string            `json:"public_key,omitempty"`
	Secret              string            `json:"secret,omitempty"`
	PreviousSecretUntil *time.Time        `json:"previous_secret_until,omitempty"`
	Enabled             bool              `json:"enabled"`
	Note                string            `json:"note,omitempty"`
	CreatedAt           time.Time         `json:"created_at"`
}

// EndpointList is the answer of GET /v1/webhook-endpoints.
type EndpointList struct {
	Data []EndpointResource `json:"data"`
}

func (a *API) shown(e webhook.Endpoint) EndpointResource {
	e = e.At(a.Clock.Now()).Chosen()
	r := EndpointResource{
		ID: e.ID, URL: e.URL, Description: e.Description, Events: e.Events, Body: e.Body, Signature: e.Signature,
		PublicKey: e.PublicKey(), Enabled: e.Enabled, Note: e.Note, CreatedAt: e.CreatedAt,
	}
	if e.Former != nil {
		r.PreviousSecretUntil = &e.Former.Until
	}
	return r
}

func (a *API) createEndpoint(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body NewEndpoint
	if err := decode(r, &body); err != nil {
		return err
	}
	made, err := a.Processor.AddEndpoint(r.Context(), call.Merchant.ID, processor.NewEndpoint{
		URL: body.URL, Description: body.Description, Events: body.Events, Body: body.Body, Signature: body.Signature, Secret: body.Secret,
	})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/webhook-endpoints/"+made.ID)
	resource := a.shown(made)
	resource.Secret = made.Secret.Reveal()
	return gate.Reply(w, http.StatusCreated, resource)
}

func (a *API) listEndpoints(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	list, err := a.Processor.Endpoints(r.Context(), processor.Only(call.Merchant.ID))
	if err != nil {
		return err
	}
	out := EndpointList{Data: make([]EndpointResource, 0, len(list))}
	for _, e := range list {
		out.Data = append(out.Data, a.shown(e))
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

// endpoint is the caller's endpoint in the path.
func (a *API) endpoint(r *http.Request, call gate.Call) (e webhook.Endpoint, err error) {
	return a.Processor.Endpoint(r.Context(), processor.Only(call.Merchant.ID), mux.Vars(r)["id"])
}

func (a *API) getEndpoint(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, a.shown(e))
}

func (a *API) changeEndpoint(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	id, err := endpointID(r)
	if err != nil {
		return err
	}
	var body EndpointChange
	if err := decode(r, &body); err != nil {
		return err
	}
	e, err := a.Processor.ChangeEndpoint(r.Context(), call.Merchant.ID, id, processor.EndpointChange{
		URL: body.URL, Description: body.Description, Events: body.Events, Body: body.Body, Signature: body.Signature, Enabled: body.Enabled,
	})
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, a.shown(e))
}

func (a *API) rotateSecret(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	id, err := endpointID(r)
	if err != nil {
		return err
	}
	e, err := a.Processor.RotateSecret(r.Context(), call.Merchant.ID, id)
	if err != nil {
		return err
	}
	resource := a.shown(e)
	resource.Secret = e.Secret.Reveal()
	return gate.Reply(w, http.StatusOK, resource)
}

func (a *API) deleteEndpoint(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	id, err := endpointID(r)
	if err != nil {
		return err
	}
	if err := a.Processor.RemoveEndpoint(r.Context(), call.Merchant.ID, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
