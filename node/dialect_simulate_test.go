package node

import (
	"strings"
	"testing"

	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/stripespec"
	"sandbank/payment"
)

// What is to happen on purpose is said by header or by metadata, in either API. It is no metadata afterwards, and what cannot
// be read is refused in the API's own form, with its parameter.
func TestDialects_Simulate(t *testing.T) {
	a := newDutch(t, Config{})
	s := teller{t, a.node, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
	const (
		lost   = `{"bank": {"outcome": "declined", "reason": "lost_card"}}`
		pays   = `{"customer": [{"action": "pay", "card": "4000000000009995"}]}`
		create = "amount=500&currency=eur"
	)
	header := func(text string) []string { return []string{"Sandbank-Simulate", text} }

	for name, c := range map[string]struct {
		form    string
		headers []string
	}{
		"header":   {create + "&metadata[order]=7", header(lost)},
		"metadata": {create + "&metadata[order]=7&metadata[sandbank_simulate]=" + lost, nil},
	} {
		o := s.ask("POST", "/v1/payment_intents", c.form+"&confirm=true&payment_method=pm_card_visa", 402, c.headers...)
		if at(o, "error.decline_code") != "lost_card" || at(o, "error.payment_intent.metadata.order") != "7" || at(o, "error.payment_intent.metadata.sandbank_simulate") != nil {
			t.Errorf("by %s the bank declines with %v", name, o)
		}
	}
	// In a session's own metadata, and in its intent's, the customer is told what to do.
	for _, of := range []string{"metadata", "payment_intent_data[metadata]"} {
		made := s.ask("POST", "/v1/checkout/sessions", checkout+"&"+of+"[sandbank_simulate]="+pays, 200)
		id := "tr_" + strings.TrimPrefix(made["id"].(string), "cs_test_")
		a.settles(id, func(p payment.Payment) bool {
			return len(p.Attempts) == 1 && p.Attempts[0].Status == payment.AttemptDeclined
		})
		s.holds(made, map[string]any{"metadata.cart": "c1", "metadata.sandbank_simulate": nil})
	}
	s.holds(s.ask("POST", "/v1/charges", create+"&source=tok_visa&metadata[sandbank_simulate]="+lost, 402), map[string]any{"error.decline_code": "lost_card"})
	intent := "/v1/payment_intents/" + s.ask("POST", "/v1/payment_intents", create, 200)["id"].(string)

	text := strings.ReplaceAll(lost, `"`, `\"`) // as typed clients have it
	for name, c := range map[string]struct {
		more, kept string
		headers    []string
	}{
		"header":                 {`, "metadata": {"order": "7"}`, `map[order:7]`, header(lost)},
		"metadata":               {`, "metadata": {"order": "7", "sandbank_simulate": ` + lost + `}`, `map[order:7]`, nil},
		"metadata as a text":     {`, "metadata": {"order": {"n": 7}, "sandbank_simulate": "` + text + `"}`, `map[order:map[n:7]]`, nil},
		"metadata with no other": {`, "metadata": {"sandbank_simulate": ` + lost + `}`, `<nil>`, nil},
	} {
		made := a.ask("POST", "payments", `{"amount": {"currency": "EUR", "value": "10.00"}, "description": "Mugs", "redirectUrl": "https://shop.example/"`+c.more+`}`, 201, c.headers...)
		a.holds(made, map[string]any{"metadata": c.kept})
		id := made["id"].(string)
		a.paid(id)
		seen, err := a.node.Processor().OwnPayment(t.Context(), "demo-shop", house(id))
		if err != nil || seen.Attempts[0].Status != payment.AttemptDeclined || seen.Attempts[0].Reason.Code != "lost_card" {
			t.Errorf("by %s the try is %+v, %v", name, seen.Attempts, err)
		}
	}

	const key = "metadata[sandbank_simulate]"
	for name, c := range map[string]struct {
		path, form string
		param      string
		headers    []string
	}{
		"no JSON":            {"/v1/payment_intents", create + "&" + key + "=declined", key, nil},
		"a list":             {"/v1/payment_intents", create + "&" + key + "=[]", key, nil},
		"no such member":     {"/v1/payment_intents", create + "&" + key + `={"bnak": {}}`, key + "[bnak]", nil},
		"another type":       {"/v1/payment_intents", create + "&" + key + `={"bank": {"outcome": 7}}`, key + "[bank][outcome]", nil},
		"no such outcome":    {"/v1/payment_intents", create + "&" + key + `={"bank": {"outcome": "maybe"}}`, key + "[bank][outcome]", nil},
		"an early capture":   {"/v1/payment_intents", create + "&" + key + `={"bank": {"capture": {"outcome": "error"}}}`, key + "[bank][capture]", nil},
		"twice":              {"/v1/payment_intents", create + "&" + key + "=" + lost, key, header(lost)},
		"too late":           {intent, key + "=" + lost, key, nil},
		"a wrong header":     {"/v1/payment_intents", create, "Sandbank-Simulate", header("declined")},
		"in a charge":        {"/v1/charges", create + "&source=tok_visa&" + key + "={}}", key, nil},
		"in a session":       {"/v1/checkout/sessions", checkout + "&" + key + "=7", key, nil},
		"in its intent":      {"/v1/checkout/sessions", checkout + "&payment_intent_data[metadata][sandbank_simulate]=7", "payment_intent_data[metadata][sandbank_simulate]", nil},
		"in both, of one":    {"/v1/checkout/sessions", checkout + "&" + key + "={}", key, header("{}")},
		"a card not for it":  {"/v1/payment_intents", create + "&" + key + `={"customer": [{"action": "pay", "card": "4000000000000009"}]}`, key + "[customer][0][card]", nil},
		"an unknown channel": {"/v1/payment_intents", create + "&" + key + `={"channels": {"pigeon": {"how": ["lost"]}}}`, key + "[channels][pigeon]", nil},
	} {
		o := s.ask("POST", c.path, c.form, 400, c.headers...)
		if at(o, "error.type") != "invalid_request_error" || at(o, "error.param") != c.param {
			t.Errorf("%s is refused with %v, expected the parameter %s", name, o, c.param)
		}
		made := `{"amount": {"currency": "EUR", "value": "10.00"}, "description": "Mugs", "redirectUrl": "https://shop.example/"`
		_, order, given := strings.Cut(c.form, key+"=")
		if c.path != "/v1/payment_intents" || !given {
			continue
		}
		order = strings.ReplaceAll(order, `"`, `\"`)
		field := strings.NewReplacer("][", ".", "[", ".", "]", "").Replace(c.param)
		refused := a.ask("POST", "payments", made+`, "metadata": {"sandbank_simulate": "`+order+`"}}`, 422, c.headers...)
		if refused["field"] != field {
			t.Errorf("%s is refused at Mollie's with %v, expected the field %s", name, refused, field)
		}
	}
	id := a.made("")
	a.holds(a.ask("PATCH", "payments/"+id, `{"metadata": {"sandbank_simulate": {}}}`, 422), map[string]any{"field": "metadata.sandbank_simulate"})
	a.holds(a.ask("POST", "payments", `{}`, 422, header("{")...), map[string]any{"field": "amount"}) // the first complaint
}
