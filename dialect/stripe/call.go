package stripe

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// formBody is the body of this API's requests.
var formBody = gate.Body{Name: "a form", Media: "application/x-www-form-urlencoded", Limit: 64 << 10}

// everything is this API's on its own address.
func everything(*http.Request) bool { return true }

// call is one request with its caller.
type call struct {
	gate.Call
	*params
	ctx     context.Context
	request *http.Request
	route   string // as Stripe's document names it: "GET /v1/charges/{charge}"
	key     string // of idempotency; "" for none
	version string // of the API that the caller was written for
}

// id is the identifier in the path.
func (c *call) id() string { return mux.Vars(c.request)["id"] }

// serve is a route behind the gate: its form is read, and a handler makes one object
// of it, which is the answer.
func (a *API) serve(r route) gate.Handler {
	return func(w http.ResponseWriter, request *http.Request, caller gate.Call) error {
		a.heads(w, caller.RequestID)
		c := &call{Call: caller, ctx: request.Context(), request: request, route: r.method + " " + r.path}
		if publishable(request) && !r.browsers {
			return fault.New(fault.Forbidden, "secret_key_required", "This API call cannot be made with a publishable API key. Please use a secret API key.")
		}
		var err error
		if c.version, err = versionOf(request); err != nil {
			return err
		}
		encoded := request.URL.RawQuery
		if r.method == http.MethodPost {
			body, err := bodyOf(request)
			if err != nil {
				return err
			}
			encoded = strings.Trim(encoded+"&"+body, "&")
		}
		if c.params, err = parse(encoded); err != nil {
			return err
		}
		status, body, err := a.once(w, c, encoded, func() (int, object.Object, error) { return a.answer(c, r) })
		if err != nil {
			return err
		}
		if gate.StatusOf(fault.Internal) <= status {
			return fault.From(nil)
		}
		a.tellIgnored(w, c)
		write(w, status, body)
		return nil
	}
}

// answer has the handler make the answer, and expands it. The refusal of a card is
// one: the payment has gone on.
func (a *API) answer(c *call, r route) (int, object.Object, error) {
	if err := c.unknown(); err != nil {
		return 0, nil, err
	}
	body, err := r.handle(a, c)
	if card, refused := cardRefusal(err); refused {
		return http.StatusPaymentRequired, object.Object{"error": card}, nil
	}
	if err == nil {
		err = c.err()
	}
	if err == nil {
		err = a.expand(c, body)
	}
	return http.StatusOK, body, err
}

// unknown refuses a parameter that Stripe's route does not have.
func (c *call) unknown() error {
	for _, name := range c.names {
		if name == "expand" && c.request.Method == http.MethodGet || stripeTakes(c.route, name) {
			continue
		}
		return invalid("parameter_unknown", name, "Received unknown parameter: %s", shownID(name))
	}
	return nil
}

// variable is a variable of a path, which Stripe's document names otherwise.
var variable = regexp.MustCompile(`\{[a-z_]+\}`)

// stripeTakes reports whether Stripe's own route has a parameter.
func stripeTakes(route, name string) bool {
	for _, theirs := range object.RoutesLike(variable.ReplaceAllString(route, "{}")) {
		if object.Takes(theirs, name) {
			return true
		}
	}
	return false
}

// IgnoredHeader names the parameters of a request that mean something to Stripe and
// nothing here.
const IgnoredHeader = "Sandbank-Ignored"

// tellIgnored tells what of a request was not looked at.
func (a *API) tellIgnored(w http.ResponseWriter, c *call) {
	list := c.unread()
	if len(list) == 0 {
		return
	}
	for i, name := range list {
		list[i] = shownID(strings.NewReplacer("[", "_", "]", "").Replace(name))
	}
	w.Header().Set(IgnoredHeader, strings.Join(list, ", "))
	a.Log.Info("parameters of a request in Stripe's dialect mean nothing here", "route", c.route, "parameters", list, "request", c.RequestID)
}

// bodyOf is the form of a request; "" for none.
func bodyOf(r *http.Request) (string, error) {
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return "", nil
	}
	body, err := formBody.Read(r)
	return string(body), err
}

// version is how Stripe writes versions of its API.
var version = regexp.MustCompile(`^20[0-9]{2}-[01][0-9]-[0-3][0-9](\.[a-z]+)?$`)

// versionOf is the version that the caller asks for. Answers are in the one version
// that is spoken here; webhooks say the caller's, since libraries look at it.
func versionOf(r *http.Request) (string, error) {
	asked := r.Header.Get("Stripe-Version")
	switch {
	case asked == "":
		return object.Version, nil
	case !version.MatchString(asked):
		return "", invalid("api_version_invalid", "", "Invalid Stripe API version: %s. This Sandbank answers in %s.", shownID(asked), object.Version)
	}
	return asked, nil
}

// intentOr is a payment as a PaymentIntent, unless there was an error.
func intentOr(a *API, p payment.Payment, err error) (object.Object, error) {
	if err != nil {
		return nil, err
	}
	return a.Intent(p), nil
}

func sessionOr(a *API, p payment.Payment, err error) (object.Object, error) {
	if err != nil {
		return nil, err
	}
	return a.Session(p), nil
}

func endpointOr(a *API, e webhook.Endpoint, err error) (object.Object, error) {
	if err != nil {
		return nil, err
	}
	return a.endpointObject(e), nil
}
