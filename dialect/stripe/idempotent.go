package stripe

import (
	"encoding/json"
	"errors"
	"net/http"

	"sandbank/chance"
	"sandbank/dialect/alias"
	"sandbank/dialect/answer"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// maxKey is the longest idempotency key, in characters.
const maxKey = 255

func newKeeper(p *processor.Processor) *answer.Keeper {
	return &answer.Keeper{
		Documents: p, Kind: "stripe.answer",
		Twin:  fault.New(fault.Conflict, "idempotency_key_in_flight", "There is currently another in-progress request using this Idempotent Key."),
		Other: fault.New(fault.Unprocessable, "idempotency_key_reused", "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than the one sent if you meant to execute a different request."),
	}
}

// once gives the first answer again to a request whose idempotency key came before.
// An answer is kept when something was done, also where a card was refused; a request
// that was refused as such may be mended and sent again under its key.
func (a *API) once(w http.ResponseWriter, c *call, encoded string, do func() (int, object.Object, error)) (int, object.Object, error) {
	sent := c.request.Header.Get("Idempotency-Key")
	if sent == "" || c.request.Method == http.MethodGet {
		return do()
	}
	if len(sent) > maxKey || form.Shown(sent) != sent && len(sent) < 2 || instrument.NamesCard(sent) {
		return 0, nil, invalid("idempotency_key_invalid", "", "The Idempotency-Key must have 1 to %d characters and no card number.", maxKey)
	}
	c.key = sent
	var status int
	var body object.Object
	asked := answer.Asked{Merchant: c.Merchant.ID, Key: []string{sent}, Route: c.route, Words: []string{c.request.URL.Path, encoded}}
	first, replayed, err := a.answers.Once(c.ctx, asked, func() (answer.Answer, error) {
		var err error
		status, body, err = do()
		if err != nil {
			return answer.Answer{}, err
		}
		return answer.Answer{Status: status, Body: object.Encode(body), Payment: paymentOf(body)}, nil
	})
	if err != nil || !replayed {
		return status, body, err
	}
	w.Header().Set("Idempotent-Replayed", "true")
	for _, n := range c.names { // told the first time
		c.of[n].json()
	}
	err = json.Unmarshal(first.Body, &body)
	return first.Status, body, err
}

// houseKey is a call's idempotency key among those of the house's own API.
func (c *call) houseKey() string {
	if c.key == "" {
		return ""
	}
	return answer.Digest("stripe", c.route, c.key)
}

// paymentOf is the payment that an answer is about; "" for none.
func paymentOf(body object.Object) string {
	for _, name := range []string{"id", "payment_intent"} {
		id, _ := body[name].(string)
		for _, prefix := range []string{object.IntentPrefix, object.SessionPrefix} {
			if found, ok := alias.House(prefix, id, "pay"); ok && chance.ValidID("pay", found) {
				return found
			}
		}
	}
	return ""
}

// cardRefusal is the error object of a refused card.
func cardRefusal(err error) (object.Object, bool) {
	var card *carded
	if errors.As(err, &card) {
		return card.shown, true
	}
	return nil, false
}
