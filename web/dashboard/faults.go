package dashboard

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/sim"
	"sandbank/web/look"
)

// FaultsView is what goes wrong on purpose.
type FaultsView struct {
	Frame
	Faults []FaultRow
	Form   *FaultForm // nil for viewers who may not
	Wrong  string     // about what was sent
}

// FaultRow is one fault in force.
type FaultRow struct {
	ID, Kind, Says string
	Since, Until   time.Time
	Struck, Times  int
	Share          float64
	ActsAt         string  // in words; "" for the only processor
	End            *Button // nil for viewers who may not
}

// FaultForm begins a fault. What was sent and refused stands in it.
type FaultForm struct {
	Kinds                         []Option
	Banks                         []string
	Kind, Bank, For, Times, Delay string
}

// FaultNote is a fault as the banner on every page tells it.
type FaultNote struct {
	ID, Says string
	Until    time.Time
}

// faultNotes are the faults of the banner. Which endpoint is meant is told to those alone who may see
// all merchants' things.
func (d *Dashboard) faultNotes(r *http.Request) (list []FaultNote) {
	for _, f := range d.Faults.List() {
		if !d.may(r, identity.ReadSimulator) {
			f.Endpoint = ""
		}
		list = append(list, FaultNote{ID: f.ID, Says: look.Sentence(f.Says()), Until: f.EndsAt})
	}
	return list
}

// SeesFaults reports whether the viewer may see the page of faults.
func (f Frame) SeesFaults() bool { return f.may(identity.ReadSimulator) }

func (d *Dashboard) faults(w http.ResponseWriter, r *http.Request) error {
	return RenderFaults(w, d.faultsView(r, FaultForm{}, ""))
}

func (d *Dashboard) faultsView(r *http.Request, sent FaultForm, wrong string) FaultsView {
	v, may := FaultsView{Frame: d.frame(r, "faults"), Wrong: wrong}, d.may(r, identity.BreakSimulator)
	for _, f := range d.Faults.List() {
		row := FaultRow{
			ID: f.ID, Kind: spaced(string(f.Kind)), Says: look.Sentence(f.Says()), Since: f.BeganAt, Until: f.EndsAt, Struck: f.Struck, Times: f.Times, Share: f.Share,
			ActsAt: spaced(string(f.ActsAt)),
		}
		if may {
			row.End = &Button{Label: "End", URL: "/faults/" + f.ID + "/end"}
		}
		v.Faults = append(v.Faults, row)
	}
	if !may {
		return v
	}
	for _, k := range sim.FaultKinds() {
		sent.Kinds = append(sent.Kinds, Option{string(k), look.Sentence(k.Says())})
	}
	for _, b := range d.Processor.Banks() {
		sent.Banks = append(sent.Banks, b.Identifier)
	}
	v.Form = &sent
	return v
}

// beginFault begins a fault. A form that is refused comes back with what was typed.
func (d *Dashboard) beginFault(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	sent := FaultForm{Kind: field("kind"), Bank: field("bank"), For: field("for"), Times: field("times"), Delay: field("delay")}
	err := d.begun(r, sent)
	if err == nil {
		http.Redirect(w, r, "/faults", http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	if f.Kind != fault.Invalid && f.Kind != fault.Conflict {
		return err
	}
	w.WriteHeader(http.StatusUnprocessableEntity)
	if err := RenderFaults(w, d.faultsView(r, sent, said(f))); err != nil {
		return err
	}
	return worded{err}
}

func (d *Dashboard) begun(r *http.Request, sent FaultForm) error {
	wish := sim.FaultWish{Kind: sent.Kind, Bank: sent.Bank, For: sent.For, Delay: sent.Delay}
	if sent.Times != "" {
		n, err := strconv.Atoi(sent.Times)
		if err != nil {
			return fault.New(fault.Invalid, "request_invalid", "The fault did not begin.").At("times", "must be a whole number")
		}
		wish.Times = &n
	}
	f, err := wish.Check()
	if err == nil {
		err = d.Processor.FaultsOff()
	}
	if err == nil {
		f, err = d.Faults.Begin(r.Context(), f)
	}
	audit.Of(r.Context()).About(f.ID)
	return err
}

func (d *Dashboard) endFault(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	audit.Of(r.Context()).About(id)
	if _, err := d.Faults.End(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/faults", http.StatusSeeOther)
	return nil
}
