package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"sandbank/web/gate"
	"sandbank/web/sequence"
)

// A payment's page is extended and not drawn again: its stream keeps what the page shows, part by part,
// and sends what is another than before. A part is either plain, and sent whole, or a list of keyed items,
// of which only those are sent that are new or have changed.
//
//	readStory ─▶ paymentView ─▶ shown ── delta ──▶ one event "parts" of the stream
//	                              └── kept as what the page shows now

// plain are the parts that are sent whole, each a template "part-" and its name.
var plain = []string{"head", "raw", "files", "books", "hooks", "pay", "hold", "waits", "known", "moves", "acts", "facts"}

// lanesPart is the heads of the lanes, which has no template.
const lanesPart = "lanes"

// The lists of keyed items.
const (
	sequenceList = "sequence"
	hopsList     = "hops"
)

// shown is what a payment's page shows.
type shown struct {
	state string
	title string
	parts map[string]string
	lists map[string][]sequence.Part
	lines []Line // of which the list of hops was made
	high  int    // the drawing's height
}

// change is what a page has to do to show another state: an event's data.
type change struct {
	State string            `json:"state"`
	Title string            `json:"title"` // as HTML
	Parts map[string]string `json:"parts"`
	Lists map[string]edit   `json:"lists"`
	High  int               `json:"high"`  // the drawing's height
	Whole bool              `json:"whole"` // nothing is known of the page: what is not sent goes
}

// edit is what becomes of a list: items go, and others are put behind the item of a key, or at the
// beginning where that is "". They are put in their order.
type edit struct {
	Gone []string `json:"gone"`
	Put  []put    `json:"put"`
}

type put struct {
	Key    string `json:"key"`
	After  string `json:"after"`
	Markup string `json:"markup"`
}

// live extends the page of a payment while it goes on.
func (d *Dashboard) live(w http.ResponseWriter, r *http.Request) error {
	first, err := d.readStory(r)
	if err != nil {
		return err
	}
	has := r.Header.Get("Last-Event-ID") // of a page whose connection broke
	if has == "" {
		has = gate.Query(r).Get("state")
	}
	var now *shown
	return d.follow(w, r, first.Payment.ID, func(_ context.Context, out *bytes.Buffer) error {
		s, err := d.readStory(r)
		if err != nil || now != nil && revision(s) == now.state {
			return err
		}
		next, err := show(d.paymentView(r, s), now)
		if err != nil {
			return err
		}
		if now == nil && next.state != has {
			now = &shown{} // nobody knows what the page shows: it gets everything
		}
		if now != nil {
			err = tell(out, delta(*now, next))
		}
		now = &next
		return err
	})
}

// tell writes a change as an event.
func tell(out *bytes.Buffer, c change) error {
	b, err := json.Marshal(c)
	if err == nil {
		_, err = fmt.Fprintf(out, "event: parts\nid: %s\ndata: %s\n\n", c.State, b)
	}
	return err
}

// show renders the parts of a page. What has not changed since before is taken from there.
func show(v PaymentView, before *shown) (shown, error) {
	s := shown{state: v.Revision, parts: map[string]string{}, lists: map[string][]sequence.Part{}, lines: v.Sequence.Lines(), high: v.Sequence.Layout.Height}
	var err error
	draw := func(template string, view any) string {
		var b strings.Builder
		if e := pages().Fragment(&b, "payment", template, view); e != nil {
			err = e
		}
		return b.String()
	}
	s.title = draw("title", v)
	for _, name := range plain {
		s.parts[name] = draw("part-"+name, v)
	}
	s.parts[lanesPart] = string(v.Sequence.Head)
	if v.Sequence.Raw == "" {
		s.lists[sequenceList] = sequence.Parts(v.Sequence.Layout)
	}
	var items []sequence.Part
	for i, l := range s.lines {
		if markup, same := kept(before, i, l); same {
			items = append(items, sequence.Part{Key: l.Key, Markup: markup})
			continue
		}
		items = append(items, sequence.Part{Key: l.Key, Markup: draw("line", l)})
	}
	s.lists[hopsList] = items
	return s, err
}

// kept is the markup that a line had before, where it stood at the same place and is the same.
func kept(before *shown, i int, l Line) (string, bool) {
	if before == nil || i >= len(before.lines) || !reflect.DeepEqual(before.lines[i], l) {
		return "", false
	}
	return before.lists[hopsList][i].Markup, true
}

// delta is what makes a page that shows one state show another.
func delta(from, to shown) change {
	c := change{State: to.state, Title: to.title, Parts: map[string]string{}, Lists: map[string]edit{}, High: to.high, Whole: from.state == ""}
	for name, markup := range to.parts {
		if was, had := from.parts[name]; !had || was != markup {
			c.Parts[name] = markup
		}
	}
	for name, items := range to.lists {
		c.Lists[name] = edited(from.lists[name], items)
	}
	return c
}

// edited finds what is to be done to a list of items with unique keys. As many as can stay where they are do.
func edited(from, to []sequence.Part) (e edit) {
	remains := map[string]bool{}
	for _, p := range to {
		remains[p.Key] = true
	}
	was, place := map[string]string{}, map[string]int{} // the markup and place of each item that remains
	for i, p := range from {
		if !remains[p.Key] {
			e.Gone = append(e.Gone, p.Key)
			continue
		}
		was[p.Key], place[p.Key] = p.Markup, i
	}
	stays := inOrder(to, place)
	last := ""
	for _, p := range to {
		if !stays[p.Key] || was[p.Key] != p.Markup {
			e.Put = append(e.Put, put{p.Key, last, p.Markup})
		}
		last = p.Key
	}
	return e
}

// inOrder are the keys of the longest row of items that have places and are in the order of their places, which it finds by patience:
// https://en.wikipedia.org/wiki/Longest_increasing_subsequence.
func inOrder(list []sequence.Part, place map[string]int) map[string]bool {
	var ends []int // ends[n] is the item with the lowest place at which a row of n+1 items ends
	before := make([]int, len(list))
	for i, p := range list {
		at, known := place[p.Key]
		if !known {
			continue
		}
		n, _ := slices.BinarySearchFunc(ends, at, func(end, at int) int { return cmp.Compare(place[list[end].Key], at) })
		if before[i] = -1; n > 0 {
			before[i] = ends[n-1]
		}
		ends = append(ends[:n], append([]int{i}, ends[min(n+1, len(ends)):]...)...)
	}
	row := map[string]bool{}
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			row[list[i].Key] = true
		}
	}
	return row
}
