package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Evidence is the body of POST /v1/disputes/{id}/evidence.
type Evidence struct {
	Evidence string `json:"evidence"`
}

// disputeStatuses are the statuses by which a list can be filtered.
var disputeStatuses = []payment.DisputeStatus{payment.DisputeNeedsResponse, payment.DisputeUnderReview, payment.DisputeWon, payment.DisputeLost}

func (a *API) listDisputes(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	status, at, err := narrowed(r, "dp", disputeStatuses)
	if err != nil {
		return err
	}
	found, err := a.Processor.Disputes(r.Context(), processor.Only(call.Merchant.ID), status, at)
	return replyKept(w, found, err, asItIs)
}

func (a *API) getDispute(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	d, err := a.Processor.Dispute(r.Context(), processor.Only(call.Merchant.ID), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, d)
}

func (a *API) respondToDispute(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body Evidence
	if err := decode(r, &body); err != nil {
		return err
	}
	d, p, err := a.Processor.Respond(r.Context(), processor.Only(call.Merchant.ID), mux.Vars(r)["id"], body.Evidence)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, d.Resource(p.ID))
}
