package mollie

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"sandbank/dialect/answer"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// keyLife is how long an idempotency key counts, in simulated time (docs.mollie.com/reference/api-idempotency).
const keyLife = time.Hour

// maxKey is the longest idempotency key, in characters.
const maxKey = 255

func newKeeper(p *processor.Processor) *answer.Keeper {
	return &answer.Keeper{
		Documents: p, Kind: "mollie.answer",
		Twin:  fault.New(fault.Conflict, "idempotency_key_in_flight", "A request with this idempotency key is being processed. Send it again in a moment."),
		Other: fault.New(fault.Unprocessable, "idempotency_key_reused", "This idempotency key was used with another request: its path or its body were others."),
	}
}

// dated is a body with the time at which it was made.
type dated struct {
	At   time.Time       `json:"at"`
	Body json.RawMessage `json:"body,omitempty"`
}

// once gives the first answer again to a POST whose idempotency key came within the hour before. An answer is kept under
// its key and the hour in which it was made: at most two of them can count.
func (a *API) once(w http.ResponseWriter, c *call, do func() (reply, error)) (reply, error) {
	sent := c.request.Header.Get("Idempotency-Key")
	if sent == "" || c.request.Method != http.MethodPost {
		return do()
	}
	if len(sent) > maxKey || form.Shown(sent) != sent && len(sent) < 2 || instrument.NamesCard(sent) {
		return reply{}, fault.New(fault.Invalid, "idempotency_key_invalid", "The Idempotency-Key must have 1 to %d characters and no card number.", maxKey)
	}
	now := a.Clock.Now()
	hour := now.Unix() / int64(keyLife/time.Second)
	first, same, found, err := a.answers.First(c.ctx, c.underKey(sent, hour-1))
	if err != nil {
		return reply{}, err
	}
	if early, at, err := again(first); err != nil || found && now.Sub(at) < keyLife {
		if !same && err == nil {
			err = a.answers.Other
		}
		w.Header().Set("Idempotent-Replayed", "true")
		return early, err
	}
	c.key = answer.Digest("mollie", c.route, sent, strconv.FormatInt(hour, 10))
	var made reply
	first, replayed, err := a.answers.Once(c.ctx, c.underKey(sent, hour), func() (answer.Answer, error) {
		var err error
		if made, err = do(); err != nil {
			return answer.Answer{}, err
		}
		return made.kept(now)
	})
	if err != nil || !replayed {
		return made, err
	}
	w.Header().Set("Idempotent-Replayed", "true")
	made, _, err = again(first)
	return made, err
}

// underKey is the request with its key in one hour.
func (c *call) underKey(key string, hour int64) answer.Asked {
	return answer.Asked{Merchant: c.Merchant.ID, Key: []string{key, strconv.FormatInt(hour, 10)}, Route: c.route, Words: []string{c.request.URL.Path, string(c.sent)}}
}

// kept is a reply as it is kept.
func (r reply) kept(at time.Time) (answer.Answer, error) {
	body := dated{At: at}
	var err error
	if r.body != nil {
		if body.Body, err = json.Marshal(r.body); err != nil {
			return answer.Answer{}, err
		}
	}
	encoded, err := json.Marshal(body)
	return answer.Answer{Status: r.status, Body: encoded, Payment: r.payment}, err
}

// again is a kept reply, and when it was made; the zero value of what is none.
func again(first answer.Answer) (r reply, at time.Time, err error) {
	if first.Body == nil {
		return r, at, nil
	}
	var body dated
	if err := json.Unmarshal(first.Body, &body); err != nil {
		return r, at, err
	}
	r = reply{status: first.Status, payment: first.Payment}
	if body.Body != nil {
		r.body = body.Body
	}
	return r, body.At, nil
}
