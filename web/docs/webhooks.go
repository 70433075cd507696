package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/secret"
	"sandbank/web/contract"
	"sandbank/webhook"
)

// WebhooksView explains how webhooks are sent, signed and tried again.
type WebhooksView struct {
	Frame
	Tries      []Try
	Span       string // of the whole schedule
	Spread     string
	Timeout    string
	RetryAfter string
	Tolerance  string
	Overlap    string
	Kept       int
	AtOnce     int
	MaxRequest string
	Headers    string // of an example, as they are sent
	Full, Thin string // example bodies
	Register   string
	Verify     string
	Listen     string
}

// Try is one line of the retry schedule.
type Try struct {
	Number int
	After  string // the one before
	Total  string // since the first
}

// exampleEvent is the page's example: the contract's own example of a payment.
func exampleEvent() event.Event {
	return event.Event{
		ID: "evt_01890a5e-043c-7d1f-9a42-5be2f10c7a34", Type: event.PaymentCaptured, Sequence: 12,
		At: time.Date(2026, 3, 14, 14, 5, 31, 200e6, time.UTC), Data: examplePayment(),
	}
}

func examplePayment() []byte {
	var out bytes.Buffer
	data := read(contract.OpenAPI()).get("components", "examples", "CapturedEvent", "value", "data")
	if err := json.Compact(&out, []byte(data.json(""))); err != nil {
		panic("docs: " + err.Error()) // the document is part of the program
	}
	return out.Bytes()
}

func laidOut(b []byte) string {
	var out bytes.Buffer
	_ = json.Indent(&out, b, "", "  ") // it is our own JSON
	return out.String()
}

func webhooks(base string) WebhooksView {
	e := exampleEvent()
	keys := webhook.Keys{Secret: secret.Kept(webhook.Secret([]byte("an example, and nobody's secret!"))), Key: secret.Kept(webhook.NewKey([]byte("an example, and nobody's secret!")))}
	at := e.At.Add(100 * time.Millisecond)
	a := webhook.Attempt{At: at, Request: webhook.Request{Body: webhook.BodyFull}}
	_, body := a.Sent(e)
	a.Request.Signature, _ = webhook.Endpoint{Keys: keys}.Sign(e.ID, at, body) // the key is good
	head, _ := a.Sent(e)
	v := WebhooksView{
		Frame: Frame{Section: "webhooks"}, Tries: schedule(), Spread: fmt.Sprintf("%.0f %%", webhook.Spread*100), Timeout: words(webhook.Timeout),
		RetryAfter: words(webhook.MaxRetryAfter), Tolerance: words(webhook.Tolerance), Overlap: words(webhook.Overlap), Kept: webhook.MaxKept, AtOnce: webhook.PerEndpoint,
		MaxRequest: fmt.Sprintf("%d KiB", webhook.MaxRequest>>10), Full: laidOut(body), Thin: laidOut(webhook.BodyThin.Write(e)),
	}
	v.Span = v.Tries[len(v.Tries)-1].Total
	for _, line := range head {
		v.Headers += line.Name + ": " + line.Value + "\n"
	}
	v.Register = "curl -s " + base + "/v1/webhook-endpoints -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n" +
		"  -d '{\"url\": \"http://localhost:3000/hooks\", \"events\": [\"payment.captured\"], \"body\": \"full\", \"signature\": \"hmac\"}'"
	v.Verify = verifying
	v.Listen = "go run ./cmd/merchant listen --url " + base + " --forward-to http://localhost:3000/hooks"
	return v
}

// verifying is the receiver's computation.
const verifying = `content   = webhook-id + "." + webhook-timestamp + "." + body     the bytes as they came
v1        = base64(HMAC-SHA256(content, key))                     key: what follows whsec_, decoded from base64
v1a       = base64(ed25519 signature of content)                  verified with what follows whpk_, decoded from base64`

// schedule is the code's own table, in words.
func schedule() []Try {
	list := []Try{{Number: 1, After: "at once", Total: "at once"}}
	total := time.Duration(0)
	for i, wait := range webhook.Schedule() {
		total += wait
		list = append(list, Try{Number: i + 2, After: words(wait), Total: words(total)})
	}
	return list
}

// words is a duration as one says it.
func words(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.size; n > 0 {
			plural := "s"
			if n == 1 {
				plural = ""
			}
			parts = append(parts, fmt.Sprintf("%d %s%s", n, unit.name, plural))
			d -= n * unit.size
		}
	}
	return strings.Join(parts, " ")
}

// CheckView is the signature checker: the input and the findings.
type CheckView struct {
	Frame
	Key, Head, Body string
	Asked           bool
	Result          webhook.Examination
	Problem         string // why nothing could be looked at
}

// maxPasted bounds the checker's input, in bytes: form encoding can make a body
// three times as long.
const maxPasted = 4 * webhook.MaxRequest

// check examines the input, answers, and forgets it: nothing is stored or
// logged, and none of it is in an address.
func check(w http.ResponseWriter, r *http.Request) {
	v, status := CheckView{Frame: Frame{Section: "webhooks"}}, http.StatusOK
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxPasted)
		if err := r.ParseForm(); err != nil {
			v.Problem, status = fmt.Sprintf("That is more than %d KiB, or no form.", maxPasted>>10), http.StatusBadRequest
		} else {
			v.look(r)
		}
	}
	var out bytes.Buffer
	if err := pages().Render(&out, "check", v); err != nil {
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the browser is gone if this fails
}

// look examines the posted form. Browsers post the line ends of a text area as
// CR LF. The time is the computer's, as it is for receivers.
func (v *CheckView) look(r *http.Request) {
	v.Asked, v.Key, v.Head = true, r.PostForm.Get("key"), r.PostForm.Get("head")
	v.Body = strings.ReplaceAll(r.PostForm.Get("body"), "\r\n", "\n")
	v.Result = webhook.Examine(v.Key, v.Head, []byte(v.Body), clock.Real{}.Now())
}
