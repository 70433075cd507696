package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Page is a page of things, newest first.
type Page[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor,omitempty"` // send it as ?cursor= for the next page
}

// Evidence is the body of POST /v1/disputes/{id}/evidence.
type Evidence struct {
	Evidence string `json:"evidence"`
}

const maxEvidence = 2000

// disputeStatuses are what a list can be narrowed to.
var disputeStatuses = []payment.DisputeStatus{payment.NeedsResponse, payment.UnderReview, payment.DisputeWon, payment.DisputeLost}

// listRecords answers a page of the records that a filter takes, which the query
// narrows by status where there is a choice of them.
func listRecords[T any, S ~string](a *API, w http.ResponseWriter, r *http.Request, f processor.RecordFilter, prefix string, statuses []S, show func(processor.Record) (T, error)) error {
	q := r.URL.Query()
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	f.Status, f.Before, f.Limit = q.Get("status"), q.Get("cursor"), limitOf(problem, q.Get("limit"))
	if f.Status != "" {
		checkChoice(problem, "status", S(f.Status), statuses)
	}
	checkCursor(problem, prefix, f.Before)
	if len(problem.Fields) > 0 {
		return problem
	}
	f.Limit++ // one more tells whether there is a next page
	list, err := a.Processor.Store.Records(r.Context(), f)
	if err != nil {
		return err
	}
	page := Page[T]{Data: make([]T, 0, len(list))}
	if len(list) == f.Limit {
		list = list[:f.Limit-1]
		page.NextCursor = list[len(list)-1].ID
	}
	for _, one := range list {
		shown, err := show(one)
		if err != nil {
			return err
		}
		page.Data = append(page.Data, shown)
	}
	return gate.Reply(w, http.StatusOK, page)
}

func checkCursor(problem *fault.Error, prefix, cursor string) {
	if cursor != "" && !chance.ValidID(prefix, cursor) {
		problem.At("cursor", "must be the next_cursor of an earlier page")
	}
}

// record finds the record in the path; another merchant's is not there for the
// caller. A merchant of "" is for staff, who see all.
func (a *API) record(r *http.Request, kind processor.RecordKind, prefix, merchant string) (processor.Record, error) {
	id := mux.Vars(r)["id"]
	if !chance.ValidID(prefix, id) {
		return processor.Record{}, processor.NoRecord(kind, id)
	}
	found, err := a.Processor.Store.RecordOf(r.Context(), kind, id)
	if err == nil && merchant != "" && found.Merchant != merchant {
		err = processor.NoRecord(kind, id)
	}
	return found, err
}

func (a *API) listDisputes(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	f := processor.RecordFilter{Kind: processor.DisputeRecord, Merchant: call.Merchant.ID}
	return listRecords(a, w, r, f, "dp", disputeStatuses, processor.Decode[payment.DisputeResource])
}

func (a *API) getDispute(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	found, err := a.record(r, processor.DisputeRecord, "dp", call.Merchant.ID)
	if err != nil {
		return err
	}
	d, err := processor.Decode[payment.DisputeResource](found)
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
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	oneLine := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(body.Evidence) // which a letter may have
	checkText(problem, "/evidence", oneLine, 1, maxEvidence)
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.record(r, processor.DisputeRecord, "dp", call.Merchant.ID)
	if err != nil {
		return err
	}
	d, p, err := a.Processor.Respond(r.Context(), call.Merchant.ID, found.ID, body.Evidence)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, d.Resource(p.ID))
}
