package dashboard

import (
	"errors"
	"net/http"
	"strings"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// The forms' ids.
const (
	customerForm = "customer"
	bankForm     = "bank"
)

// steering are the forms that make a customer or a bank do something on purpose.
func steering(p payment.Payment) (forms []Form) {
	at := "/payments/" + p.ID
	after := func(id, hint string) Field {
		return Field{ID: id + "-after", Name: "after", Label: "After", Hint: hint, Most: 32}
	}
	if open := p.Status == payment.Created || p.Status == payment.Processing || p.Status == payment.ActionRequired; open {
		forms = append(forms, Form{ID: customerForm, URL: at + "/customer", Button: "Have the customer do it", Fields: []Field{
			{ID: "customer-action", Name: "action", Label: "The customer", Value: string(sim.Pay), Options: options(sim.Actions(), spaced)},
			{ID: "customer-card", Name: "card", Label: "With", Value: instrument.Cards()[0].Number, Options: cardOptions()},
			after(customerForm, `Such as "3s"; at once, if empty.`),
		}})
	}
	part, outcomes := sim.Authorize, sim.Outcomes(sim.Authorize)
	switch {
	case p.Status == payment.Authorized:
		part, outcomes = sim.Capture, sim.Outcomes(sim.Capture)
	case p.Status == payment.Captured:
		part, outcomes = sim.Refund, sim.Outcomes(sim.Refund)
	case p.Status.Final():
		return forms
	}
	return append(forms, Form{ID: bankForm, URL: at + "/bank", Button: "Have the bank do it", Fields: []Field{
		{ID: "bank-outcome", Name: "outcome", Label: "The bank, asked to " + string(part), Value: string(sim.Approved), Options: options(outcomes, spaced)},
		{ID: "bank-reason", Name: "reason", Label: "Because of", Hint: "Of declined and error.", Options: reasonOptions()},
		after(bankForm, `Such as "3s", "after_deadline" or "never".`),
	}})
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

func cardOptions() []Option {
	var list []Option
	for _, n := range instrument.Cards() {
		list = append(list, Option{n.Number, "card •••• " + n.Number[len(n.Number)-4:] + ", " + n.Says})
	}
	return list
}

func reasonOptions() []Option {
	list := []Option{{"", "the most general"}}
	for _, r := range reason.All() {
		list = append(list, Option{r.Code, spaced(r.Code)})
	}
	return list
}

// actCustomer has the customer carry out the form's act.
func (d *Dashboard) actCustomer(w http.ResponseWriter, r *http.Request) error {
	return d.steerPayment(w, r, customerForm, func(p payment.Payment, problem *fault.Error) (payment.Payment, error) {
		wish := sim.WishedAct{Action: r.PostFormValue("action"), After: strings.TrimSpace(r.PostFormValue("after"))}
		if sim.Action(wish.Action).Pays() {
			wish.Card = r.PostFormValue("card")
		}
		act := wish.Check(problem, "")
		if len(problem.Fields) > 0 {
			return p, problem
		}
		return d.Processor.Act(r.Context(), p.Merchant, p.ID, act)
	})
}

// actBank has the bank carry out the form's order.
func (d *Dashboard) actBank(w http.ResponseWriter, r *http.Request) error {
	return d.steerPayment(w, r, bankForm, func(p payment.Payment, problem *fault.Error) (payment.Payment, error) {
		answer := sim.WishedAnswer{Outcome: r.PostFormValue("outcome"), After: strings.TrimSpace(r.PostFormValue("after"))}
		if o := sim.Outcome(answer.Outcome); o == sim.Declined || o == sim.Failed {
			answer.Reason = r.PostFormValue("reason")
		}
		wish := sim.WishedBank{WishedAnswer: answer}
		switch p.Status {
		case payment.Authorized:
			wish = sim.WishedBank{Capture: &sim.WishedFollowUp{WishedAnswer: answer}}
		case payment.Captured:
			wish = sim.WishedBank{Refund: &sim.WishedFollowUp{WishedAnswer: answer}}
		case payment.Created, payment.Processing, payment.ActionRequired, payment.Declined, payment.Failed, payment.Canceled, payment.Voided, payment.Abandoned:
		}
		bank := wish.Check(problem, "")
		if len(problem.Fields) > 0 {
			return p, problem
		}
		return d.Processor.Simulate(r.Context(), p.Merchant, p.ID, sim.Plan{Bank: &bank})
	})
}

// steerPayment carries out a form, or shows it again with the complaint.
func (d *Dashboard) steerPayment(w http.ResponseWriter, r *http.Request, form string, do func(payment.Payment, *fault.Error) (payment.Payment, error)) error {
	s, err := d.readStory(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	_, err = do(s.Payment, fault.New(fault.Invalid, "request_invalid", "Some fields are not right."))
	if status, mine := refusal(err); mine {
		v := d.paymentView(r, s)
		v.Frame = d.frame(r, "payments")
		if !v.refuseSteering(form, r, err) {
			return err
		}
		begin(w, status)
		return errors.Join(worded{err}, RenderPayment(w, v))
	}
	if err == nil {
		http.Redirect(w, r, "/payments/"+s.Payment.ID, http.StatusSeeOther)
	}
	return err
}

// refuseSteering puts the choices back into their form, with the complaint; false
// where the page has no such form any more.
func (v *PaymentView) refuseSteering(form string, r *http.Request, err error) bool {
	for i := range v.Steering {
		f := &v.Steering[i]
		if f.ID != form {
			continue
		}
		for j := range f.Fields {
			f.Fields[j].Value = r.PostFormValue(f.Fields[j].Name)
		}
		f.Error = fault.From(err).Message
		for _, wrong := range fault.From(err).Fields {
			for j := range f.Fields {
				if strings.HasSuffix(wrong.Pointer, "/"+f.Fields[j].Name) {
					f.Fields[j].Error = wrong.Detail
				}
			}
		}
		return true
	}
	return false
}

// maySteer reports whether the viewer may say what happens on purpose.
func (d *Dashboard) maySteer(r *http.Request) bool { return d.may(r, identity.SimulatePayments) }

// onPurpose words how an event is delivered on purpose, "" for as usual.
func onPurpose(c sim.Courses) string {
	text := ""
	for _, channel := range sim.Channels() {
		if d, ok := c[channel]; ok {
			text += "; on purpose, by " + string(channel) + ": " + d.Says()
		}
	}
	return text
}
