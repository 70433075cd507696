package dashboard

import (
	"bytes"
	"context"
	"net/http"
	"slices"
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
	f, err := filterOf(r).wanted()
	if err != nil {
		return err
	}
	in := d.reach(r)
	shown := map[string]int64{}
	first := true
	return d.follow(w, r, "", func(ctx context.Context, out *bytes.Buffer) error {
		found, err := d.find(ctx, in, f, processor.Window{Limit: atOnce})
		if err != nil {
			return err
		}
		now := make(map[string]int64, len(found.Items))
		var changed []payment.Payment // oldest first
		for _, p := range slices.Backward(found.Items) {
			if now[p.ID] = p.Version; !first && shown[p.ID] != p.Version {
				changed = append(changed, p)
			}
		}
		rows, err := d.rows(ctx, changed)
		if err != nil {
			return err
		}
		for _, row := range rows {
			out.WriteString("event: row\ndata: ")
			if err := RenderRow(out, row); err != nil {
				return err
			}
			out.WriteString("\n\n")
		}
		shown, first = now, false
		return nil
	})
}

// follow writes a stream: the output of draw at the start and after each
// change. Changes beside the payments (webhook tries, seals) wake no stream, so
// a payment's page also looks by itself for a while.
func (d *Dashboard) follow(w http.ResponseWriter, r *http.Request, id string, draw func(context.Context, *bytes.Buffer) error) error {
	changes, stop := d.Processor.Watch(id)
	defer stop()
	every := heartbeat
	if id != "" {
		every = time.Second
	}
	return d.followed(w, r, func() <-chan struct{} { return changes }, every, draw)
}

// followed is follow for whatever changes: next is asked before each look for what tells of the change
// after it.
func (d *Dashboard) followed(w http.ResponseWriter, r *http.Request, next func() <-chan struct{}, every time.Duration, draw func(context.Context, *bytes.Buffer) error) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that gathers would hold the news back
	gate.Waits(r.Context())
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // that deadline is for pages
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		if _, ok := d.who(r); !ok {
			return nil // signed out meanwhile
		}
		var out bytes.Buffer
		changes := next()
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
