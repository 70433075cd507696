package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/web/look"
	"sandbank/webhook"
)

func (d *Dashboard) payment(w http.ResponseWriter, r *http.Request) error {
	p, t, err := d.read(r)
	if err != nil {
		return err
	}
	return RenderPayment(w, d.paymentView(r, p, t))
}

func (d *Dashboard) paymentView(r *http.Request, p payment.Payment, t processor.Timeline) PaymentView {
	v := PaymentView{
		Frame: d.frame(r, "payments"), ID: p.ID, Reference: p.Reference, Merchant: d.merchant(p.Merchant), Status: string(p.Status),
		Amount: inWords(p.Amount),
		Why:    why(p, t),
		Facts:  d.facts(p),
		APIURL: d.Address.Payment(p.ID),
		Moves:  moves(p), Hops: d.hops(p, t), Revision: revision(p, t), LiveURL: "/payments/" + p.ID + "/live",
	}
	if d.may(r, identity.WritePayments) { // the permission to pay
		v.CheckoutURL = d.Address.Checkout(p.ID)
		v.Forms, v.Actions = hands(p)
	}
	if d.maySteer(r) {
		v.Steering = steering(p)
	}
	if d.may(r, identity.ReadAudit) {
		v.AuditURL = "/audit?object=" + p.ID
	}
	for _, e := range t.Entries {
		entry := entryView(e)
		entry.PaymentURL = "" // it is this page
		v.Entries = append(v.Entries, entry)
	}
	mayResend := d.may(r, identity.WriteWebhooks)
	for _, del := range t.Deliveries {
		tries := deliveryViews(del)
		if !mayResend {
			tries[len(tries)-1].ResendURL = ""
		}
		v.Deliveries = append(v.Deliveries, tries...)
	}
	return v
}

func (d *Dashboard) read(r *http.Request) (payment.Payment, processor.Timeline, error) {
	return d.Processor.Timeline(r.Context(), d.reach(r), mux.Vars(r)["id"])
}

// revision changes whenever the page would.
func revision(p payment.Payment, t processor.Timeline) string {
	n := 0
	for _, d := range t.Deliveries {
		n += 1 + len(d.Attempts)
	}
	sealed := 0
	for _, e := range t.Entries {
		if e.Seal.Number > 0 {
			sealed++
		}
	}
	return fmt.Sprintf("%d.%d.%d.%d.%d", p.Version, len(t.Messages), len(t.Events), n, sealed)
}

func why(p payment.Payment, t processor.Timeline) Why {
	w := whyOf(p, t)
	if by := p.Why(); by != nil && !w.Empty() {
		w.Source = spaced(string(by.Source))
	}
	return w
}

func whyOf(p payment.Payment, t processor.Timeline) Why {
	if p.Reason == nil {
		if a := p.Last(); a != nil && a.Status == payment.AttemptApproved {
			return Why{Text: "The bank approved.", Rule: approvedBy(t)}
		}
		return Why{}
	}
	return Why{
		Text: p.Reason.Message, Rule: p.Reason.Rule, Code: p.Reason.Code,
		ISO8583: p.Reason.ISO8583, ISO20022: p.Reason.ISO20022,
	}
}

// approvedBy is the rule by which the bank approved.
func approvedBy(t processor.Timeline) string {
	for _, m := range t.Messages {
		if m.Direction == processor.Out || m.Verdict != payment.VerdictApplied {
			continue
		}
		if r, err := wire.ReadResult(m.Body); err == nil && r.Outcome == payment.OutcomeApproved {
			return r.Rule
		}
	}
	return ""
}

// webOnly is a URL to link to; "" for an app's, which is on a customer's device.
func webOnly(url string) string {
	if form.AppURL(url) {
		return ""
	}
	return url
}

func (d *Dashboard) facts(p payment.Payment) []Fact {
	list := []Fact{
		{Label: "Merchant", Value: d.merchant(p.Merchant)},
		{Label: "Bank", Value: d.Address.BankName(p.Bank) + " (" + p.Bank + "), " + p.RoutedBy().Says()},
		{Label: "Created", At: p.CreatedAt},
		{Label: "Expires", At: p.ExpiresAt},
		{Label: "Return URL", Value: p.ReturnURL, URL: webOnly(p.ReturnURL)},
	}
	if taken := p.Captured(); taken.IsPositive() && !taken.Equal(p.Amount) {
		list = append(list, Fact{Label: "Captured", Value: inWords(taken)})
	}
	if back := p.Refunded(); back.IsPositive() {
		list = append(list, Fact{Label: "Refunded", Value: inWords(back)})
	}
	if p.Description != "" {
		list = append(list, Fact{Label: "Description", Value: p.Description})
	}
	if k := p.Origin.IdempotencyKey; k != "" {
		list = append(list, Fact{Label: "Idempotency key", Value: k, Code: true})
	}
	for k, v := range p.Metadata {
		list = append(list, Fact{Label: "metadata." + k, Value: v})
	}
	if a := p.Last(); a != nil {
		list = append(list, Fact{Label: "Attempt", Value: fmt.Sprintf("%d of %d, %s", a.Number, p.MaxAttempts, a.Instrument.Label())})
	}
	return list
}

// hops puts everything that is recorded about a payment in order of time.
func (d *Dashboard) hops(p payment.Payment, t processor.Timeline) []Hop {
	merchant, bank := d.merchant(p.Merchant), d.Address.BankName
	hops := []Hop{{
		ID: "created", At: p.CreatedAt, Kind: "http", From: merchant, To: "processor", Title: "POST /v1/payments → 202 Accepted",
		Note: "request " + p.Origin.RequestID, Payload: indentValue(p.AsCreated().Resource(d.Address)),
	}}
	for _, a := range p.Attempts {
		hops = append(hops, Hop{
			ID: "page-" + strconv.Itoa(a.Number), At: a.StartedAt, Kind: "page", From: "customer", To: "processor",
			Title: "Pays with " + a.Instrument.Label(), Note: "rule: " + a.Instrument.Rule + "; " + d.Address.BankName(a.Bank) + " (" + a.Bank + "): " + p.RouteOf(a).Says(),
			Payload: indentValue(a.Instrument),
		})
	}
	hops = append(hops, actHops(p)...)
	hops = append(hops, faultHops(p)...)
	for _, m := range t.Messages {
		hops = append(hops, messageHop(m, bank(m.Bank)))
	}
	for _, e := range t.Entries {
		hops = append(hops, Hop{
			ID: e.ID, At: e.At, Kind: "ledger", From: "processor", To: "ledger", Title: e.Description, Tone: "good",
			Note: "booked once, by the key " + e.Key, Payload: indentValue(e.Entry),
		})
	}
	for _, e := range t.Events {
		hops = append(hops, Hop{
			ID: e.ID, At: e.At, Kind: "event", From: "processor", To: merchant, Title: e.Type,
			Note: "number " + strconv.FormatInt(e.Sequence, 10) + " of the merchant's events" + onPurpose(e.Courses), Payload: indent(e.Body()),
		})
	}
	for _, del := range t.Deliveries {
		hops = append(hops, webhookHops(del)...)
	}
	hops = append(hops, ending(p, merchant)...)
	sort.SliceStable(hops, func(i, j int) bool { return hops[i].At.Before(hops[j].At) })
	for i := range hops {
		hops[i].Elapsed = "+" + strconv.FormatFloat(hops[i].At.Sub(p.CreatedAt).Seconds(), 'f', 3, 64) + " s"
	}
	return hops
}

func messageHop(m processor.Message, bank string) Hop {
	if m.Direction == processor.Out {
		h := Hop{
			ID: m.ID, At: m.At, Kind: "amqp_out", From: "processor", To: bank, Title: asks(m),
			Note: "queue bank." + m.Bank, Payload: indent(m.Body),
		}
		if r, err := wire.ReadRequest(m.Body); err == nil && r.Simulate != nil {
			h.Note += "; on purpose: " + r.Simulate.Rule()
		}
		return h
	}
	h := Hop{ID: escape(m.ID), At: m.At, Kind: "amqp_in", From: bank, To: "processor", Title: "A result", Note: m.Note, Payload: indent(m.Body)}
	if r, err := wire.ReadResult(m.Body); err == nil {
		said := answers[r.Outcome]
		h.Title, h.Tone = said.title, said.tone
		if h.Note == "" {
			h.Note = "rule: " + r.Rule
		}
	}
	if m.Verdict != payment.VerdictApplied {
		h.Title, h.Tone = h.Title+" ("+string(m.Verdict)+"): it changes nothing", "wait"
	}
	return h
}

// asks words a request to a bank.
func asks(m processor.Message) string {
	kind := wire.RequestType(m.Kind)
	switch kind {
	case wire.Authorize:
		return "Please authorize"
	case wire.Reverse:
		return "Please reverse, whatever came of it"
	case wire.Void:
		return "Please void"
	case wire.Capture, wire.Refund:
		if r, err := wire.ReadRequest(m.Body); err == nil {
			return "Please " + m.Kind + " " + inWords(r.Amount)
		}
	case wire.Evidence, wire.Control:
	}
	return look.Sentence(m.Kind)
}

// answers words a bank's answer.
var answers = map[payment.Outcome]struct{ title, tone string }{
	payment.OutcomeApproved:  {"Approved", "good"},
	payment.OutcomeDeclined:  {"Declined", "bad"},
	payment.OutcomeError:     {"A fault at the bank", "bad"},
	payment.OutcomeChallenge: {"The customer has to confirm", "wait"},
}

func webhookHops(del processor.DeliveryRecord) []Hop {
	var hops []Hop
	for _, a := range del.Attempts {
		h := Hop{
			ID: del.ID + "-" + strconv.Itoa(a.Number), At: a.At, Kind: "webhook", From: "processor", To: del.Endpoint.URL,
			Title: fmt.Sprintf("%s → %s", del.Event.Type, answered(a)), Note: a.Error, Tone: "good", Payload: a.Response,
		}
		if a.Edited() {
			h.ID, h.Title = del.ID+"-edited-"+strconv.FormatInt(a.At.UnixMicro(), 10), "An edited body → "+answered(a)
		}
		if a.Code < 200 || a.Code > 299 {
			h.Tone = "bad"
		}
		hops = append(hops, h)
	}
	return hops
}

func answered(a webhook.Attempt) string {
	if a.Code == 0 {
		return "no answer"
	}
	return strconv.Itoa(a.Code) + " " + http.StatusText(a.Code)
}

// ending is the hop of a status without a message: time was up, or the payment
// was canceled.
func ending(p payment.Payment, merchant string) []Hop {
	switch p.Status {
	case payment.Abandoned:
		return []Hop{{ID: "end", At: p.UpdatedAt, Kind: "clock", From: "time", To: "processor", Title: "Abandoned, in silence", Note: p.Reason.Rule}}
	case payment.Canceled:
		who := "customer"
		if p.Reason.Code == reason.MerchantCanceled {
			who = merchant
		}
		return []Hop{{ID: "end", At: p.UpdatedAt, Kind: "page", From: who, To: "processor", Title: "Canceled", Note: p.Reason.Message}}
	case payment.Failed:
		if a := p.Last(); a != nil && a.Status == payment.AttemptTimedOut {
			return []Hop{{ID: "end", At: p.UpdatedAt, Kind: "clock", From: "time", To: "processor", Title: "The bank did not answer", Note: p.Reason.Rule, Tone: "bad"}}
		}
	case payment.Created, payment.Processing, payment.ActionRequired, payment.Authorized, payment.Captured, payment.Declined, payment.Voided:
	}
	return nil
}

func deliveryViews(del processor.DeliveryRecord) []Delivery {
	base := Delivery{ID: del.ID, URL: del.Endpoint.URL, Event: del.Event.Type}
	if del.Endpoint.URL != "" { // it is not deleted
		base.DetailURL = deliveryURL(del.Delivery)
	}
	if len(del.Attempts) == 0 {
		base.Status, base.At = string(del.Status), del.Event.At
		return []Delivery{base}
	}
	list := make([]Delivery, len(del.Attempts))
	for i, a := range del.Attempts {
		head, body := a.Sent(del.Event)
		v := base
		v.ID, v.At, v.Attempt, v.URL, v.Request = fmt.Sprintf("%s-%d-%d", del.ID, a.Number, i), a.At, a.Number, a.Request.URL, sentText(a, head, body)
		v.Took, v.Note, v.Response, v.Status = a.Took.Round(time.Millisecond).String(), a.Error, a.Response, "failed"
		if a.Code > 0 {
			v.Code = strconv.Itoa(a.Code)
		}
		if a.Code >= 200 && a.Code < 300 {
			v.Status = string(webhook.DeliveryDelivered)
		}
		if a.Edited() {
			v.Note += " an edited body, sent by hand"
		}
		list[i] = v
	}
	last := &list[len(list)-1]
	switch del.Status {
	case webhook.DeliveryPending:
		last.Note += " next try at " + del.NextAt.Format("15:04:05 UTC")
	case webhook.DeliveryExhausted:
		last.Status = string(webhook.DeliveryExhausted)
	case webhook.DeliveryDelivered:
	}
	if del.Endpoint.Enabled {
		last.ResendURL = base.DetailURL + "/resend"
	}
	return list
}

func indent(b []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}

func indentValue(v any) string {
	b, _ := json.MarshalIndent(v, "", "  ") // shown values always encode
	return string(b)
}

func escape(s string) string { return url.QueryEscape(s) }
