package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
	"sandbank/web/gate"
)

// BreakList is all breaks that a settlement left, oldest first.
type BreakList struct {
	Data []settlement.Break `json:"data"`
}

// WriteOff is the body of POST /v1/breaks/{id}/write-off.
type WriteOff struct {
	Note string `json:"note"`
}

// Reconciliation is the answer of GET /v1/reconciliation.
type Reconciliation struct {
	Explained bool                  `json:"explained"` // nothing is unexplained anywhere
	Data      []settlement.Position `json:"data"`
}

var (
	settlementStatuses = []settlement.Status{settlement.Received, settlement.Matched, settlement.Broken, settlement.Resolved}
	breakStatuses      = []settlement.BreakStatus{settlement.BreakOpen, settlement.BreakCorrected, settlement.BreakWrittenOff}
)

func (a *API) listSettlements(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	status, at, err := narrowed(r, "stl", settlementStatuses)
	if err != nil {
		return err
	}
	found, err := a.Processor.Settlements(r.Context(), status, at)
	return replyKept(w, found, err, asItIs)
}

// settlementOf is the settlement in the path.
func (a *API) settlementOf(r *http.Request) (settlement.Settlement, error) {
	return a.Processor.Settlement(r.Context(), mux.Vars(r)["id"])
}

func (a *API) getSettlement(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	s, err := a.settlementOf(r)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, s)
}

func (a *API) settlementBreaks(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	s, err := a.settlementOf(r)
	if err != nil {
		return err
	}
	list, err := a.Processor.BreaksOf(r.Context(), s)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, BreakList{append([]settlement.Break{}, list...)})
}

func (a *API) settlementItems(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	s, err := a.settlementOf(r)
	if err != nil {
		return err
	}
	return replyItems(w, r, s.ID, func(at processor.Window) (processor.Page[settlement.Item], error) {
		return a.Processor.SettlementItems(r.Context(), s, at)
	})
}

// settlementFile answers the bank's batch as a file.
func (a *API) settlementFile(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	format, err := statement.ParseFormat(gate.Query(r).Get("format"))
	if err != nil {
		return err
	}
	s, err := a.settlementOf(r)
	if err != nil {
		return err
	}
	found, err := a.Processor.Statement(r.Context(), s)
	if err != nil {
		return fault.From(err)
	}
	gate.Attach(w, format.ContentType(), s.ID+format.Extension())
	_ = found.Write(w, format) // the caller is gone
	return nil
}

func (a *API) listBreaks(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	status, at, err := narrowed(r, "brk", breakStatuses)
	if err != nil {
		return err
	}
	found, err := a.Processor.Breaks(r.Context(), processor.BreakQuery{Status: status}, at)
	return replyPage(w, found, err, asItIs)
}

func (a *API) writeOffBreak(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var body WriteOff
	if err := decode(r, &body); err != nil {
		return err
	}
	k, err := a.Processor.WriteOff(r.Context(), mux.Vars(r)["id"], call.Client, body.Note)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, k)
}

func (a *API) claimBreak(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	k, err := a.Processor.Claim(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, k)
}

func (a *API) reconcile(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	list, err := a.Processor.Reconcile(r.Context())
	if err != nil {
		return err
	}
	out := Reconciliation{Explained: true, Data: append([]settlement.Position{}, list...)}
	for _, p := range list {
		out.Explained = out.Explained && p.Explained()
	}
	return gate.Reply(w, http.StatusOK, out)
}
