package dashboard

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"sandbank/clock/steer"
	"sandbank/processor"
	"sandbank/web/gate"
	"sandbank/web/sequence"
)

// SequenceView is a payment's sequence as its page shows it.
type SequenceView struct {
	View    string
	Says    string // what the view shows
	Views   []ViewLink
	Head    template.HTML // the lanes' names
	Body    template.HTML // what happened
	Raw     string        // instead of both, in the raw view
	Layout  sequence.Layout
	Hops    []Hop  // the same as a list
	Folds   bool   // some hops are drawn as one
	OpenURL string // draws them all; FoldURL as few as there may be
	FoldURL string
	Waits   []Wait
	Known   []Belief
	Exports []ViewLink
	PNG     string // the drawing that a browser makes a picture of
	// Now is the present of the simulation, in milliseconds, and Pace by how much faster than the
	// computer's its time passes: the page counts on by them.
	Now  int64
	Pace float64
}

// ViewLink leads to another view, or to a file.
type ViewLink struct {
	Label, URL string
	Current    bool
}

// sequenceView makes the view that the query asks for.
func (d *Dashboard) sequenceView(r *http.Request, s processor.Story) SequenceView {
	q, t := gate.Query(r), d.narrate(s)
	at, now := "/payments/"+s.Payment.ID, d.Clock.Now()
	v := SequenceView{View: string(viewOf(q)), Waits: waits(s, now), Known: known(s), Now: now.UnixMilli(), Pace: d.pace()}
	unfold := q.Get("unfold") != "" || viewOf(q) == viewWire
	for _, one := range views {
		link := ViewLink{Label: one.label, URL: pageAt(at, "view", string(one.view)), Current: string(one.view) == v.View}
		if one.view == viewStory {
			link.URL = at
		}
		if link.Current {
			v.Says = one.says
		}
		v.Views = append(v.Views, link)
	}
	for _, f := range formats {
		v.Exports = append(v.Exports, ViewLink{Label: f.label, URL: pageAt(at+"/sequence", "format", f.name, "view", onlyIf(v.View != string(viewStory), v.View))})
	}
	v.PNG = v.Exports[0].URL
	v.Hops = hopsOf(t, view(v.View))
	if view(v.View) == viewRaw {
		v.Raw = raw(t)
		return v
	}
	l := sequence.Lay(d.drawn(t, view(v.View)), sequence.Options{Unfold: unfold})
	v.Layout = l
	v.draw(l)
	if view(v.View) == viewStory {
		v.foldLinks(l, at, unfold)
	}
	return v
}

func onlyIf(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// pace is how many seconds of simulated time pass in one of the computer's.
func (d *Dashboard) pace() float64 {
	if d.Hand == nil {
		return 1
	}
	switch v := d.Hand.Show(); v.Mode {
	case steer.Frozen:
		return 0
	case steer.Running:
		return v.Rate
	}
	return 1
}

// draw makes the drawing. A buffer takes everything, so there is no error to see to.
func (v *SequenceView) draw(l sequence.Layout) {
	var head, body bytes.Buffer
	_ = sequence.Head(&head, l)
	_ = sequence.Body(&body, l, "The sequence of hops; the same follows as a list")
	v.Head, v.Body = template.HTML(head.String()), template.HTML(body.String()) // every text in it was escaped
}

// foldLinks lead to the drawing with every try, and back.
func (v *SequenceView) foldLinks(l sequence.Layout, at string, unfold bool) {
	if unfold {
		v.FoldURL = at
		return
	}
	for _, r := range l.Rows {
		if r.Kind == sequence.FoldRow {
			v.OpenURL = pageAt(at, "unfold", "all")
		}
	}
}

// hop is a step as the list has it; names are the lanes', by their ids.
func (t tale) hop(s step, names map[string]string) Hop {
	h := Hop{
		ID: s.ID, At: s.At, Elapsed: "+" + sequence.Elapsed(s.At.Sub(t.Payment.CreatedAt)), Kind: s.Kind, From: names[s.From], To: names[s.To],
		Title: s.Title, Note: s.Note, Reply: s.Reply, Tone: s.Tone, URL: s.URL, Silent: s.Silent,
	}
	if s.Payload != nil {
		h.PayloadURL = "/payments/" + t.Payment.ID + "/hops/" + s.ID
	}
	if s.From == s.To {
		h.To = ""
	}
	if s.Back == "bad" {
		h.Tone = "bad"
	}
	return h
}

// names are the names of the lanes, by their ids.
func (t tale) names() map[string]string {
	names := map[string]string{}
	for _, l := range t.lanes {
		names[l.ID] = l.Name
	}
	return names
}

// hopsOf are the steps of a view as a list, with what is said of them beside the drawing. The story's list
// has also what the drawing leaves out.
func hopsOf(t tale, v view) (list []Hop) {
	names := t.names()
	before := t.Payment.CreatedAt
	folds := map[string]int{} // where the first of a fold is, by its name
	for _, s := range t.steps {
		if !v.shows(s) && !(v == viewStory && s.Minor) {
			continue
		}
		h := t.hop(s, names)
		if first, seen := folds[s.Fold]; seen && s.Fold != "" && v == viewStory {
			list[first].More = append(list[first].More, h)
			list[first].Again = strconv.Itoa(len(list[first].More)) + " more like this, the last after " + sequence.Elapsed(s.At.Sub(list[first].At))
			continue
		}
		folds[s.Fold] = len(list)
		if gap := s.At.Sub(before); len(list) > 0 && gap >= time.Second {
			h.After, h.Gap = sequence.Elapsed(gap), s.Gap
		}
		before = s.At
		list = append(list, h)
	}
	return list
}

// rawStep is a step with everything that is known of it.
type rawStep struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Via     string    `json:"via,omitempty"`
	Title   string    `json:"title"`
	Reply   string    `json:"reply,omitempty"`
	Note    string    `json:"note,omitempty"`
	Wire    string    `json:"wire,omitempty"`
	Payload any       `json:"payload,omitempty"`
}

// raw writes everything that is recorded, as JSON.
func raw(t tale) string {
	list := []rawStep{}
	for _, s := range t.steps {
		one := rawStep{At: s.At, Kind: s.Kind, From: s.From, To: s.To, Via: s.Via, Title: s.Title, Reply: s.Reply, Note: s.Note, Wire: s.Wire}
		if s.Payload != nil {
			text := s.Payload()
			one.Payload = text
			if json.Valid([]byte(text)) {
				one.Payload = json.RawMessage(text)
			}
		}
		list = append(list, one)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(list) // shown values always encode
	return b.String()
}
