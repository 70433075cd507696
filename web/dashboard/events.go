package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/web/gate"
)

func (d *Dashboard) events(w http.ResponseWriter, r *http.Request) error {
	kind, err := typeAsked(r)
	if err != nil {
		return err
	}
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.LatestEvents(r.Context(), d.reach(r), kind, at)
	if err != nil {
		return err
	}
	v := EventsView{Frame: d.frame(r, "events"), Types: event.Types(), Type: kind, Pager: pager(at, found, "/events", "type", kind), Most: perPage}
	for _, e := range found.Items {
		v.Events = append(v.Events, d.event(e))
	}
	if at.Cursor == "" { // older pages stand still
		q := url.Values{"type": {kind}}
		if len(v.Events) > 0 {
			q.Set("after", v.Events[0].ID)
		}
		v.StreamURL = "/events/live?" + q.Encode()
	}
	return RenderEvents(w, v)
}

func typeAsked(r *http.Request) (kind string, err error) {
	kind = gate.Query(r).Get("type")
	return kind, searched(form.Search, kind)
}

func (d *Dashboard) event(e event.Event) Event {
	return Event{
		ID: e.ID, At: e.At, Type: e.Type, Merchant: d.merchant(e.Merchant),
		PaymentID: e.Payment, PaymentURL: "/payments/" + e.Payment, Payload: indent(e.Body()),
	}
}

// eventsLive sends each event that comes after the newest one of the page, which the query names, or after the last
// that this browser got before it connected again, and with it those of the same millisecond, which the page may have.
// Where more have come than a page has, the newest are sent.
func (d *Dashboard) eventsLive(w http.ResponseWriter, r *http.Request) error {
	kind, err := typeAsked(r)
	if err != nil {
		return err
	}
	after := gate.Query(r).Get("after")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		after = last
	}
	if after != "" && !chance.ValidID("evt", after) {
		return fault.New(fault.Invalid, "query_invalid", "The query is not right.").At("after", "must be the id of an event")
	}
	in, shown := d.reach(r), map[string]bool(nil)
	return d.follow(w, r, "", func(ctx context.Context, out *bytes.Buffer) error {
		found, err := d.Processor.LatestEvents(ctx, in, kind, processor.Window{Limit: perPage})
		if err != nil {
			return err
		}
		if shown == nil {
			shown = since(found.Items, after)
		}
		for _, e := range slices.Backward(found.Items) {
			if shown[e.ID] {
				continue
			}
			_, _ = fmt.Fprintf(out, "id: %s\nevent: row\ndata: ", e.ID)
			if err := RenderEvent(out, d.event(e)); err != nil {
				return err
			}
			out.WriteString("\n\n")
		}
		shown = idsOf(found.Items)
		return nil
	})
}

// since are the events that a page certainly shows whose newest event is the one named: that one, and those of
// earlier milliseconds. Ids of one millisecond, which is long while the clock stands still, are in no order.
func since(newestFirst []event.Event, after string) map[string]bool {
	shown := map[string]bool{after: true}
	for _, e := range newestFirst {
		if len(after) >= stampedID && e.ID < after[:stampedID] {
			shown[e.ID] = true
		}
	}
	return shown
}

// stampedID is the length of the beginning of an event's id that is its time.
const stampedID = len("evt_01890a5d-ac96")

func idsOf(list []event.Event) map[string]bool {
	ids := make(map[string]bool, len(list))
	for _, e := range list {
		ids[e.ID] = true
	}
	return ids
}
