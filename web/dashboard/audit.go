package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/web/gate"
	"sandbank/web/look"
)

func (d *Dashboard) audit(w http.ResponseWriter, r *http.Request) error {
	q := gate.Query(r)
	form := AuditFilter{
		Kind: q.Get("kind"), Actor: q.Get("actor"), Action: q.Get("action"), Object: q.Get("object"),
		Outcome: q.Get("outcome"), From: q.Get("from"), To: q.Get("to"),
	}
	f, err := auditFilter(form)
	if err != nil {
		return err
	}
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.Audits(r.Context(), d.reach(r), f, at)
	if err != nil {
		return err
	}
	v := AuditView{Frame: d.frame(r, "audit"), Filter: form, Actions: auditActions()}
	for _, k := range audit.Kinds() {
		v.Kinds = append(v.Kinds, string(k))
	}
	for _, o := range audit.Outcomes() {
		v.Outcomes = append(v.Outcomes, string(o))
	}
	here := "/audit?" + form.query().Encode()
	if v.LetGo = found.LetGo; found.Next != "" {
		v.OlderURL = here + "&before=" + found.Next
	}
	if at.Cursor != "" {
		v.NewestURL = here
	}
	for _, s := range found.Items {
		v.Rows = append(v.Rows, auditRow(s))
	}
	return RenderAudit(w, v)
}

// auditFilter reads the form. The times are UTC, as the page shows them.
func auditFilter(asked AuditFilter) (audit.Filter, error) {
	f := audit.Filter{
		Kind: audit.Kind(asked.Kind), Actor: asked.Actor, Action: audit.Action(asked.Action), Object: asked.Object,
		Outcome: audit.Outcome(asked.Outcome),
	}
	err := searched(form.Search, asked.Kind, asked.Actor, asked.Action, asked.Object, asked.Outcome)
	if err != nil {
		return f, err
	}
	if f.From, err = minute(asked.From); err == nil {
		f.To, err = minute(asked.To)
	}
	return f, err
}

// minute reads the value of a datetime-local field; "" is the zero time.
func minute(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "query_invalid", "A time is written as 2026-11-24T15:30.")
}

func (f AuditFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"kind": f.Kind, "actor": f.Actor, "action": f.Action, "object": f.Object, "outcome": f.Outcome, "from": f.From, "to": f.To,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// auditActions are the choices for an action: each kind of object as a whole,
// then its actions.
func auditActions() (list []Choice) {
	thing := ""
	for _, a := range audit.Actions() {
		if of, _, dotted := strings.Cut(string(a), "."); dotted && of != thing {
			thing = of
			list = append(list, Choice{of + ".", of + ": all"})
		}
		list = append(list, Choice{string(a), string(a)})
	}
	return list
}

// tones are how outcomes look.
var tones = map[audit.Outcome]string{audit.Allowed: "good", audit.Refused: "bad", audit.Failed: "wait"}

func auditRow(s audit.Sealed) AuditRow {
	r := s.Record
	row := AuditRow{
		At: r.At, Day: r.At.Format("2 Jan"), Action: string(r.Action), Who: string(r.Actor.Kind), Object: r.Object, Outcome: look.Sentence(string(r.Outcome)),
		Tone: tones[r.Outcome], Why: r.Code, From: r.Address, Request: r.Request, Number: "–",
	}
	if r.Actor.ID != "" {
		row.Who = r.Actor.ID
	}
	if r.Count > 0 {
		row.Why = fmt.Sprintf("%s, %d more like this", r.Code, r.Count)
	}
	if s.Number > 0 {
		row.Number = strconv.FormatInt(s.Number, 10)
	}
	switch prefix, _, _ := strings.Cut(r.Object, "_"); prefix {
	case "pay":
		row.URL = "/payments/" + r.Object
	case "run":
		row.URL = "/scenarios/runs/" + r.Object
	case "whe":
		row.URL = "/webhooks/" + r.Object
	}
	return row
}
