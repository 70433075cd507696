package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

// listed is a row of the list as it was sent last.
type listed struct {
	version int64
	markup  string
	telling bool // its merchant has not heard of everything yet, which changes without the payment
}

// stream sends new and changed rows of the list: at first all of them, where the page shows another state than there is.
func (d *Dashboard) stream(w http.ResponseWriter, r *http.Request) error {
	f, err := filterOf(r).wanted()
	if err != nil {
		return err
	}
	has := r.Header.Get("Last-Event-ID") // of a page whose connection broke
	if has == "" {
		has = gate.Query(r).Get("state")
	}
	in := d.reach(r)
	var shown map[string]listed
	return d.follow(w, r, "", func(ctx context.Context, out *bytes.Buffer) error {
		found, err := d.find(ctx, in, f, processor.Window{Limit: atOnce})
		if err != nil {
			return err
		}
		now, changed, err := d.listed(ctx, found.Items, shown)
		if err != nil {
			return err
		}
		sum := newSummary()
		for _, p := range found.Items {
			sum.add(now[p.ID].markup)
		}
		if shown == nil && sum.String() == has {
			changed = nil
		}
		shown = now
		for i, id := range changed {
			if i == len(changed)-1 { // the page has that state once it has them all
				_, _ = fmt.Fprintf(out, "id: %s\n", sum)
			}
			_, _ = fmt.Fprintf(out, "event: row\ndata: %s\n\n", now[id].markup)
		}
		return nil
	})
}

// listed draws payments as rows, where they may be others than were shown, and names those that are, oldest first.
func (d *Dashboard) listed(ctx context.Context, newestFirst []payment.Payment, shown map[string]listed) (now map[string]listed, changed []string, err error) {
	now = make(map[string]listed, len(newestFirst))
	var stale []payment.Payment
	for _, p := range slices.Backward(newestFirst) {
		was, known := shown[p.ID]
		if now[p.ID] = was; !known || was.telling || was.version != p.Version {
			stale = append(stale, p)
		}
	}
	rows, err := d.rows(ctx, stale)
	for i, row := range rows {
		markup, err := rowMarkup(row)
		if err != nil {
			return nil, nil, err
		}
		if shown[row.ID].markup != markup {
			changed = append(changed, row.ID)
		}
		now[row.ID] = listed{stale[i].Version, markup, row.Telling()}
	}
	return now, changed, err
}

func rowMarkup(row Row) (string, error) {
	var b strings.Builder
	err := RenderRow(&b, row)
	return b.String(), err
}

// summary sums up the rows of a list: it is another wherever one of them is.
type summary struct{ hash.Hash64 }

func newSummary() summary { return summary{fnv.New64a()} }

func (s summary) add(markup string) { _, _ = io.WriteString(s, markup) }

func (s summary) String() string { return strconv.FormatUint(s.Sum64(), 36) }

// stateOf is the state of a page with these rows.
func stateOf(rows []Row) (string, error) {
	sum := newSummary()
	for _, row := range rows {
		markup, err := rowMarkup(row)
		if err != nil {
			return "", err
		}
		sum.add(markup)
	}
	return sum.String(), nil
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
