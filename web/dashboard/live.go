package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

const (
	heartbeat = 15 * time.Second
	// gather keeps a busy list readable, and its page cheap: changes are drawn a
	// few times a second at most.
	gather = 250 * time.Millisecond
	atOnce = 50
)

// stream sends new and changed rows of the list.
func (d *Dashboard) stream(w http.ResponseWriter, r *http.Request) error {
	q := gate.Query(r)
	f := processor.PaymentQuery{Status: payment.Status(q.Get("status")), Reference: q.Get("q")}
	in := d.reach(r)
	shown := map[string]int64{}
	first := true
	return d.follow(w, r, "", func(ctx context.Context, out *bytes.Buffer) error {
		found, err := d.find(ctx, in, f, processor.Window{Limit: atOnce})
		if err != nil {
			return err
		}
		list := found.Items
		now := make(map[string]int64, len(list))
		for i := len(list) - 1; i >= 0; i-- {
			p := list[i]
			if now[p.ID] = p.Version; first || shown[p.ID] == p.Version {
				continue
			}
			out.WriteString("event: payment\ndata: ")
			if err := RenderRow(out, d.row(p)); err != nil {
				return err
			}
			out.WriteString("\n\n")
		}
		shown, first = now, false
		return nil
	})
}

// live tells one payment's page that there is more to see.
func (d *Dashboard) live(w http.ResponseWriter, r *http.Request) error {
	p, _, err := d.read(r)
	if err != nil {
		return err
	}
	told := ""
	return d.follow(w, r, p.ID, func(_ context.Context, out *bytes.Buffer) error {
		p, t, err := d.read(r)
		if now := revision(p, t); err == nil && now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}

// follow writes a stream: the output of draw at the start and after each
// change. Changes beside the payments (webhook tries, seals) wake no stream, so
// a payment's page also looks by itself for a while.
func (d *Dashboard) follow(w http.ResponseWriter, r *http.Request, id string, draw func(context.Context, *bytes.Buffer) error) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that gathers would hold the news back
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // that deadline is for pages
	changes, stop := d.Processor.Watch(id)
	defer stop()
	every := heartbeat
	if id != "" {
		every = time.Second
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		if _, ok := d.who(r); !ok {
			return nil // signed out meanwhile
		}
		var out bytes.Buffer
		if err := draw(r.Context(), &out); err != nil {
			return nil // the stream has begun: the browser connects again
		}
		if out.Len() == 0 {
			out.WriteString(": still here\n\n")
		}
		if _, err := w.Write(out.Bytes()); err != nil || control.Flush() != nil {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-changes:
		case <-beat.C:
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(gather):
		}
	}
}
