package dashboard

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/sim"
	"sandbank/web/look"
)

// stepLabel is the button that has the first thing go on.
const stepLabel = "Step: let the next one go on"

// holdNotes are the holds of the banner.
func (d *Dashboard) holdNotes(r *http.Request) (list []HoldNote) {
	for _, h := range d.Processor.Holds(d.reach(r)) {
		list = append(list, HoldNote{Says: look.Sentence(h.Says()), Held: h.Held, Until: h.EndsAt, GivesUp: h.GivesUpAt})
	}
	return list
}

func (d *Dashboard) holds(w http.ResponseWriter, r *http.Request) error {
	v, err := d.holdsView(r, HoldForm{Hops: hopChoices(nil)}, "")
	if err != nil {
		return err
	}
	return RenderHolds(w, v)
}

func (d *Dashboard) holdsView(r *http.Request, sent HoldForm, wrong string) (HoldsView, error) {
	v, may, in := HoldsView{Frame: d.frame(r, "holds"), Wrong: wrong}, d.maySteer(r), d.reach(r)
	for _, h := range d.Processor.Holds(in) {
		row := HoldRow{
			ID: h.ID, Says: look.Sentence(h.Says()), Since: h.BeganAt, Until: h.EndsAt, GivesUp: h.GivesUpAt, Held: h.Held, Taken: h.Taken, Times: h.Times,
		}
		if may && (h.Merchant != "" || !v.Role.OfMerchant()) {
			row.End = &HoldButton{"End it", "/holds/" + h.ID + "/end", "/holds"}
		}
		v.Holds = append(v.Holds, row)
	}
	held, err := d.Processor.Held(r.Context(), in, "")
	if err != nil {
		return v, err
	}
	for _, h := range held {
		v.Held = append(v.Held, d.heldRow(h, may, "/holds"))
	}
	if !may {
		return v, nil
	}
	if len(held) > 0 {
		v.Step = &HoldButton{stepLabel, "/step", "/holds"}
	}
	v.Form = &sent
	return v, nil
}

// hopChoices are the hops to choose from; nil chooses all of them.
func hopChoices(chosen []string) (list []HopChoice) {
	for _, h := range sim.Hops() {
		list = append(list, HopChoice{string(h), look.Sentence(h.Says()), chosen == nil || strings.Contains(" "+strings.Join(chosen, " ")+" ", " "+string(h)+" ")})
	}
	return list
}

// heldRow is one thing that is held, as a page shows it.
func (d *Dashboard) heldRow(h sim.Held, may bool, back string) HeldRow {
	row := HeldRow{
		ID: h.ID, Hop: string(h.Hop), Says: h.Says, Payload: indent(h.Message), Payment: h.Payment, Merchant: d.merchant(h.Merchant),
		Since: h.Since, Copy: h.CopyOf != "", May: may, Back: back,
	}
	if h.Payment != "" {
		row.PaymentURL = "/payments/" + h.Payment
	}
	if part, ok := h.Part(); ok && may {
		row.Outcomes, row.Reasons = options(sim.Outcomes(part), spaced), reasonOptions()
	}
	return row
}

// beginHold begins a hold. A form that is refused comes back with what was typed.
func (d *Dashboard) beginHold(w http.ResponseWriter, r *http.Request) error {
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	wish := sim.HoldWish{Hops: r.PostForm["hops"], Payment: field("payment"), For: field("for"), Within: field("within")}
	problem := fault.New(fault.Invalid, "request_invalid", "The hold did not begin.")
	if times := field("times"); times != "" {
		n, err := strconv.Atoi(times)
		if err != nil {
			problem.At("times", "must be a whole number")
		}
		wish.Times = &n
	}
	err := error(problem)
	if len(problem.Fields) == 0 {
		err = d.begunHold(r, wish)
	}
	if err == nil {
		http.Redirect(w, r, "/holds", http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	if f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.NotFound {
		return err
	}
	sent := HoldForm{Hops: hopChoices(append([]string{}, wish.Hops...)), Payment: wish.Payment, For: wish.For, Within: wish.Within, Times: field("times")}
	v, failed := d.holdsView(r, sent, said(f))
	if failed != nil {
		return failed
	}
	begin(w, http.StatusUnprocessableEntity)
	if err := RenderHolds(w, v); err != nil {
		return err
	}
	return worded{err}
}

func (d *Dashboard) begunHold(r *http.Request, wish sim.HoldWish) error {
	h, err := wish.Check()
	if err == nil {
		_, err = d.Processor.BeginHold(r.Context(), d.reach(r), h)
	}
	return err
}

func (d *Dashboard) endHold(w http.ResponseWriter, r *http.Request) error {
	if err := d.Processor.EndHold(r.Context(), d.reach(r), mux.Vars(r)["id"]); err != nil {
		return err
	}
	return d.back(w, r, "/holds")
}

// back leads to the page that a form names, or else to another.
func (d *Dashboard) back(w http.ResponseWriter, r *http.Request, otherwise string) error {
	at := r.PostFormValue("back")
	if !local(at) {
		at = otherwise
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
	return nil
}

// moveHeld releases, drops, doubles, reorders or answers what is held.
func (d *Dashboard) moveHeld(w http.ResponseWriter, r *http.Request) error {
	wish := sim.MoveWish{Action: r.PostFormValue("action")}
	if sim.Move(wish.Action) == sim.AnswerIt {
		wish.Outcome, wish.Twice = r.PostFormValue("outcome"), r.PostFormValue("twice") != ""
		if o := sim.Outcome(wish.Outcome); o == sim.Declined || o == sim.Failed {
			wish.Reason = r.PostFormValue("reason")
		}
	}
	if _, err := d.Processor.Move(r.Context(), d.reach(r), mux.Vars(r)["id"], wish); err != nil {
		return err
	}
	return d.back(w, r, "/holds")
}

// step has the first thing go on that is held, of the form's payment or of all.
func (d *Dashboard) step(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.Processor.Step(r.Context(), d.reach(r), ""); err != nil {
		return err
	}
	return d.back(w, r, "/holds")
}

// stepPayment is step for the payment in the path.
func (d *Dashboard) stepPayment(w http.ResponseWriter, r *http.Request) error {
	p, err := d.Processor.Payment(r.Context(), d.reach(r), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	if _, err := d.Processor.Step(r.Context(), d.reach(r), p.ID); err != nil {
		return err
	}
	return d.back(w, r, "/payments/"+p.ID)
}

// holdPayment holds the payment in the path at every hop.
func (d *Dashboard) holdPayment(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	p, err := d.Processor.Payment(r.Context(), d.reach(r), id)
	if err != nil {
		return err
	}
	if err := d.begunHold(r, sim.HoldWish{Payment: p.ID}); err != nil {
		return err
	}
	return d.back(w, r, "/payments/"+id)
}

// paymentHold is the part of a payment's page about its holds; nil where there is nothing to show or to do.
func (d *Dashboard) paymentHold(r *http.Request, p payment.Payment, held []sim.Held) *PaymentHold {
	may, at := d.maySteer(r), "/payments/"+p.ID
	v := PaymentHold{}
	for _, h := range held {
		if h.Status == sim.HeldNow {
			v.Held = append(v.Held, d.heldRow(h, may, at))
		}
	}
	if d.may(r, identity.RunScenarios) {
		v.Back = pageAt("/scenarios/open", "payment", p.ID)
	}
	if may && len(v.Held) > 0 {
		v.Step = &HoldButton{stepLabel, at + "/step", at}
	}
	taken := false
	for _, h := range d.Processor.Holds(d.reach(r)) {
		if h.Payment == p.ID && may {
			v.End = &HoldButton{"Let it go on", "/holds/" + h.ID + "/end", at}
		}
		taken = taken || h.Takes(sim.Held{Hop: sim.HopRequest, Payment: p.ID, Merchant: p.Merchant}) || h.Payment == p.ID
	}
	if may && !taken {
		v.Begin = &HoldButton{"Hold it at every hop", at + "/hold", at}
	}
	if v.Begin == nil && v.End == nil && len(v.Held) == 0 {
		return nil
	}
	return &v
}
