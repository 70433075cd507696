package api

import (
	"net/http"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/fault"
	"sandbank/web/gate"
)

// AuditPage is a page of the audit log, newest first.
type AuditPage struct {
	Data       []audit.Sealed `json:"data"`
	NextCursor string         `json:"next_cursor,omitempty"` // send it as ?cursor= for the next page
}

// maxAuditText bounds each text of a search.
const maxAuditText = 200

func (a *API) listAudit(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	q := r.URL.Query()
	f := audit.Filter{
		Kind: audit.Kind(q.Get("kind")), Actor: q.Get("actor"), Merchant: call.Merchant.ID, Action: audit.Action(q.Get("action")),
		Object: q.Get("object"), Outcome: audit.Outcome(q.Get("outcome")), Before: q.Get("cursor"),
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	f.Limit = limitOf(problem, q.Get("limit"))
	if f.Kind != "" && !slices.Contains(audit.Kinds(), f.Kind) {
		problem.At("kind", "must be one of %v", audit.Kinds())
	}
	if f.Outcome != "" && !slices.Contains(audit.Outcomes(), f.Outcome) {
		problem.At("outcome", "must be one of %v", audit.Outcomes())
	}
	if f.Before != "" && !chance.ValidID("aud", f.Before) {
		problem.At("cursor", "must be the next_cursor of an earlier page")
	}
	for name, text := range map[string]string{"actor": f.Actor, "action": string(f.Action), "object": f.Object} {
		checkText(problem, name, text, 0, maxAuditText)
	}
	f.From, f.To = instant(problem, "from", q.Get("from")), instant(problem, "to", q.Get("to"))
	if len(problem.Fields) > 0 {
		return problem
	}
	f.Limit++ // one more tells whether there is a next page
	list, err := a.Processor.Store.ListAudits(r.Context(), f)
	if err != nil {
		return err
	}
	page := AuditPage{Data: append([]audit.Sealed{}, list...)}
	if len(list) == f.Limit {
		page.Data = list[:f.Limit-1]
		page.NextCursor = page.Data[len(page.Data)-1].Record.ID
	}
	return gate.Reply(w, http.StatusOK, page)
}

// instant reads a time of a query; "" is the zero time.
func instant(problem *fault.Error, name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		problem.At(name, "must be a time such as 2026-11-24T15:30:00Z")
	}
	return t
}
