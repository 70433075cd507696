package dashboard

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/web/gate"
	"sandbank/web/look"
	"sandbank/webhook"
)

func (d *Dashboard) payment(w http.ResponseWriter, r *http.Request) error {
	s, err := d.readStory(r)
	if err != nil {
		return err
	}
	v := d.paymentView(r, s)
	v.Frame = d.frame(r, "payments")
	return RenderPayment(w, v)
}

// hop shows one hop of a payment with what it carried.
func (d *Dashboard) hop(w http.ResponseWriter, r *http.Request) error {
	s, err := d.readStory(r)
	if err != nil {
		return err
	}
	t, id := d.narrate(s), mux.Vars(r)["hop"]
	at := slices.IndexFunc(t.steps, func(one step) bool { return one.ID == id && one.Payload != nil })
	if at < 0 {
		return fault.New(fault.NotFound, "hop_not_found", "The payment has no such hop, or the hop carried nothing.")
	}
	v := HopView{Frame: d.frame(r, "payments"), ID: s.Payment.ID, Reference: s.Payment.Reference, Hop: t.hop(t.steps[at], t.names())}
	v.Hop.Payload = t.steps[at].Payload()
	return RenderHop(w, v)
}

// paymentView is the payment's page without its frame.
func (d *Dashboard) paymentView(r *http.Request, s processor.Story) PaymentView {
	p, t := s.Payment, s.Timeline
	v := PaymentView{
		ID: p.ID, Reference: p.Reference, Merchant: d.merchant(p.Merchant), Status: string(p.Status),
		Amount: inWords(p.Amount),
		Why:    why(p, t),
		Facts:  d.facts(p),
		APIURL: d.Address.Payment(p.ID),
		Moves:  moves(p), Sequence: d.sequenceView(r, s), Revision: revision(s), LiveURL: liveOf(r, s),
		HomeURL: homeOf(r, p.ID), Hold: d.paymentHold(r, p, s.Held), Way: moneyWay(s),
	}
	if p.Status != payment.Authorized { // until when is said where deadlines are
		v.Word, v.Tone = standing(p, d.Clock.Now())
	}
	if d.may(r, identity.WritePayments) { // the permission to pay
		v.CheckoutURL = d.Address.Checkout(p.ID)
		v.Forms, v.Actions = hands(p)
		v.Pay = d.payView(r, p)
	}
	if d.may(r, identity.SteerSimulator) {
		v.Actions = append(v.Actions, d.steered(p)...)
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
		line := deliveryView(del)
		if !mayResend {
			line.ResendURL = ""
		}
		v.Deliveries = append(v.Deliveries, line)
	}
	return v
}

// homeOf is the address of a payment's page with the view that is looked at.
func homeOf(r *http.Request, id string) string {
	q := gate.Query(r)
	return pageAt("/payments/"+id, "view", onlyIf(viewOf(q) != viewStory, string(viewOf(q))), "unfold", onlyIf(q.Get("unfold") != "", "all"))
}

// liveOf is the address of the stream that extends the page as it is looked at, from where it stands.
func liveOf(r *http.Request, s processor.Story) string {
	q := gate.Query(r)
	return pageAt("/payments/"+s.Payment.ID+"/live", "view", onlyIf(viewOf(q) != viewStory, string(viewOf(q))), "unfold", onlyIf(q.Get("unfold") != "", "all"), "state", revision(s))
}

// revision changes whenever the page would.
func revision(t processor.Story) string {
	n := 0
	for _, d := range t.Deliveries {
		n += 1 + len(d.Attempts)
	}
	moved := 0
	for _, i := range t.Items {
		moved += len(i.State) + len(i.Settlement) + len(i.Payout)
	}
	for _, out := range t.Payouts {
		moved += len(out.Status)
	}
	sealed := 0
	for _, e := range t.Entries {
		if e.Seal.Number > 0 {
			sealed++
		}
	}
	held := 0
	for _, h := range t.Held {
		held += 1 + len(h.Status) + int(h.Place)
	}
	return fmt.Sprintf("%d.%d.%d.%d.%d.%d.%d.%d", t.Payment.Version, len(t.Messages), len(t.Events), n, sealed, moved, len(t.Breaks), held)
}

func why(p payment.Payment, t processor.Timeline) Why {
	w := whyOf(p, t)
	if by := p.Why(); by != nil && !w.Empty() {
		w.Source = spaced(string(by.Source))
	}
	return w
}

// unreasoned words the statuses that have no reason of their own.
var unreasoned = map[payment.Status]string{
	payment.Created: "Everybody waits for the customer.", payment.Processing: "Everybody waits for the bank.",
	payment.ActionRequired: "The bank waits for the customer.", payment.Abandoned: "The customer left, and nobody was told.",
	payment.Canceled: "The purchase was called off.",
}

// sequel words what became of a payment's money after the bank approved; "" where nothing did.
func sequel(p payment.Payment) string {
	switch word, _ := standing(p, time.Time{}); word {
	case "Disputed":
		return "The customer wants the money back, through the bank."
	case "Charged back":
		return "The bank gave the money back to the customer."
	case "Refunded":
		return "The merchant gave the money back."
	case "Partly refunded":
		return "The merchant gave back a part of the money."
	}
	return ""
}

func whyOf(p payment.Payment, t processor.Timeline) Why {
	if p.Reason == nil {
		if a := p.Last(); a != nil && a.Status == payment.AttemptApproved {
			return Why{Text: cmp.Or(sequel(p), "The bank approved."), Rule: approvedBy(t)}
		}
		return Why{Text: unreasoned[p.Status]}
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
	if id := p.Trace.Trace(); id != "" {
		trace := Fact{Label: "Trace", Value: id, Code: true}
		if d.TraceURL != "" {
			trace.URL = strings.ReplaceAll(d.TraceURL, "{trace}", id)
		}
		list = append(list, trace)
	}
	for k, v := range p.Metadata {
		list = append(list, Fact{Label: "metadata." + k, Value: v})
	}
	if a := p.Last(); a != nil {
		list = append(list, Fact{Label: "Attempt", Value: fmt.Sprintf("%d of %d, %s", a.Number, p.MaxAttempts, a.Instrument.Label())})
	}
	return list
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

func answered(a webhook.Attempt) string {
	if a.Code == 0 {
		return "no answer"
	}
	return strconv.Itoa(a.Code) + " " + http.StatusText(a.Code)
}

// deliveryView is a delivery with the newest of its tries.
func deliveryView(del processor.DeliveryRecord) Delivery {
	v := Delivery{ID: del.ID, URL: del.Endpoint.For(del.Event).URL, Event: del.Event.Type, Status: string(del.Status), At: del.Event.At, Attempt: len(del.Attempts)}
	if v.URL != "" { // it is not deleted
		v.DetailURL = deliveryURL(del.Delivery)
	}
	if len(del.Attempts) == 0 {
		return v
	}
	a := del.Attempts[len(del.Attempts)-1]
	v.At, v.URL, v.Took, v.Note = a.At, a.Request.URL, a.Took.Round(time.Millisecond).String(), a.Error
	if a.Code > 0 {
		v.Code = strconv.Itoa(a.Code)
	}
	if a.Edited() {
		v.Note += " an edited body, sent by hand"
	}
	if del.Status == webhook.DeliveryPending {
		v.Note += " next try at " + del.NextAt.Format("15:04:05 UTC")
	}
	if del.Endpoint.Enabled {
		v.ResendURL = v.DetailURL + "/resend"
	}
	return v
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
