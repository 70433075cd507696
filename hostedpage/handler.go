// Package hostedpage is the checkout: where a customer enters card or account
// details, reviews, pays, waits for the bank, and is sent back to the merchant,
// or walks away. Every page is drawn on the server and works without script.
//
//	GET  /pay/{token}          the payment as it stands: form, waiting, outcome
//	POST /pay/{token}          details ──303──▶ /review, or the form with errors
//	GET  /pay/{token}/review   a last look; the details travel sealed in the URL
//	POST /pay/{token}/confirm  pays ──303──▶ /pay/{token}
//	POST /pay/{token}/cancel   stops ──303──▶ /pay/{token}
//	GET  /pay/{token}/live     the status as server-sent events
//
// A submit always ends in a redirect, so that neither back nor reload pays
// twice; and what a page shows is read afresh, so that tabs agree.
package hostedpage

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/telemetry/trace"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// Config is what a checkout is made of.
type Config struct {
	Processor *processor.Processor
	Tokens    identity.Checkout
	Clients   *identity.Registry
	Clock     clock.Simulated
	Chance    *chance.Source
	Log       *slog.Logger
	Gate      *gate.Gate // keeps the audit records; nil for none
	Key       []byte     // 32 bytes, the same on every processor
	Secure    bool       // the public address is https
	PublicURL string     // under which customers reach the pages; "" for the address that they ask for
	// Patience is how long the page says "waiting" before it says that the bank
	// has not answered; 0 is [DefaultPatience]. The payment itself may wait
	// longer.
	Patience time.Duration
}

// DefaultPatience is the page's patience unless [Config] says.
const DefaultPatience = 25 * time.Second

// Checkout serves the pages.
type Checkout struct {
	Config
	vault vault
}

// New makes a checkout.
func New(c Config) (*Checkout, error) {
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	v, err := newVault(c.Key)
	return &Checkout{c, v}, err
}

// Mount adds the pages.
func (c *Checkout) Mount(r *mux.Router) {
	pages := r.PathPrefix("/pay/{token}").Subrouter()
	pages.Use(look.SecureHeaders)
	pages.HandleFunc("", c.page(c.show, alreadyPaid)).Methods(http.MethodGet, http.MethodHead)
	pages.HandleFunc("", c.page(c.submit)).Methods(http.MethodPost)
	pages.HandleFunc("/review", c.page(c.review, sealedDetails)).Methods(http.MethodGet, http.MethodHead)
	pages.HandleFunc("/confirm", c.audited(audit.PaymentPay, c.confirm)).Methods(http.MethodPost)
	pages.HandleFunc("/cancel", c.audited(audit.PaymentCancel, c.cancel)).Methods(http.MethodPost)
	pages.HandleFunc("/live", c.page(c.live)).Methods(http.MethodGet)
}

// visit is one request to one payment's page.
type visit struct {
	*Checkout
	w       http.ResponseWriter
	r       *http.Request
	token   string
	session string // the browser's, from its cookie
	pay     payment.Payment
}

// maxForm bounds a submitted form, in bytes.
const maxForm = 16 << 10

// page reads the payment behind the token and shows it.
// It takes the given parameters in its query, and no others.
func (c *Checkout) page(handle func(*visit) error, takes ...string) http.HandlerFunc {
	return c.act(func(v *visit) (err error) {
		if err = gate.CheckQuery(v.r, takes); err != nil {
			return err
		}
		if v.pay, err = v.current(v.r.Context()); err != nil {
			return err
		}
		trace.Of(v.r.Context(), v.pay.Trace) // so that the payment's trace has the page
		return handle(v)
	})
}

// act finds the payment behind the token, checks a submit's origin and handles
// errors. It knows only the payment's id: a use case reads the payment under
// lock anyway.
func (c *Checkout) act(handle func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Checkout: c, w: w, r: r, token: mux.Vars(r)["token"]}
		if err := v.run(handle); err != nil {
			v.fail(err)
		}
	}
}

// audited is act for what is recorded.
func (c *Checkout) audited(action audit.Action, handle func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := c.Chance.ID("rid", c.Clock.Now())
		w.Header().Set("X-Request-Id", id)
		r, act := c.Gate.Begin(r, action, audit.Actor{Kind: audit.Customer}, id)
		v := &visit{Checkout: c, w: w, r: r, token: mux.Vars(r)["token"]}
		err := v.run(handle)
		if err != nil {
			v.fail(err)
		}
		c.Gate.End(act, err)
	}
}

// judged records the use case's refusal of a submit, which the page may show
// without an error status.
func (v *visit) judged(err error) error {
	v.Gate.End(audit.Of(v.r.Context()), err)
	return err
}

func (v *visit) run(handle func(*visit) error) error {
	id, ok := v.Tokens.Payment(v.token)
	if !ok {
		return processor.NoPayment("")
	}
	v.pay.ID, v.session = id, v.readSession()
	audit.Of(v.r.Context()).About(id)
	if v.r.Method == http.MethodPost {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "form_invalid", "The form did not arrive whole.").Because(err)
		}
		if err := v.checkOrigin(); err != nil {
			return err
		}
	}
	return handle(v)
}

// fail shows what went wrong, in a customer's words.
func (v *visit) fail(err error) {
	f := fault.From(err)
	problem := ProblemView{Title: "This page cannot be shown", Text: "Something went wrong on our side. Nothing was paid by this step; please try again in a moment."}
	status := http.StatusInternalServerError
	switch f.Kind {
	case fault.NotFound, fault.Gone:
		v.begin(gate.StatusOf(f.Kind))
		_ = RenderNotFound(v.w)
		return
	case fault.Forbidden:
		status = http.StatusForbidden
		problem = ProblemView{Title: "This form was open too long", Text: "Open the payment page again and repeat the step. Cookies must be allowed for this page."}
	case fault.Invalid, fault.TooLarge:
		status = http.StatusBadRequest
		problem = ProblemView{Title: "This form could not be read", Text: "Open the payment page again and repeat the step."}
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
		v.w.Header().Set("Retry-After", "5")
		problem = ProblemView{Title: "We cannot take this right now", Text: "Please try again in a moment. Reload the payment page first: it shows whether your payment has gone through."}
	default:
		v.Log.ErrorContext(v.r.Context(), "a checkout page failed", "path", v.r.URL.Path, "error", err)
	}
	if f.Code == "form_foreign" {
		problem = ProblemView{Title: "This form came from another address", Text: f.Message + " " + f.Hint +
			" Nothing was paid by this step. If you run this processor behind a proxy: give --public-url the address that browsers use, or have the proxy keep Host. /docs/proxy shows how."}
	}
	if f.Code == "query_invalid" {
		problem = ProblemView{Title: "This address is not right", Text: "The page's address has something in it that does not belong there, or cannot be read. Nothing was paid by this step."}
	}
	problem.RetryURL, problem.RetryLabel = v.url(""), "Back to the payment"
	v.begin(status)
	_ = RenderProblem(v.w, problem)
}

// begin starts a page whose status is not 200.
func (v *visit) begin(status int) {
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
}

func (v *visit) url(step string) string { return "/pay/" + v.token + step }

// redirect answers a submit; the browser then asks with GET.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// show draws the payment as it stands.
func (v *visit) show() error {
	now := v.Clock.Now()
	switch v.pay.Status {
	case payment.Created:
		if !now.Before(v.pay.ExpiresAt) {
			return v.outcome(OutcomeExpired)
		}
		return RenderDetails(v.w, v.details(nil))
	case payment.Processing:
		if v.unheard(v.pay) {
			return v.outcome(OutcomeUnknown)
		}
		return RenderWaiting(v.w, WaitingView{
			PaymentView: v.summary(), Label: v.pay.Last().Instrument.Label(),
			Status: v.state(v.pay), LiveURL: v.url("/live"),
		})
	case payment.ActionRequired:
		return RenderAction(v.w, ActionView{
			PaymentView: v.summary(), BankURL: v.pay.Last().ChallengeURL,
			CancelAction: v.url("/cancel"), CSRF: v.csrf(), Status: v.state(v.pay), LiveURL: v.url("/live"),
		})
	case payment.Captured:
		if gate.Query(v.r).Has(alreadyPaid) {
			return v.outcome(OutcomeAlreadyDone)
		}
		return v.outcome(OutcomeApproved)
	case payment.Authorized:
		return v.outcome(OutcomeAuthorized)
	case payment.Declined:
		return v.outcome(OutcomeDeclined)
	case payment.Failed:
		return v.outcome(OutcomeFailed)
	case payment.Canceled:
		return v.outcome(OutcomeCanceled)
	case payment.Voided:
		return v.outcome(OutcomeVoided)
	case payment.Abandoned:
		return v.outcome(OutcomeExpired)
	}
	return v.outcome(OutcomeUnknown)
}

// unheard is the state of a page that has waited for the bank long enough to say so.
const unheard = "unheard"

// state is the state that a live page shows: the payment's status, or
// [unheard].
func (v *visit) state(p payment.Payment) string {
	if v.unheard(p) {
		return unheard
	}
	return string(p.Status)
}

func (v *visit) unheard(p payment.Payment) bool {
	return p.Status == payment.Processing && !v.Clock.Now().Before(v.impatientAt(p))
}

// impatientAt is when the patience for a payment that is with the bank is over.
func (v *visit) impatientAt(p payment.Payment) time.Time { return p.Last().StartedAt.Add(v.Patience) }

func (c *Checkout) show(v *visit) error { return v.show() }

// confirm pays with the reviewed details.
func (c *Checkout) confirm(v *visit) error {
	with, ok := v.vault.open(v.r.PostForm.Get("instrument"), v.session)
	if !ok {
		return fault.New(fault.Forbidden, "details_stale", "The details belong to another browser or were made before a restart.")
	}
	// The form says which try it means to be: sent twice, it is still one.
	number, err := strconv.Atoi(v.r.PostForm.Get("try"))
	if err != nil || number < 1 {
		return fault.New(fault.Invalid, "form_invalid", "The form does not say which try it is.")
	}
	_, err = v.Processor.PayOnce(v.r.Context(), v.pay.ID, with.Instrument, with.Bank, number)
	return v.settled(v.judged(err))
}

func (c *Checkout) cancel(v *visit) error {
	_, err := v.Processor.Cancel(v.r.Context(), v.pay.ID, payment.ByCustomer)
	return v.settled(v.judged(err))
}

// sealedDetails in the query are the form's details, sealed.
const sealedDetails = "with"

// alreadyPaid in the query says that a submit came after the payment was done.
const alreadyPaid = "already"

// settled answers a submit. A late submit is no error to a customer: the page
// shows the payment's result.
func (v *visit) settled(err error) error {
	switch {
	case err == nil:
		return v.redirect(v.url(""))
	case fault.Code(err) == "payment_already_paid":
		return v.redirect(v.url("?" + alreadyPaid + "=paid"))
	case fault.Is(err, fault.Conflict):
		return v.redirect(v.url(""))
	case fault.Code(err) == "bank_offline", fault.Code(err) == "bank_unheard", fault.Code(err) == "bank_unknown", fault.Code(err) == "bank_currency":
		now, readErr := v.current(v.r.Context())
		if readErr != nil {
			return readErr
		}
		v.pay = now
		v.begin(http.StatusUnprocessableEntity)
		return RenderDetails(v.w, v.details([]FieldError{{FieldBank, fault.From(err).Message + " Choose another bank."}}))
	}
	return err
}

// current reads the payment afresh. Its link is enough to see it, whichever
// merchant's it is.
func (v *visit) current(ctx context.Context) (payment.Payment, error) {
	return v.Processor.Payment(ctx, processor.Everyone(), v.pay.ID)
}
