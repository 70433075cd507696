package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

// EventPage is the answer of GET /v1/events.
type EventPage struct {
	Data []json.RawMessage `json:"data"`
	// NextAfter is the sequence to ask after next; it stays while there is nothing new.
	NextAfter int64 `json:"next_after"`
}

// question is what GET /v1/events asks for.
type question struct {
	after  int64
	limit  int
	wait   time.Duration
	filter feed.Filter
}

func (a *API) readQuestion(r *http.Request, call gate.Call) (ask question, err error) {
	q := gate.Query(r)
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	ask.limit = limitOf(problem, q.Get("limit"))
	if s := q.Get("after"); s != "" {
		if ask.after, err = strconv.ParseInt(s, 10, 64); err != nil || ask.after < 0 {
			problem.At("after", "must be the sequence of an event, or 0 for all")
		}
	}
	ask.filter = feed.Filter{Payment: q.Get("payment"), Types: feed.SplitTypes(q.Get("types"))}
	form.CheckTypes(problem, "types", ask.filter.Types)
	if len(problem.Fields) > 0 {
		return ask, problem
	}
	if ask.filter.Payment != "" {
		_, err = a.Processor.OwnPayment(r.Context(), call.Merchant.ID, ask.filter.Payment)
	}
	ask.wait = preferredWait(r)
	return ask, err
}

func (a *API) listEvents(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	ask, err := a.readQuestion(r, call)
	if err != nil {
		return err
	}
	if ask.wait > 0 {
		gate.Hold(r.Context(), w)
		w.Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", int(ask.wait.Seconds())))
	}
	list, next, all, err := a.Feed.Read(r.Context(), call.Merchant.ID, ask.after, ask.limit, ask.filter)
	page := EventPage{Data: make([]json.RawMessage, 0, len(list)), NextAfter: next}
	for i := range list {
		page.Data = append(page.Data, list[i].Body())
	}
	if err == nil && all && len(list) == 0 && ask.wait > 0 {
		ask.after = next
		page, err = a.awaitEvents(r.Context(), call.Merchant.ID, ask)
	}
	if err != nil {
		return feed.Refused(err)
	}
	return gate.Reply(w, http.StatusOK, page)
}

// awaitEvents waits for the first event that comes.
func (a *API) awaitEvents(ctx context.Context, merchant string, ask question) (EventPage, error) {
	page := EventPage{Data: []json.RawMessage{}, NextAfter: ask.after}
	l, err := a.Feed.Open(ctx, merchant, feed.From{After: ask.after})
	if err != nil {
		return page, err
	}
	defer l.Close()
	if l.Reset() != "" { // a place that is yet to come: the caller is to look at it
		return page, nil
	}
	timer := a.Computer.NewTimer(ask.wait)
	defer timer.Stop()
	list, err := l.Only(ask.filter).NextWithin(ctx, timer.C())
	if err != nil && ctx.Err() == nil {
		return page, err
	}
	page.NextAfter = l.After()
	for i := range list[:min(len(list), ask.limit)] {
		page.Data, page.NextAfter = append(page.Data, list[i].Body), list[i].Sequence
	}
	return page, nil
}
