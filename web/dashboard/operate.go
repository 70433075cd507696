package dashboard

import (
	"errors"
	"net/http"
	"strings"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/look"
)

// operate asks the bank to capture, void or refund: the amount of the form, or
// all that is left where it is empty.
func (d *Dashboard) operate(kind payment.OperationKind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, t, err := d.read(r)
		if err != nil {
			return err
		}
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
			v := d.paymentView(r, p, t)
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
	return forms, list
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
