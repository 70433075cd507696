package api

import (
	"net/http"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

func (a *API) listAudit(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	q := gate.Query(r)
	f := audit.Filter{
		Kind: audit.Kind(q.Get("kind")), Actor: q.Get("actor"), Action: audit.Action(q.Get("action")),
		Object: q.Get("object"), Outcome: audit.Outcome(q.Get("outcome")),
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	at := windowOf(problem, q, "aud")
	if f.Kind != "" && !slices.Contains(audit.Kinds(), f.Kind) {
		problem.At("kind", "must be one of %v", audit.Kinds())
	}
	if f.Outcome != "" && !slices.Contains(audit.Outcomes(), f.Outcome) {
		problem.At("outcome", "must be one of %v", audit.Outcomes())
	}
	for name, text := range map[string]string{"actor": f.Actor, "action": string(f.Action), "object": f.Object} {
		form.Search.Check(problem, name, text)
	}
	f.From, f.To = instant(problem, "from", q.Get("from")), instant(problem, "to", q.Get("to"))
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Audits(r.Context(), reachOf(call), f, at)
	return replyKept(w, found, err, asItIs)
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
