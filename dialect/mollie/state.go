package mollie

import (
	"embed"
	"net/http"
	"slices"
	"sync"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
	"sandbank/web/host"
	"sandbank/web/look"
)

// The page on which a person chooses how a payment ends, as in Mollie's test mode: it is a view on the hand, and gives the
// same orders. Who has the link of the checkout has this one.
//
//	GET  /mollie/state/{token}   the choice
//	POST /mollie/state/{token}   the order ──303──▶ the checkout, which shows the outcome and leads back to the shop

//go:embed templates/*.html templates/shared/*.html
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// StatePages serves the page.
type StatePages struct {
	*API
	Tokens identity.Checkout
	Gate   *gate.Gate // keeps the audit records
	Name   func(merchant string) string
}

// StateView is what the page shows.
type StateView struct {
	Merchant, Title, Text string
	Payment               *StatePayment // nil for none
	Choices               []StateChoice // none where the payment waits for nobody
	Action, BackURL       string
}

// StatePayment is the payment that the page is about.
type StatePayment struct{ ID, Amount, Status string }

// StateChoice is one end of a payment.
type StateChoice struct {
	Value, Says string
	First       bool
}

// choices are the ends that a payment may have, in the order of the page.
func choices(p payment.Payment) []StateChoice {
	list := []StateChoice{
		{Value: string(object.Paid), Says: "The customer pays, and the bank approves."}, {Value: string(object.Failed), Says: "A technical fault at the bank."},
		{Value: string(object.Canceled), Says: "The customer says stop."}, {Value: string(object.Expired), Says: "The customer's time is up."},
		{Value: string(object.Open), Says: "Nothing happens yet."},
	}
	if p.CaptureMode == payment.CaptureManual {
		list[0].Value, list[0].Says = string(object.Authorized), "The customer pays; the amount is authorized until it is captured."
	}
	list[0].First = true
	return list
}

// Mount adds the page.
func (s StatePages) Mount(r *mux.Router) {
	at := r.PathPrefix(object.StatePath + "{token}").Subrouter()
	at.Use(look.SecureHeaders)
	at.HandleFunc("", s.serve(s.show, audit.Read)).Methods(http.MethodGet, http.MethodHead)
	at.HandleFunc("", s.serve(s.choose, audit.PaymentSimulate)).Methods(http.MethodPost)
}

// serve finds the payment, and shows what went wrong.
func (s StatePages) serve(handle func(http.ResponseWriter, *http.Request, payment.Payment) error, action audit.Action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r, act := s.Gate.Begin(r, action, audit.Actor{Kind: audit.Customer}, "")
		err := s.found(w, r, handle)
		s.Gate.End(act, err)
		if err != nil {
			s.fail(w, err)
		}
	}
}

func (s StatePages) found(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request, payment.Payment) error) error {
	if err := gate.CheckQuery(r, nil); err != nil {
		return err
	}
	id, known := s.Tokens.Payment(mux.Vars(r)["token"])
	if !known {
		return noSuch("payment", "")
	}
	audit.Of(r.Context()).About(id)
	p, err := s.API.Processor.Payment(r.Context(), processor.Everyone(), id)
	if err != nil {
		return err
	}
	return handle(w, r, p)
}

// show draws the choice.
func (s StatePages) show(w http.ResponseWriter, _ *http.Request, p payment.Payment) error {
	v := StateView{
		Merchant: s.Name(p.Merchant), Title: "Choose how it ends", Text: "In test mode you say what becomes of the payment.",
		Payment: &StatePayment{object.ID(p), p.Amount.String(), string(object.StatusOf(p))}, Action: s.StatePage(p), BackURL: s.At.Checkout(p.ID),
	}
	if p.Status == payment.Created {
		v.Choices = choices(p)
	} else {
		v.Title, v.Text = "There is nothing to choose", "The payment waits for no customer any more."
	}
	return pages().Render(w, "state", v)
}

// choose gives the order.
func (s StatePages) choose(w http.ResponseWriter, r *http.Request, p payment.Payment) error {
	if !host.FromOwnPage(r, s.View.Base) {
		return fault.New(fault.Forbidden, "form_foreign", "The form came from another address.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "form_invalid", "The form did not arrive whole.").Because(err)
	}
	chosen := r.PostForm.Get("status")
	if !slices.ContainsFunc(choices(p), func(c StateChoice) bool { return c.Value == chosen }) {
		return fault.New(fault.Invalid, "status_invalid", "A payment of this kind does not end so.")
	}
	if err := s.bring(r, p, object.Status(chosen)); err != nil {
		return err
	}
	http.Redirect(w, r, s.At.Checkout(p.ID), http.StatusSeeOther)
	return nil
}

// bring brings a status about, by the acts that a customer has.
func (s StatePages) bring(r *http.Request, p payment.Payment, to object.Status) (err error) {
	act := sim.Act{Action: sim.Pay}
	switch to {
	case object.Paid, object.Authorized:
		good, err := instrument.Known("", "", "")
		if err != nil {
			return err
		}
		act.With = &good
	case object.Failed:
		for _, n := range instrument.Cards() {
			if n.Behavior == instrument.Error && n.Reason == reason.ProcessingError {
				bad, err := instrument.Known(n.Number, "", "")
				if err != nil {
					return err
				}
				act.With = &bad
			}
		}
	case object.Canceled:
		act.Action = sim.Cancel
	case object.Expired:
		_, err = s.API.Processor.RunOut(r.Context(), p.Merchant, p.ID)
		return err
	case object.Open, object.Pending:
		return nil
	}
	_, err = s.API.Processor.Act(r.Context(), p.Merchant, p.ID, act)
	return err
}

func (s StatePages) fail(w http.ResponseWriter, err error) {
	f := fault.From(err)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(gate.StatusOf(f.Kind))
	_ = pages().Render(w, "state", StateView{Merchant: "Sandbank", Title: "This cannot be done", Text: f.Message})
}
