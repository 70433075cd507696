package dashboard

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/look"
)

// operate asks the bank to capture, void or refund: the amount of the form, or
// all that is left where it is empty.
func (d *Dashboard) operate(kind payment.OperationKind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := d.readStory(r)
		if err != nil {
			return err
		}
		p := s.Payment
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		typed := strings.TrimSpace(r.PostFormValue("amount"))
		n := processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: kind}
		if r.PostForm.Has("amount") && kind != payment.OpVoid {
			n.Amount, err = money.ParseTyped(typed, p.Amount.Currency())
		}
		if err == nil {
			_, _, err = d.Processor.Operate(r.Context(), n)
		}
		if status, mine := refusal(err); mine {
			v := d.paymentView(r, s)
			v.Frame = d.frame(r, "payments")
			if !v.refuse(kind, typed, err) {
				return err
			}
			begin(w, status)
			return errors.Join(worded{err}, RenderPayment(w, v))
		}
		if err == nil {
			http.Redirect(w, r, "/payments/"+p.ID, http.StatusSeeOther)
		}
		return err
	}
}

// hands are what makes sense to do with a payment.
func hands(p payment.Payment) (forms []Form, list []Action) {
	at := "/payments/" + p.ID
	ask := func(kind payment.OperationKind, label, button string, left money.Amount) {
		forms = append(forms, Form{ID: string(kind), URL: at + "/" + string(kind), Button: button, Fields: []Field{{
			ID: string(kind) + "-amount", Name: "amount", Label: label, Hint: inWords(left) + " is left.",
			Value: left.Value(), Most: maxAmount, Decimal: true,
		}}})
	}
	if left := p.Capturable(); left.IsPositive() {
		ask(payment.OpCapture, "To capture, in "+string(left.Currency()), "Capture", left)
		list = append(list, Action{"Void", at + "/void", "Release what is left instead."})
	}
	if left := p.Refundable(); left.IsPositive() {
		ask(payment.OpRefund, "To refund, in "+string(left.Currency()), "Refund", left)
	}
	if p.Status == payment.Created || p.Status == payment.ActionRequired {
		list = append(list, Action{"Cancel", at + "/cancel", "As the merchant's server would. That is told; a customer who walks away is not."})
	}
	return forms, list
}

// steered are the acts of those who steer the simulator: a dispute, and the time that is up.
func (d *Dashboard) steered(p payment.Payment) (list []Action) {
	at := "/payments/" + p.ID
	if p.Refundable().IsPositive() {
		list = append(list, Action{"Dispute", at + "/dispute", "Its customer wants the money back, through the bank."})
	}
	if d.Hand != nil && !p.DueAt.IsZero() {
		list = append(list, Action{"Expire now", at + "/expire", "Everybody's clock goes on to " + p.DueAt.Format("2006-01-02 15:04:05") + " UTC, when the time of this payment is up."})
	}
	return list
}

// cancel cancels the payment in the path, as its merchant.
func (d *Dashboard) cancel(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(p payment.Payment) error {
		_, err := d.Processor.Cancel(r.Context(), p.ID, payment.ByMerchant)
		return err
	})
}

// openDispute has the customer of the payment in the path dispute what is left of it.
func (d *Dashboard) openDispute(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(p payment.Payment) error {
		if !p.Refundable().IsPositive() {
			return fault.New(fault.Conflict, "payment_not_captured", "This payment is %s, and nothing of it is left that could be disputed.", p.Status)
		}
		return d.Processor.Steer(r.Context(), p.Approved().Bank, wire.Controls{Command: wire.CommandDispute}, &p)
	})
}

// expire has the clock go on until the time of the payment in the path is up.
func (d *Dashboard) expire(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(p payment.Payment) error {
		switch {
		case d.Hand == nil:
			return steer.NotSteerable()
		case p.DueAt.IsZero():
			return fault.New(fault.Conflict, "payment_final", "This payment is %s, and waits for no time.", p.Status)
		}
		_, err := d.Hand.Steer(r.Context(), steer.Wish{Advance: &steer.Advance{To: &p.DueAt}})
		return err
	})
}

// act does something to the payment in the path, and leads back to it.
func (d *Dashboard) act(w http.ResponseWriter, r *http.Request, do func(payment.Payment) error) error {
	p, err := d.Processor.Payment(r.Context(), d.reach(r), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(p.ID)
	if err := do(p); err != nil {
		return err
	}
	http.Redirect(w, r, "/payments/"+p.ID, http.StatusSeeOther)
	return nil
}

// maxAmount bounds an amount in a form, in characters.
const maxAmount = 32

// refuse puts the input back into its form, with the complaint; false where the
// page has no such form any more.
func (v *PaymentView) refuse(kind payment.OperationKind, typed string, err error) bool {
	for i := range v.Forms {
		if f := &v.Forms[i]; f.ID == string(kind) {
			f.Fields[0].Value = typed
			complain(f, err)
			return true
		}
	}
	return false
}

// moves lists what became of the money after the approval, oldest first.
func moves(p payment.Payment) (list []Move) {
	for _, o := range p.Operations {
		m := Move{Title: look.Sentence(string(o.Kind)), Amount: inWords(o.Amount), Status: string(o.Status), At: o.CreatedAt}
		if o.Kind == payment.OpVoid {
			m.Amount = ""
		}
		if o.Reason != nil {
			m.Note = o.Reason.Message
		}
		list = append(list, m)
	}
	for _, x := range p.Disputes {
		list = append(list, Move{Title: "Dispute", Amount: inWords(x.Amount), Status: string(x.Status), At: x.OpenedAt, URL: "/disputes/" + x.ID})
	}
	return list
}
