package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// press is a button of an endpoint: it acts, and leads to the page that shows it.
func (d *Dashboard) press(act func(*http.Request, webhook.Endpoint) (string, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		e, err := d.endpoint(r)
		if err != nil {
			return err
		}
		next, err := act(r, e)
		if err == nil {
			http.Redirect(w, r, next, http.StatusSeeOther)
		}
		return err
	}
}

// maxForm bounds a posted form, in bytes: form encoding can make an edited body
// three times as long.
const maxForm = 3*webhook.MaxRequest + 4096

// endpoint is the endpoint in the path, if the viewer may see it.
func (d *Dashboard) endpoint(r *http.Request) (webhook.Endpoint, error) {
	return d.Processor.Endpoint(r.Context(), d.reach(r), mux.Vars(r)["id"])
}

func (d *Dashboard) hooks(w http.ResponseWriter, r *http.Request) error {
	v, err := d.hooksView(r)
	if err != nil {
		return err
	}
	return RenderHooks(w, v)
}

func (d *Dashboard) hooksView(r *http.Request) (HooksView, error) {
	all, err := d.Processor.Endpoints(r.Context(), d.reach(r))
	v := HooksView{Frame: d.frame(r, "webhooks"), Notice: notices[gate.Query(r).Get("did")]}
	for _, e := range slices.Backward(all) {
		one := d.endpointView(e)
		if one.Failing, err = d.health(r.Context(), e); err != nil {
			return v, err
		}
		v.Endpoints = append(v.Endpoints, one)
	}
	if d.may(r, identity.WriteWebhooks) {
		v.Forms = []Form{d.hookForm(r)}
	}
	return v, err
}

// removeHook deletes an endpoint.
func (d *Dashboard) removeHook(r *http.Request, e webhook.Endpoint) (string, error) {
	audit.Of(r.Context()).About(e.ID)
	return "/webhooks?did=deleted", d.Processor.RemoveEndpoint(r.Context(), e.Merchant, e.ID)
}

func (d *Dashboard) endpointView(e webhook.Endpoint) HookEndpoint {
	e = e.Chosen()
	v := HookEndpoint{
		ID: e.ID, URL: "/webhooks/" + e.ID, Merchant: d.merchant(e.Merchant), Target: cmp.Or(e.URL, e.Description), Description: e.Description,
		Events: "the usual ones", Body: string(e.Body), Signature: string(e.Signature),
		Enabled: e.Enabled, Note: e.Note, CreatedAt: e.CreatedAt,
	}
	if len(e.Events) > 0 {
		v.Events = strings.Join(e.Events, ", ")
	}
	return v
}

// notices word the effect of a button, by the query it redirects to.
var notices = map[string]string{
	"enabled":  "The endpoint is enabled. What was given up meanwhile can be sent again below.",
	"changed":  "The endpoint is changed. What waits for it goes by it.",
	"deleted":  "The endpoint is deleted. What waited for it is given up.",
	"disabled": "The endpoint is disabled. What waited for it is given up.",
	"resent":   "What failed is on its way again.",
	"nothing":  "Nothing has failed, so nothing was sent.",
	"more":     fmt.Sprintf("The %d oldest of what failed are on their way again. There are more: press again once they are through.", processor.MaxRedeliveries),
}

func (d *Dashboard) hook(w http.ResponseWriter, r *http.Request) error {
	e, err := d.endpoint(r)
	if err != nil {
		return err
	}
	v, err := d.hookView(r, e)
	if err != nil {
		return err
	}
	return RenderHook(w, v)
}

func (d *Dashboard) hookView(r *http.Request, e webhook.Endpoint) (HookView, error) {
	status, at, err := narrowed[webhook.DeliveryStatus](r)
	if err != nil {
		return HookView{}, err
	}
	found, err := d.Processor.Deliveries(r.Context(), e, status, at)
	if err != nil {
		return HookView{}, err
	}
	v := HookView{
		Frame: d.frame(r, "webhooks"), HookEndpoint: d.endpointView(e), Facts: d.endpointFacts(e), Notice: notices[gate.Query(r).Get("did")],
		Status: string(status),
	}
	if d.may(r, identity.WriteWebhooks) {
		v.Actions, v.Form = endpointActions(e), editForm(e)
	}
	for _, s := range webhook.DeliveryStatuses() {
		v.Statuses = append(v.Statuses, string(s))
	}
	here := "/webhooks/" + e.ID + "?status=" + escape(string(status))
	if v.LetGo = found.LetGo; found.Next != "" {
		v.OlderURL = here + "&before=" + found.Next
	}
	if at.Cursor != "" {
		v.NewestURL = here
	}
	for _, del := range found.Items {
		v.Deliveries = append(v.Deliveries, deliveryLine(del))
	}
	return v, nil
}

func (d *Dashboard) endpointFacts(e webhook.Endpoint) []Fact {
	v := d.endpointView(e)
	list := []Fact{{Label: "Merchant", Value: v.Merchant}}
	if e.Description != "" {
		list = append(list, Fact{Label: "Description", Value: e.Description})
	}
	list = append(list, Fact{Label: "Events", Value: v.Events}, Fact{Label: "Body", Value: v.Body}, Fact{Label: "Signature", Value: v.Signature})
	if key := e.PublicKey(); key != "" {
		list = append(list, Fact{Label: "Public key", Value: key, Code: true})
	}
	if now := e.At(d.Clock.Now()); now.Former != nil {
		list = append(list, Fact{Label: "Old keys until", At: now.Former.Until})
	}
	return append(list, Fact{Label: "Created", At: e.CreatedAt})
}

func endpointActions(e webhook.Endpoint) []Action {
	at := "/webhooks/" + e.ID
	if !e.Enabled {
		return []Action{{"Enable", at + "/enable", "New events are sent again."}, {"Delete", at + "/delete", "For good; what was sent stays on record."}}
	}
	return []Action{
		{"Send a test event", at + "/test", "One of the type endpoint.test, now and once. Nothing of it is kept."},
		{"Send failed again", at + "/resend-failed", fmt.Sprintf("All that is exhausted or waits for another try, up to %d.", processor.MaxRedeliveries)},
		{"Disable", at + "/disable", "What waits for it is given up."},
		{"Delete", at + "/delete", "For good; what was sent stays on record."},
	}
}

func deliveryLine(del webhook.Delivery) HookDelivery {
	v := HookDelivery{
		ID: del.ID, URL: deliveryURL(del), At: del.Event.At, Event: del.Event.Type, Sequence: del.Event.Sequence,
		Status: string(del.Status), Tries: del.Tries,
	}
	if del.Status == webhook.DeliveryPending {
		v.NextAt = del.NextAt
	}
	return v
}

func deliveryURL(del webhook.Delivery) string {
	return "/webhooks/" + del.Endpoint.ID + "/deliveries/" + del.ID
}

func (d *Dashboard) enable(on bool) func(*http.Request, webhook.Endpoint) (string, error) {
	return func(r *http.Request, e webhook.Endpoint) (string, error) {
		_, err := d.Processor.ChangeEndpoint(r.Context(), e.Merchant, e.ID, processor.EndpointChange{Enabled: &on})
		if on {
			return "/webhooks/" + e.ID + "?did=enabled", err
		}
		return "/webhooks/" + e.ID + "?did=disabled", err
	}
}

func (d *Dashboard) resendFailed(r *http.Request, e webhook.Endpoint) (string, error) {
	done, err := d.Processor.ResendFailed(r.Context(), e, time.Time{})
	did := "resent"
	switch {
	case done.More:
		did = "more"
	case done.Count == 0:
		did = "nothing"
	}
	return "/webhooks/" + e.ID + "?did=" + did, err
}

func (d *Dashboard) resend(r *http.Request, e webhook.Endpoint) (string, error) {
	record, err := d.Processor.Resend(r.Context(), e, mux.Vars(r)["delivery"])
	return deliveryURL(record.Delivery), err
}

// sendEdited sends the form's body in place of the event's. Browsers post the
// line ends of a text area as CR LF.
func (d *Dashboard) sendEdited(r *http.Request, e webhook.Endpoint) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", fault.New(fault.Invalid, "body_unreadable", "The form could not be read, or is too long.").Because(err)
	}
	id, body := mux.Vars(r)["delivery"], strings.ReplaceAll(r.PostForm.Get("body"), "\r\n", "\n")
	_, err := d.Processor.ResendEdited(r.Context(), e, id, []byte(body))
	return "/webhooks/" + e.ID + "/deliveries/" + id, err
}

// record is the delivery in the path.
func (d *Dashboard) record(r *http.Request) (processor.DeliveryRecord, error) {
	e, err := d.endpoint(r)
	if err != nil {
		return processor.DeliveryRecord{}, err
	}
	return d.Processor.DeliveryOf(r.Context(), e, mux.Vars(r)["delivery"])
}

func (d *Dashboard) delivery(w http.ResponseWriter, r *http.Request) error {
	record, err := d.record(r)
	if err != nil {
		return err
	}
	e, here := record.Event, deliveryURL(record.Delivery)
	v := DeliveryView{
		Frame: d.frame(r, "webhooks"), HookDelivery: deliveryLine(record.Delivery),
		Body: indent(record.Endpoint.Body.Write(e)), LiveURL: here + "/live", Revision: deliveryRevision(record),
		Facts: []Fact{
			{Label: "Endpoint", Value: record.Endpoint.For(e).URL, URL: "/webhooks/" + record.Endpoint.ID},
			{Label: "Event", Value: e.ID, Code: true},
			{Label: "Payment", Value: e.Payment, URL: "/payments/" + e.Payment, Code: true},
			{Label: "Happened", At: e.At},
			{Label: "Tries", Value: fmt.Sprintf("%d of %d", record.Tries, record.Endpoint.MaxTries())},
		},
	}
	if course, ok := e.Courses[sim.Webhook]; ok {
		v.Facts = append(v.Facts, Fact{Label: "On purpose", Value: course.Says()})
	}
	if record.Status == webhook.DeliveryPending {
		v.Facts = append(v.Facts, Fact{Label: "Next try", At: record.NextAt})
	}
	may := d.may(r, identity.WriteWebhooks)
	if may {
		v.EditURL = here + "/edit"
	}
	if may && record.Endpoint.Enabled {
		v.Resend = Button{"Send again", here + "/resend", ""}
	}
	for _, a := range slices.Backward(record.Attempts) {
		v.Tries = append(v.Tries, tryView(a, record))
	}
	return RenderDelivery(w, v)
}

func deliveryRevision(r processor.DeliveryRecord) string {
	return fmt.Sprintf("%s.%d.%d", r.Status, r.Tries, len(r.Attempts))
}

func (d *Dashboard) deliveryLive(w http.ResponseWriter, r *http.Request) error {
	record, err := d.record(r)
	if err != nil {
		return err
	}
	told := ""
	return d.follow(w, r, record.Event.Payment, func(_ context.Context, out *bytes.Buffer) error {
		record, err := d.record(r)
		if now := deliveryRevision(record); err == nil && now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}

func tryView(a webhook.Attempt, record processor.DeliveryRecord) DeliveryTry {
	head, body := a.Sent(record.Event)
	v := DeliveryTry{
		ID: fmt.Sprintf("try-%d-%d", a.Number, a.At.UnixMicro()), Title: fmt.Sprintf("Try %d", a.Number), At: a.At,
		Took: a.Took.Round(time.Microsecond).String(), Good: a.Code >= 200 && a.Code < 300, Note: a.Error, Request: sentText(a, head, body),
	}
	if a.Edited() {
		v.Title = "An edited body"
	}
	if a.Code > 0 {
		v.Code = answered(a)
		v.Response = strings.TrimSpace("HTTP/1.1 " + v.Code + "\n" + a.Headers + "\n" + a.Response)
	}
	return v
}

// sentText is a request as it went out, with its body laid out to be read.
func sentText(a webhook.Attempt, head []webhook.Header, body []byte) string {
	var b strings.Builder
	b.WriteString("POST " + a.Request.URL + "\n")
	for _, line := range head {
		b.WriteString(line.Name + ": " + line.Value + "\n")
	}
	return b.String() + "\n" + indent(body)
}
