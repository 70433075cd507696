package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// DeliveryResource is one event on its way to one endpoint. Its tries are shown
// where one delivery is asked for.
type DeliveryResource struct {
	ID        string                 `json:"id"`
	Endpoint  string                 `json:"endpoint"`
	EventID   string                 `json:"event_id"`
	EventType string                 `json:"event_type"`
	Sequence  int64                  `json:"sequence"`
	Status    webhook.DeliveryStatus `json:"status"`
	Tries     int                    `json:"tries"`
	NextTryAt *time.Time             `json:"next_try_at,omitempty"` // while pending
	CreatedAt time.Time              `json:"created_at"`
	Attempts  []DeliveryAttempt      `json:"attempts,omitempty"`
	Simulated *sim.Delivery          `json:"simulated,omitempty"` // what is done to it on purpose
}

// DeliveryAttempt is one try with what was sent and what came back.
type DeliveryAttempt struct {
	Number   int              `json:"number,omitempty"` // absent where the body was edited
	Edited   bool             `json:"edited,omitempty"`
	At       time.Time        `json:"at"`
	Duration float64          `json:"duration_seconds"`
	Error    string           `json:"error,omitempty"`
	Request  AttemptRequest   `json:"request"`
	Response *AttemptResponse `json:"response,omitempty"` // absent where none came
}

// AttemptRequest is the request of one try. It is signed, and holds no secret.
type AttemptRequest struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// AttemptResponse is the receiver's answer, cut to the length that is kept.
type AttemptResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// ResendFailed is the body of POST /v1/webhook-endpoints/{id}/resend-failed.
type ResendFailed struct {
	Since *time.Time `json:"since,omitempty"`
}

// Resent is its answer.
type Resent struct {
	Count int  `json:"count"`
	More  bool `json:"more"`
}

func deliveryShown(d webhook.Delivery) DeliveryResource {
	r := DeliveryResource{
		ID: d.ID, Endpoint: d.Endpoint.ID, EventID: d.Event.ID, EventType: d.Event.Type, Sequence: d.Event.Sequence,
		Status: d.Status, Tries: d.Tries, CreatedAt: d.Event.At,
	}
	if course, ok := d.Event.Courses[sim.Webhook]; ok {
		r.Simulated = &course
	}
	if d.Status == webhook.DeliveryPending {
		r.NextTryAt = &d.NextAt
	}
	return r
}

func recordShown(d processor.DeliveryRecord) DeliveryResource {
	r := deliveryShown(d.Delivery)
	for _, a := range d.Attempts {
		r.Attempts = append(r.Attempts, attemptShown(a, d.Event))
	}
	return r
}

func attemptShown(a webhook.Attempt, of event.Event) DeliveryAttempt {
	head, body := a.Sent(of)
	out := DeliveryAttempt{
		Number: a.Number, Edited: a.Edited(), At: a.At, Duration: a.Took.Seconds(), Error: a.Error,
		Request: AttemptRequest{URL: a.Request.URL, Headers: map[string]string{}, Body: string(body)},
	}
	for _, line := range head {
		out.Request.Headers[line.Name] = line.Value
	}
	if a.Code > 0 {
		out.Response = &AttemptResponse{Status: a.Code, Headers: readHeaders(a.Headers), Body: a.Response}
	}
	return out
}

// testEndpoint sends a test event, and answers with what came of it.
func (a *API) testEndpoint(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	of, tried, err := a.Processor.TestEndpoint(r.Context(), e)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, attemptShown(tried, of))
}

// readHeaders reads kept header lines; those of one name are joined, as RFC 9110,
// section 5.3, has it.
func readHeaders(lines string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if before, ok := m[name]; ok {
			value = before + ", " + value
		}
		m[name] = value
	}
	return m
}

func (a *API) listDeliveries(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	q := gate.Query(r)
	status := webhook.DeliveryStatus(q.Get("status"))
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	at := windowOf(problem, q, "del")
	if status != "" {
		form.CheckChoice(problem, "status", status, webhook.DeliveryStatuses())
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Deliveries(r.Context(), e, status, at)
	return replyKept(w, found, err, deliveryShown)
}

func (a *API) getDelivery(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	d, err := a.Processor.DeliveryOf(r.Context(), e, mux.Vars(r)["delivery"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, recordShown(d))
}

func (a *API) resendDelivery(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	d, err := a.Processor.Resend(r.Context(), e, mux.Vars(r)["delivery"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, recordShown(d))
}

func (a *API) resendFailed(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.endpoint(r, call)
	if err != nil {
		return err
	}
	var body ResendFailed
	if r.ContentLength != 0 { // a body may be left out
		if err := decode(r, &body); err != nil {
			return err
		}
	}
	var since time.Time
	if body.Since != nil {
		since = *body.Since
	}
	done, err := a.Processor.ResendFailed(r.Context(), e, since)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusAccepted, Resent(done))
}

// getEvent answers one event, the same bytes as on every channel.
func (a *API) getEvent(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	e, err := a.Processor.Event(r.Context(), call.Merchant.ID, mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, json.RawMessage(e.Body()))
}
