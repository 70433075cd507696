package api

import (
	"net/http"
	"net/url"
	"strconv"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Page is a page of things, newest first unless it is said.
type Page[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor,omitempty"` // send it as ?cursor= for the next page
}

// KeptPage is a page of things that go with old payments.
type KeptPage[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor,omitempty"`
	OlderLetGo bool   `json:"older_let_go,omitempty"` // on the last page
}

// replyPage answers with a page of a list; shown makes each item's JSON.
func replyPage[T, U any](w http.ResponseWriter, found processor.Page[T], err error, show func(T) U) error {
	if err != nil {
		return err
	}
	page := Page[U]{Data: make([]U, 0, len(found.Items)), NextCursor: found.Next}
	for _, one := range found.Items {
		page.Data = append(page.Data, show(one))
	}
	return gate.Reply(w, http.StatusOK, page)
}

// replyKept does the same for things that go with old payments.
func replyKept[T, U any](w http.ResponseWriter, found processor.Page[T], err error, show func(T) U) error {
	if err != nil {
		return err
	}
	page := KeptPage[U]{Data: make([]U, 0, len(found.Items)), NextCursor: found.Next, OlderLetGo: found.LetGo}
	for _, one := range found.Items {
		page.Data = append(page.Data, show(one))
	}
	return gate.Reply(w, http.StatusOK, page)
}

// asItIs shows what is a resource already.
func asItIs[T any](v T) T { return v }

// reachOf is whose things a caller may read where it need not name a merchant.
func reachOf(call gate.Call) processor.Reach {
	if call.Merchant.ID == "" && !call.Role.OfMerchant() {
		return processor.Everyone()
	}
	return processor.Only(call.Merchant.ID)
}

const (
	defaultLimit = 25
	maxLimit     = 100
)

// windowOf reads which part of a list a query wants; cursors are identifiers with
// a prefix.
func windowOf(problem *fault.Error, q url.Values, prefix string) processor.Window {
	at := processor.Window{Cursor: q.Get("cursor"), Limit: limitOf(problem, q.Get("limit"))}
	if at.Cursor != "" && !chance.ValidID(prefix, at.Cursor) {
		problem.At("cursor", "must be the next_cursor of an earlier page")
	}
	return at
}

// narrowed reads the query of a list that can be narrowed by status alone.
func narrowed[S ~string](r *http.Request, prefix string, statuses []S) (status S, at processor.Window, err error) {
	q := gate.Query(r)
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	status, at = S(q.Get("status")), windowOf(problem, q, prefix)
	if status != "" {
		form.CheckChoice(problem, "status", status, statuses)
	}
	if len(problem.Fields) > 0 {
		return status, at, problem
	}
	return status, at, nil
}

func limitOf(problem *fault.Error, s string) int {
	if s == "" {
		return defaultLimit
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxLimit {
		problem.At("limit", "must be 1 to %d", maxLimit)
		return defaultLimit
	}
	return n
}
