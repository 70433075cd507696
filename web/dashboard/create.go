package dashboard

import (
	"cmp"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/webhook"
)

// newPayment shows the form that makes a test payment.
func (d *Dashboard) newPayment(w http.ResponseWriter, r *http.Request) error {
	return renderSheet(w, http.StatusOK, d.createView(r, d.createForm(r)), nil)
}

func (d *Dashboard) createView(r *http.Request, f Form) SheetView {
	return SheetView{
		Frame: d.frame(r, "payments"), Title: "New test payment", UpURL: "/", Up: "Payments", Forms: []Form{f},
		Lead: "As a merchant's server asks for one, with what is to happen to it. Its page has the checkout's address, for this browser or for a phone.",
	}
}

// The choices of the form beside those of the simulator.
const (
	byHand  = "by_hand" // a person pays on the checkout
	asUsual = ""
)

// createForm asks for a payment.
func (d *Dashboard) createForm(r *http.Request) Form {
	currencies := options(money.Currencies(), func(s string) string { return s })
	banks := []Option{{asUsual, "as it is routed"}}
	for _, b := range d.Processor.Banks() {
		banks = append(banks, Option{b.Identifier, b.Name + ", " + b.Identifier})
	}
	acts := []Option{{byHand, "is you, or whoever opens the checkout"}}
	for _, a := range sim.Actions() {
		acts = append(acts, Option{string(a), spaced(string(a))})
	}
	outcomes := append([]Option{{asUsual, "as the card says"}}, options(sim.Outcomes(sim.Authorize), spaced)...)
	ways := append([]Option{{asUsual, "as usual"}}, options(sim.Ways(sim.Webhook), spaced)...)
	ways = slices.DeleteFunc(ways, func(o Option) bool { return o.Value == string(sim.BeforeAnswer) })
	return Form{ID: "new", Title: "The payment", URL: "/new-payment", Button: "Make the payment", Main: true, Fields: []Field{
		{ID: "new-merchant", Name: "merchant", Label: "Merchant", Options: d.merchants(r)},
		{ID: "new-amount", Name: "amount", Label: "Amount", Value: "19.99", Most: maxAmount, Decimal: true},
		{ID: "new-currency", Name: "currency", Label: "Currency", Value: "EUR", Options: currencies},
		{ID: "new-reference", Name: "reference", Label: "Reference", Hint: "Your name for it, such as an order's number.", Value: "test-" + strconv.FormatInt(d.Clock.Now().Unix()%1000000, 10), Most: 255},
		{ID: "new-bank", Name: "bank", Label: "Bank", Options: banks},
		{ID: "new-capture", Name: "capture", Label: "Capture", Options: []Option{{string(payment.CaptureAutomatic), "with the approval"}, {string(payment.CaptureManual), "when the merchant says so"}}},
		{ID: "new-action", Name: "action", Label: "The customer", Options: acts},
		{ID: "new-card", Name: "card", Label: "With", Value: instrument.Cards()[0].Number, Options: cardOptions()},
		{ID: "new-after", Name: "after", Label: "The customer acts after", Hint: `Such as "3s"; at once, if empty.`, Most: 32},
		{ID: "new-outcome", Name: "outcome", Label: "The bank answers", Options: outcomes},
		{ID: "new-answer-after", Name: "answer_after", Label: "The bank answers after", Hint: `Such as "30s", "after_deadline" or "never"; as it is, if empty.`, Most: 32},
		{ID: "new-webhook", Name: "webhook", Label: "Webhooks arrive", Options: ways},
		{ID: "new-life", Name: "life", Label: "Abandoned after", Value: "15m", Options: []Option{{"1m", "1 minute"}, {"15m", "15 minutes"}, {"1h", "1 hour"}, {"24h", "1 day"}}},
	}}
}

// merchants are those for whom the viewer may make a payment.
func (d *Dashboard) merchants(r *http.Request) (list []Option) {
	in := d.reach(r)
	for _, c := range d.Clients.Clients() {
		if o := (Option{c.Merchant.ID, c.Merchant.Name}); c.Merchant.ID != "" && in.Sees(c.Merchant.ID) && !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// create makes the payment that the form asks for, or shows it again with the complaints.
func (d *Dashboard) create(w http.ResponseWriter, r *http.Request) error {
	wish, err := d.wished(r)
	var made payment.Payment
	if err == nil {
		made, _, err = d.Processor.Create(r.Context(), wish)
	}
	if status, mine := refusal(err); mine {
		f := d.createForm(r)
		for i := range f.Fields {
			f.Fields[i].Value = again(r.PostFormValue(f.Fields[i].Name))
			if f.Fields[i].Name == "card" {
				f.Fields[i].Value = r.PostFormValue("card") // one of the published numbers, or none of the choices
			}
		}
		explain(&f, fault.From(err))
		return renderSheet(w, status, d.createView(r, f), err)
	}
	if err == nil {
		http.Redirect(w, r, "/payments/"+made.ID, http.StatusSeeOther)
	}
	return err
}

// fieldsOf are the form's fields by the pointers of complaints.
var fieldsOf = map[string]string{
	"/amount/value": "amount", "/amount": "amount", "/amount/currency": "currency", "/reference": "reference", "/bank": "bank", "/expires_in_seconds": "life",
	"/simulate/customer/0/after": "after", "/simulate/customer/0/card": "card", "/simulate/customer/0/action": "action",
	"/simulate/bank/outcome": "outcome", "/simulate/bank/after": "answer_after", "/simulate/channels/webhook": "webhook",
}

// explain puts complaints at their fields; those that have none, and others, at the form.
func explain(f *Form, e *fault.Error) {
	placed := false
	for _, wrong := range e.Fields {
		for i := range f.Fields {
			if fieldsOf[wrong.Pointer] == f.Fields[i].Name {
				f.Fields[i].Error, placed = "It "+wrong.Detail+".", true
			}
		}
	}
	if !placed {
		f.Error = said(e)
	}
}

// wished reads the form.
func (d *Dashboard) wished(r *http.Request) (n processor.NewPayment, err error) {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	if !slices.ContainsFunc(d.merchants(r), func(o Option) bool { return o.Value == get("merchant") }) {
		return n, fault.New(fault.Invalid, "request_invalid", "Choose a merchant of the list.")
	}
	life, err := time.ParseDuration(cmp.Or(get("life"), payment.DefaultLife.String()))
	if err != nil {
		life = -1
	}
	amount, err := money.ParseTyped(get("amount"), money.Currency(get("currency")))
	n = processor.NewPayment{
		Merchant: get("merchant"), Amount: amount, Reference: get("reference"), Description: "A test payment from the dashboard", Bank: get("bank"),
		ReturnURL: strings.TrimRight(d.Base, "/") + "/", Capture: payment.CaptureMode(get("capture")), Life: life, Attempts: payment.DefaultAttempts,
	}
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	n.Simulate = simulated(get).Check(problem, "/simulate")
	var wrong error
	if len(problem.Fields) > 0 {
		wrong = problem
	}
	return n, n.CheckWith(err, wrong)
}

// simulated is what the form wants to happen on purpose.
func simulated(get func(string) string) (w sim.Wish) {
	if action := get("action"); action != byHand && action != "" {
		act := sim.WishedAct{Action: action, After: get("after")}
		if sim.Action(action).Pays() {
			act.Card = get("card")
		}
		w.Customer = []sim.WishedAct{act}
	}
	if outcome, after := get("outcome"), get("answer_after"); outcome != asUsual || after != "" {
		w.Bank = &sim.WishedBank{WishedAnswer: sim.WishedAnswer{Outcome: outcome, After: after}}
	}
	if how := get("webhook"); how != asUsual {
		d := sim.WishedDelivery{How: []string{how}}
		if way := sim.Way(how); way == sim.Late || way == sim.Reordered {
			d.After = "10s"
		}
		w.Channels = map[string]sim.WishedDelivery{string(sim.Webhook): d}
	}
	return w
}

// PayView is how a person pays a payment: an address, a picture of it for a phone, and how a program asks for the like.
type PayView struct {
	URL  string
	Code template.HTML
	Curl string
}

// payView is for a payment that waits for its customer; nil for others, and for viewers who may not pay.
func (d *Dashboard) payView(r *http.Request, p payment.Payment) *PayView {
	if p.Status != payment.Created || !d.may(r, identity.WritePayments) {
		return nil
	}
	v := &PayView{URL: d.Address.Checkout(p.ID), Curl: d.curlOf(p)}
	if code, err := qr.Encode(v.URL, qr.M); err == nil { // an address is short enough
		v.Code = drawCode(code, "QR code of the checkout's address")
	}
	return v
}

// drawCode draws a QR code, dark on light in either scheme, with the quiet zone that readers need.
func drawCode(code *qr.Code, label string) template.HTML {
	const quiet = 4
	size := strconv.Itoa(code.Size + 2*quiet)
	var b strings.Builder
	b.WriteString(`<svg class="qr" viewBox="0 0 ` + size + ` ` + size + `" width="160" height="160" role="img" aria-label="` + label + `" shape-rendering="crispEdges"><rect width="` + size + `" height="` + size + `" fill="#fff"/><path fill="#000" d="`)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()) // of numbers, and of a constant
}

// curlOf is a command that asks for the like of a payment.
func (d *Dashboard) curlOf(p payment.Payment) string {
	body := map[string]any{"amount": p.Amount, "reference": p.Reference, "return_url": p.ReturnURL}
	if p.BankFixed {
		body["bank"] = p.Bank
	}
	if p.CaptureMode == payment.CaptureManual {
		body["capture"] = p.CaptureMode
	}
	text, _ := json.Marshal(body) // it always encodes
	return "curl -s " + strings.TrimRight(d.Base, "/") + `/v1/payments -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \` + "\n  -d '" + strings.ReplaceAll(string(text), "'", `'\''`) + "'"
}

// hookForm asks for a webhook endpoint.
func (d *Dashboard) hookForm(r *http.Request) Form {
	return Form{ID: "new-hook", Title: "New endpoint", URL: "/webhooks", Button: "Register it", Fields: []Field{
		{ID: "hook-merchant", Name: "merchant", Label: "Merchant", Options: d.merchants(r)},
		{ID: "hook-url", Name: "url", Label: "URL", Hint: "Where your receiver listens, such as http://localhost:3000/hooks.", Most: 2048},
		{ID: "hook-description", Name: "description", Label: "Description", Hint: "May be empty.", Most: 255},
	}}
}

// addHook registers a webhook endpoint, and answers with its secret: no later page has it.
func (d *Dashboard) addHook(w http.ResponseWriter, r *http.Request) error {
	merchant, n := r.PostFormValue("merchant"), processor.NewEndpoint{URL: strings.TrimSpace(r.PostFormValue("url")), Description: strings.TrimSpace(r.PostFormValue("description"))}
	var err error
	if !slices.ContainsFunc(d.merchants(r), func(o Option) bool { return o.Value == merchant }) {
		err = fault.New(fault.Invalid, "request_invalid", "Choose a merchant of the list.")
	}
	var made webhook.Endpoint
	if err == nil {
		made, err = d.Processor.AddEndpoint(r.Context(), merchant, n)
		audit.Of(r.Context()).About(made.ID)
	}
	if status, mine := refusal(err); mine {
		v, failed := d.hooksView(r)
		if failed != nil {
			return failed
		}
		for i := range v.Forms[0].Fields {
			v.Forms[0].Fields[i].Value = again(r.PostFormValue(v.Forms[0].Fields[i].Name))
		}
		v.Forms[0].Error = said(fault.From(err))
		begin(w, status)
		return errors.Join(worded{err}, RenderHooks(w, v))
	}
	if err != nil {
		return err
	}
	v, err := d.hooksView(r)
	if err != nil {
		return err
	}
	v.Notice, v.Secret = "The endpoint is registered; new events are sent to it. Its signing secret is shown this once:", made.Secret.Reveal()
	begin(w, http.StatusCreated)
	return RenderHooks(w, v)
}
