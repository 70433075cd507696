// Package simulate reads what is to happen on purpose to a new payment where another API's request says so: in a header, or
// in the payment's metadata, which the libraries of every API can send. It is the JSON that simulate has in POST /v1/payments.
package simulate

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/sim"
)

// Header carries the JSON, as with the house's own API.
const Header = "Sandbank-Simulate"

// Member is the member of metadata that carries the JSON. It is an order, and not kept as metadata.
const Member = "sandbank_simulate"

// Read makes the plan of a request. Noted are the JSON texts that stand in its metadata, by their places.
func Read(header http.Header, noted map[string]string, capture payment.CaptureMode) (plan sim.Plan, err error) {
	problem, sent := form.Problem(), header.Values(Header)
	if len(sent)+len(noted) > 1 {
		at := Header
		for place := range noted {
			at = place
		}
		return plan, problem.At(at, "must be given once, in the header %s or in the metadata", Header)
	}
	for _, text := range sent {
		plan = read(text, problem, Header, capture)
	}
	for at, text := range noted {
		plan = read(text, problem, at, capture)
	}
	return plan, form.Found(problem)
}

func read(text string, problem *fault.Error, at string, capture payment.CaptureMode) sim.Plan {
	var wish sim.Wish
	if jsontext.Value(text).Kind() != '{' {
		_ = problem.At(at, "must hold a JSON object, as simulate has it in POST /v1/payments")
		return sim.Plan{}
	}
	if err := json.Unmarshal([]byte(text), &wish, json.RejectUnknownMembers(true)); err != nil {
		place, why := wrong(err)
		_ = problem.At(at+place, "%s", why)
		return sim.Plan{}
	}
	plan := wish.Check(problem, at)
	if plan.Bank != nil && plan.Bank.Capture != nil && capture != payment.CaptureManual {
		_ = problem.At(at+"/bank/capture", "needs a payment that is captured by hand: else the capture comes with the approval")
	}
	return plan
}

// wrong is the place of what cannot be read, and why.
func wrong(err error) (place, why string) {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		if errors.Is(err, json.ErrUnknownName) {
			return string(semantic.JSONPointer), "is no member of simulate in POST /v1/payments"
		}
		return string(semantic.JSONPointer), "is of another type in simulate of POST /v1/payments"
	}
	return "", "must hold the JSON that simulate has in POST /v1/payments, with no name twice"
}
