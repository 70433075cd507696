package hostedpage

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// submit takes the details, seals them and moves on to the review.
func (c *Checkout) submit(v *visit) error {
	if v.pay.Status != payment.Created {
		return v.settled(statusConflict(v.pay.Status))
	}
	f := v.r.PostForm
	var with instrument.Instrument
	var err error
	if f.Get(string(FieldMethod)) == string(instrument.Account) {
		with, err = instrument.FromAccount(f.Get(string(FieldName)), f.Get(string(FieldIBAN)))
	} else {
		with, err = instrument.FromCard(instrument.CardForm{
			Name: f.Get(string(FieldName)), Number: f.Get(string(FieldNumber)),
			Expiry: f.Get(string(FieldExpiry)), SecurityCode: f.Get(string(FieldCode)),
		}, v.Clock.Now())
	}
	bank := ""
	errs := fieldErrors(err)
	if !v.pay.BankFixed {
		bank = f.Get(string(FieldBank))
		if bank != "" {
			if err := v.Processor.CheckBank(bank, v.pay.Amount.Currency(), "bank"); err != nil {
				errs = append(errs, FieldError{FieldBank, fault.From(err).Message + " Choose another bank."})
			}
		}
	}
	if len(errs) > 0 {
		v.begin(http.StatusUnprocessableEntity)
		return RenderDetails(v.w, v.details(errs))
	}
	sealed := v.vault.seal(details{
		Instrument: with, Bank: bank, Holder: strings.TrimSpace(f.Get(string(FieldName))),
	}, v.session)
	return v.redirect(v.url("/review?" + sealedDetails + "=" + url.QueryEscape(sealed)))
}

// review shows the sealed details for a last look.
func (c *Checkout) review(v *visit) error {
	if v.pay.Status != payment.Created {
		return v.redirect(v.url(""))
	}
	sealed := gate.Query(v.r).Get(sealedDetails)
	with, ok := v.vault.open(sealed, v.session)
	if !ok {
		return v.redirect(v.url(""))
	}
	summary := v.summary()
	if to, err := v.Processor.Destination(v.pay, with.Instrument, with.Bank); err == nil {
		summary.Bank = BankView{Name: to.Name, Identifier: to.Bank}
	}
	return RenderReview(v.w, ReviewView{
		PaymentView: summary, ConfirmAction: v.url("/confirm"), ChangeURL: v.url(""), CancelAction: v.url("/cancel"),
		CSRF: v.csrf(), Instrument: sealed, Try: len(v.pay.Attempts) + 1, Method: string(with.Instrument.Kind), Label: with.Instrument.Label(), Holder: with.Holder,
		Status: v.state(v.pay), LiveURL: v.url("/live"),
	})
}

func statusConflict(s payment.Status) error {
	code := "payment_final"
	if s == payment.Captured || s == payment.Authorized {
		code = "payment_already_paid"
	}
	return fault.New(fault.Conflict, code, "The payment is %s.", s)
}

// fieldErrors are the complaints in the order of the form.
func fieldErrors(err error) []FieldError {
	if err == nil {
		return nil
	}
	var list []FieldError
	for _, field := range []Field{FieldNumber, FieldExpiry, FieldCode, FieldIBAN, FieldName} {
		for _, f := range fault.From(err).Fields {
			if f.Pointer == string(field) {
				list = append(list, FieldError{field, f.Detail})
			}
		}
	}
	return list
}

// details is the form, with the customer's input when it comes back.
func (v *visit) details(errs []FieldError) DetailsView {
	f := v.r.PostForm
	d := DetailsView{
		PaymentView: v.summary(), Action: v.url(""), CancelAction: v.url("/cancel"), CSRF: v.csrf(),
		Method: f.Get(string(FieldMethod)), Name: v.typed(FieldName), Expiry: v.typed(FieldExpiry),
		IBAN: v.typed(FieldIBAN), ChosenBank: f.Get(string(FieldBank)), Errors: errs,
		Status: v.state(v.pay), LiveURL: v.url("/live"),
		Cards: published(instrument.Usual()), Accounts: published(instrument.Accounts()),
	}
	if !v.pay.BankFixed {
		d.Banks = v.bankOptions()
	}
	if a := v.pay.Last(); a != nil && a.Reason != nil && len(errs) == 0 {
		d.Declined = &DeclineView{
			Reason: a.Reason.Message, Code: a.Reason.Code, Instrument: a.Instrument.Label(), AttemptsLeft: v.pay.AttemptsLeft(),
		}
	}
	return d
}

// typed is a field's input, to be corrected; "" where it may be a card number in
// the wrong field, since no page repeats one.
func (v *visit) typed(field Field) string {
	s := v.r.PostForm.Get(string(field))
	account := field == FieldIBAN && len(s) > 1 && s[0] > '9' // it begins with a country
	if instrument.Secretive(s) && !account || instrument.NamesCard(s) {
		return ""
	}
	return s
}

func (v *visit) bankOptions() []BankOption {
	var list []BankOption
	for _, b := range v.Processor.Banks() {
		if b.Takes(v.pay.Amount.Currency()) {
			list = append(list, BankOption{BankView: BankView{b.Name, b.Identifier}, Note: b.Behavior, Offline: !b.Online})
		}
	}
	return list
}

// summary is what every page shows of the payment.
func (v *visit) summary() PaymentView {
	name := v.pay.Merchant
	if m, ok := v.Clients.Merchant(v.pay.Merchant); ok {
		name = m.Name
	}
	s := PaymentView{
		ID: v.pay.ID, Merchant: name, Amount: look.Money(v.pay.Amount.Value(), string(v.pay.Amount.Currency())),
		Description: v.pay.Description, Reference: v.pay.Reference, ReturnURL: v.pay.BackURL(),
		Bank: BankView{Name: v.Processor.BankName(v.pay.Bank), Identifier: v.pay.Bank},
	}
	if v.pay.Status == payment.Created {
		left := v.pay.ExpiresAt.Sub(v.Clock.Now())
		s.ExpiresAt, s.ExpiresIn, s.ExpirySeconds = v.pay.ExpiresAt, inWords(left), int(left/time.Second)+1
		v.endsWith(left)
		if !v.pay.BankFixed {
			s.Bank = BankView{} // it is the customer's choice, or follows from it
		}
	}
	return s
}

// endsWith has the browser reload the payment's page when its time is up. With
// script the page has counted down to it; without, this header is all there is. The
// limit is the payment's own and is named on the page, so that the reload loses
// nothing that could still be sent (WCAG 2.2, criterion 2.2.1).
func (v *visit) endsWith(left time.Duration) {
	if left > 0 {
		v.w.Header().Set("Refresh", fmt.Sprintf("%d;url=%s", int(left/time.Second)+1, v.url("")))
	}
}

// leadBack has the browser go on to the merchant at once, without script. It is no
// redirect: one that answers a post, the bank's page's too, is held to that page's
// form-action by browsers, at every step of the way. The policy could name the merchant's
// origin, but neither the bank's page knows it, nor any page where the merchant's server
// redirects on to; and a redirect to an app that is not there leaves the customer with an
// empty page. This way the result stays, and the link with it.
func (v *visit) leadBack() { v.w.Header().Set("Refresh", "0;url="+v.pay.BackURL()) }

func (v *visit) outcome(o Outcome) error {
	view := OutcomeView{PaymentView: v.summary(), Outcome: o, At: v.pay.UpdatedAt}
	if r := v.pay.Reason; r != nil && o != OutcomeExpired {
		view.Reason, view.Code = r.Message, r.Code
	}
	if a := v.pay.Last(); a != nil {
		view.Label = a.Instrument.Label()
	}
	if o == OutcomeUnknown {
		view.Status, view.LiveURL = v.state(v.pay), v.url("/live")
	}
	if o == OutcomeUnknown || o == OutcomeExpired && v.pay.Status == payment.Created {
		view.At = time.Time{}
	}
	if v.pay.LeadsBack() && o != OutcomeUnknown {
		v.leadBack()
	}
	return RenderOutcome(v.w, view)
}
