package mollie

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/mux"

	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

// call is one request with its caller.
type call struct {
	gate.Call
	ctx     context.Context
	request *http.Request
	route   string
	sent    []byte                    // the body
	fields  map[string]jsontext.Value // its members
	key     string                    // of idempotency, with what bounds its life; "" for none
	ignored []string                  // what was sent and means nothing here
}

// reply is what a handler answers.
type reply struct {
	status  int
	body    any    // nil for none
	payment string // that it is about, for the answer to go with it; "" for none
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

// in is a variable of the path.
func (c *call) in(name string) string { return mux.Vars(c.request)[name] }

// asked is a parameter of the query; "" for none.
func (c *call) asked(name string) string { return gate.Query(c.request).Get(name) }

// has reports whether the body has a member that is not null.
func (c *call) has(name string) bool {
	v, given := c.fields[name]
	return given && v.Kind() != 'n'
}

// serve is a route behind the gate: its body is read, and a handler answers.
func (a *API) serve(r route) gate.Handler {
	return func(w http.ResponseWriter, request *http.Request, caller gate.Call) error {
		c := &call{Call: caller, ctx: request.Context(), request: request, route: r.method + " " + r.path}
		if err := gate.CheckQuery(request, r.takes()); err != nil {
			return err
		}
		for _, name := range r.ignores {
			if c.asked(name) != "" {
				c.ignored = append(c.ignored, name)
			}
		}
		if err := c.read(r); err != nil {
			return err
		}
		if err := c.live(); err != nil {
			return err
		}
		answered, err := a.once(w, c, func() (reply, error) { return r.handle(a, c) })
		if err != nil {
			return err
		}
		if len(c.ignored) > 0 {
			w.Header().Set(IgnoredHeader, strings.Join(c.ignored, ", "))
			a.Log.Info("parts of a request in Mollie's dialect mean nothing here", "route", c.route, "parts", c.ignored, "request", c.RequestID)
		}
		return write(w, answered.status, answered.body)
	}
}

// IgnoredHeader names what of a request means something to Mollie and nothing here.
const IgnoredHeader = "Sandbank-Ignored"

// read reads the body, JSON or a form, as an object.
func (c *call) read(r route) error {
	if c.request.Method == http.MethodGet || c.request.ContentLength == 0 {
		return nil
	}
	if isForm(c.request.Header.Get("Content-Type")) {
		body, err := formBody.Read(c.request)
		if err != nil {
			return err
		}
		c.sent = body
		if c.fields, err = formFields(string(body)); err != nil {
			return err
		}
		return c.known(r)
	}
	body, err := gate.JSON.Read(c.request)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return nil
	}
	c.sent = body
	if err := json.Unmarshal(body, &c.fields); err != nil {
		return fault.New(fault.Invalid, "body_invalid", "The body cannot be read: it must be one JSON object, with no name twice.").Because(err)
	}
	return c.known(r)
}

// formBody is a body as the curl commands in Mollie's reference send it, beside JSON.
var formBody = gate.Body{Name: "a form", Media: "application/x-www-form-urlencoded"}

// known refuses a member that Mollie's route does not have, and notes those that mean nothing here.
func (c *call) known(r route) error {
	for name := range c.fields {
		switch {
		case name == "testmode", name == "profileId", slices.Contains(r.body, name):
		case slices.Contains(r.ignores, name):
			c.ignored = append(c.ignored, name)
		default:
			return c.nonexistent(name, append(slices.Clone(r.body), r.ignores...))
		}
	}
	slices.Sort(c.ignored)
	return nil
}

// nonexistent is Mollie's complaint about a member that its route does not have.
func (c *call) nonexistent(name string, known []string) error {
	f := fault.New(fault.Unprocessable, "parameter_unknown", "Non-existent body parameter %q for this API call.", form.Shown(name))
	if near := fault.Nearest(name, known); near != "" {
		f.Message += " Did you mean: \"" + near + "\"?"
	}
	return f.At(form.Shown(name), "%s", f.Message)
}

// live refuses a request that wants to be no test.
func (c *call) live() error {
	if c.asked("testmode") == "false" || string(c.fields["testmode"]) == "false" {
		return wrong("testmode", "This is Sandbank, a simulator: there is no live mode. Send \"testmode\": true, or leave it out.")
	}
	return nil
}

// text is a member of the body that is a text; "" where it is not there or null.
func (c *call) text(name string) (string, error) {
	var s string
	if !c.has(name) {
		return "", nil
	}
	if err := json.Unmarshal(c.fields[name], &s); err != nil {
		return "", wrong(name, "The field %q must be a string.", name)
	}
	return s, nil
}

// texts reads several, and stops at the first complaint.
func (c *call) texts(into map[string]*string) error {
	for name, to := range into {
		if !c.has(name) {
			continue
		}
		s, err := c.text(name)
		if err != nil {
			return err
		}
		*to = s
	}
	return nil
}

// wrong is a complaint about one field, as Mollie words most of its own.
func wrong(field, format string, args ...any) error {
	f := fault.New(fault.Unprocessable, "field_invalid", format, args...)
	return f.At(field, "%s", f.Message)
}

func write(w http.ResponseWriter, status int, body any) error {
	if body == nil {
		w.WriteHeader(status)
		return nil
	}
	encoded, err := json.Marshal(body, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", object.HAL)
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded, '\n')) // the client is gone if this fails
	return nil
}
