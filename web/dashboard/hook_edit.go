package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/processor"
	"sandbank/webhook"
)

// editForm changes an endpoint.
func editForm(e webhook.Endpoint) *Form {
	e = e.Chosen()
	as := func(s string) string { return s }
	return &Form{ID: "edit", URL: "/webhooks/" + e.ID + "/edit", Button: "Change it", Fields: []Field{
		{ID: "edit-url", Name: "url", Label: "URL", Value: e.URL, Most: 2048},
		{ID: "edit-description", Name: "description", Label: "Description", Hint: "May be empty.", Value: e.Description, Most: 255},
		{ID: "edit-events", Name: "events", Label: "Events", Hint: "Types, with commas between them; * is all, and nothing the usual ones.", Value: strings.Join(e.Events, ", "), Most: 1000},
		{ID: "edit-body", Name: "body", Label: "Body", Value: string(e.Body), Options: options(webhook.Bodies(), as)},
		{ID: "edit-signature", Name: "signature", Label: "Signature", Value: string(e.Signature), Options: options(webhook.Signatures(), as)},
	}}
}

// editHook changes the endpoint in the path. A form that is refused comes back with what was typed.
func (d *Dashboard) editHook(w http.ResponseWriter, r *http.Request) error {
	e, err := d.endpoint(r)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(e.ID)
	if !r.PostForm.Has("url") { // not the form of this page, which has every field
		return fault.New(fault.Invalid, "form_invalid", "The form did not arrive whole, or cannot be read; nothing was done.")
	}
	typed := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	url, description, events := typed("url"), typed("description"), split(typed("events"))
	body, signature := webhook.Body(typed("body")), webhook.Signature(typed("signature"))
	_, err = d.Processor.ChangeEndpoint(r.Context(), e.Merchant, e.ID, processor.EndpointChange{URL: &url, Description: &description, Events: &events, Body: &body, Signature: &signature})
	if status, mine := refusal(err); mine {
		v, failed := d.hookView(r, e)
		if failed != nil || v.Form == nil {
			return errors.Join(failed, err)
		}
		for i := range v.Form.Fields {
			f := &v.Form.Fields[i]
			f.Value = again(r.PostFormValue(f.Name))
			for _, wrong := range fault.From(err).Fields {
				if strings.HasPrefix(wrong.Pointer, "/"+f.Name) {
					f.Error = "It " + wrong.Detail + "."
				}
			}
		}
		v.Form.Error = fault.From(err).Message
		begin(w, status)
		return errors.Join(worded{err}, RenderHook(w, v))
	}
	if err == nil {
		http.Redirect(w, r, "/webhooks/"+e.ID+"?did=changed", http.StatusSeeOther)
	}
	return err
}

// split reads a list with commas between its parts.
func split(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }), func(s string) bool { return s == "" })
}

// testHook sends the endpoint in the path a test event, and shows what came of it.
func (d *Dashboard) testHook(w http.ResponseWriter, r *http.Request) error {
	e, err := d.endpoint(r)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(e.ID)
	_, tried, err := d.Processor.TestEndpoint(r.Context(), e)
	if err != nil {
		return err
	}
	v, err := d.hookView(r, e)
	if err != nil {
		return err
	}
	v.Notice = fmt.Sprintf("The test event was answered with %s after %s.", answered(tried), tried.Took.Round(time.Microsecond))
	if tried.Code == 0 {
		v.Notice = "The test event got no answer: " + tried.Error
	}
	return RenderHook(w, v)
}
