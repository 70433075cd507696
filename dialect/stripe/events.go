package stripe

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/event"
	"sandbank/event/format"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/webhook"
)

var eventRoutes = []route{
	{method: http.MethodGet, path: "/v1/events", needs: identity.ReadEvents, handle: listEvents},
	{method: http.MethodGet, path: "/v1/events/{id}", needs: identity.ReadEvents, handle: getEvent},
}

var endpointRoutes = []route{
	{method: http.MethodPost, path: "/v1/webhook_endpoints", needs: identity.WriteWebhooks, action: audit.EndpointCreate, handle: createEndpoint},
	{method: http.MethodGet, path: "/v1/webhook_endpoints", needs: identity.ReadWebhooks, handle: listEndpoints},
	{method: http.MethodGet, path: "/v1/webhook_endpoints/{id}", needs: identity.ReadWebhooks, handle: getEndpoint},
	{method: http.MethodPost, path: "/v1/webhook_endpoints/{id}", needs: identity.WriteWebhooks, action: audit.EndpointUpdate, handle: updateEndpoint},
	{method: http.MethodDelete, path: "/v1/webhook_endpoints/{id}", needs: identity.WriteWebhooks, action: audit.EndpointDelete, handle: deleteEndpoint},
}

// eventObject is an event as a webhook has it.
func eventObject(e event.Event) object.Object {
	var o object.Object
	if err := json.Unmarshal(format.Of(format.Stripe).Write(e), &o); err != nil {
		panic("stripe: " + err.Error()) // written by the line above
	}
	return o
}

func getEvent(a *API, c *call) (object.Object, error) {
	id, ok := alias.House(object.EventPrefix, c.id(), "evt")
	if !ok {
		return nil, noSuch("event", c.id(), "id")
	}
	e, err := a.Processor.ForeignEvent(c.ctx, c.Merchant.ID, object.Dialect, id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return nil, noSuch("event", c.id(), "id")
	}
	if err != nil {
		return nil, err
	}
	return eventObject(e), nil
}

func listEvents(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	types := c.texts("types")
	if t := c.text("type"); t != "" {
		types = append(types, t)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	last, err := a.Processor.LastForeign(c.ctx, c.Merchant.ID, object.Dialect)
	if err != nil {
		return nil, err
	}
	for more := true; last > 0 && more; last -= batch {
		list, err := a.Processor.ForeignEvents(c.ctx, c.Merchant.ID, object.Dialect, max(0, last-batch), int(min(last, batch)))
		if err != nil {
			return nil, err
		}
		slices.Reverse(list)
		for _, e := range list {
			id := alias.ID(object.EventPrefix, e.ID)
			passed := pg.after != "" && !pg.reached || pg.before == id // the places in the list count whatever is wanted of it
			if !passed && !wants(types, e.Type) {
				continue
			}
			if more = pg.take(id, e.At.Unix(), func() object.Object { return eventObject(e) }); !more {
				break
			}
		}
	}
	return pg.done(c, "event")
}

// wants reports whether a type is one of a list, where "charge.*" stands for all that
// begin so; an empty list is all.
func wants(types []string, name string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool {
		begins, all := strings.CutSuffix(t, "*")
		return t == name || all && strings.HasPrefix(name, begins)
	})
}

func (a *API) endpointObject(e webhook.Endpoint) object.Object {
	o := object.New("webhook_endpoint").With(object.Object{
		"id": alias.ID(object.EndpointPrefix, e.ID), "url": e.URL, "created": e.CreatedAt.Unix(), "enabled_events": e.Events, "status": "enabled",
		"description": nil, "metadata": map[string]string{}, "api_version": nil,
	})
	if e.Description != "" {
		o["description"] = e.Description
	}
	if v := e.Body.StripeVersion(); v != "" {
		o["api_version"] = v
	}
	if e.Metadata != nil {
		o["metadata"] = e.Metadata
	}
	if !e.Enabled {
		o["status"] = "disabled"
	}
	return o
}

// endpointOf finds an endpoint of this API.
func (a *API) endpointOf(c *call) (webhook.Endpoint, error) {
	id, ok := alias.House(object.EndpointPrefix, c.id(), "whe")
	if !ok {
		return webhook.Endpoint{}, noSuch("webhook endpoint", c.id(), "webhook_endpoint")
	}
	e, err := a.Processor.Endpoint(c.ctx, processor.Only(c.Merchant.ID), id)
	if fault.Is(err, fault.NotFound) || err == nil && e.Dialect != object.Dialect {
		return e, noSuch("webhook endpoint", c.id(), "webhook_endpoint")
	}
	return e, err
}

func createEndpoint(a *API, c *call) (object.Object, error) {
	n := processor.NewEndpoint{
		URL: c.required("url"), Description: c.text("description"), Events: c.enabledEvents(nil), Dialect: object.Dialect, Metadata: c.words("metadata", nil),
		Body: webhook.StripeBody(orElse(c.text("api_version"), c.version)),
	}
	if len(n.Events) == 0 {
		c.complain(missing("enabled_events"))
	}
	if v := c.text("api_version"); v != "" && !version.MatchString(v) {
		c.complain(invalid("parameter_invalid_choice", "api_version", "Invalid Stripe API version: %s", shownID(v)))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	e, err := a.Processor.AddEndpoint(c.ctx, c.Merchant.ID, n)
	if err != nil {
		return nil, err
	}
	o := a.endpointObject(e)
	o["secret"] = e.Secret.Reveal()
	return o, nil
}

// enabledEvents are the types that an endpoint is to hear. Types that Stripe has and
// Sandbank never tells are kept as they are asked for.
func (c *call) enabledEvents(before []string) []string {
	if !c.has("enabled_events") {
		return before
	}
	list := c.texts("enabled_events")
	for _, t := range list {
		if t != "*" && (!strings.Contains(t, ".") || shownID(strings.ReplaceAll(t, ".", "_")) == "…") || len(list) > maxTypes {
			c.complain(invalid("", "enabled_events", "Invalid enabled_events: %s is no type of event.", shownID(t)))
		}
	}
	return list
}

const maxTypes = 300

func listEndpoints(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	if err := c.err(); err != nil {
		return nil, err
	}
	list, err := a.Processor.ForeignEndpoints(c.ctx, c.Merchant.ID, object.Dialect)
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	for _, e := range list {
		if !pg.take(alias.ID(object.EndpointPrefix, e.ID), e.CreatedAt.Unix(), func() object.Object { return a.endpointObject(e) }) {
			break
		}
	}
	return pg.done(c, "webhook_endpoint")
}

func getEndpoint(a *API, c *call) (object.Object, error) {
	e, err := a.endpointOf(c)
	if err != nil {
		return nil, err
	}
	return a.endpointObject(e), nil
}

func updateEndpoint(a *API, c *call) (object.Object, error) {
	e, err := a.endpointOf(c)
	if err != nil {
		return nil, err
	}
	events, metadata := c.enabledEvents(e.Events), c.words("metadata", e.Metadata)
	change := processor.EndpointChange{Events: &events, Metadata: &metadata}
	if c.has("url") {
		url := c.text("url")
		change.URL = &url
	}
	if c.has("description") {
		description := c.text("description")
		change.Description = &description
	}
	if c.has("disabled") {
		enabled := !c.yes("disabled", false)
		change.Enabled = &enabled
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	e, err = a.Processor.ChangeForeign(c.ctx, c.Merchant.ID, object.Dialect, e.ID, change)
	return endpointOr(a, e, err)
}

func deleteEndpoint(a *API, c *call) (object.Object, error) {
	e, err := a.endpointOf(c)
	if err != nil {
		return nil, err
	}
	return object.Object{"id": c.id(), "object": "webhook_endpoint", "deleted": true}, a.Processor.RemoveEndpoint(c.ctx, c.Merchant.ID, e.ID)
}
