package wire

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123000, time.UTC)

func aRequest() Request {
	deadline := noon.Add(30 * time.Second)
	return Request{
		Type: Authorize, ID: "req_1", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Merchant: "demo-shop", Amount: money.Must("19.90", "EUR"),
		Capture: "automatic", Instrument: &instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242", Behavior: instrument.Neutral},
		ReturnURL: "https://api.example/pay/x", CreatedAt: noon, Deadline: &deadline,
	}
}

func aResult() Result {
	why := reason.Because(reason.InsufficientFunds, "card ending 9995")
	return Result{
		Type: ResultType, ID: "res_1", RequestID: "req_1", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Outcome: payment.OutcomeDeclined,
		Amount: money.Must("1234", "JPY"), Reason: &why, Rule: why.Rule, BankReference: "SAND-1", DecidedAt: noon,
	}
}

// aCall names a bank, as the other messages do, so that what spoils a name spoils it, too.
func aCall() Call {
	return Call{Type: CallType, ID: "SANDNL2A", SentAt: time.Date(2026, 3, 14, 14, 5, 8, 0, time.UTC)}
}

func aHealth() Health {
	return Health{
		Type: HealthType, Bank: "SANDNL2A", Name: "Prompt Bank", Behavior: "answers at once", Online: true,
		Currencies: []money.Currency{"EUR", "JPY"}, Weight: 1, IntervalSeconds: 2, SentAt: noon,
	}
}

func TestMessages_RoundTrip(t *testing.T) {
	if got, err := ReadRequest(Encode(aRequest())); err != nil || !reflect.DeepEqual(got, aRequest()) {
		t.Errorf("request: %+v, %v", got, err)
	}
	reverse := Request{Type: Reverse, ID: "req_2", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Merchant: "m", Amount: money.Must("1.00", "EUR"), Reverses: "req_1", CreatedAt: noon}
	if got, err := ReadRequest(Encode(reverse)); err != nil || !reflect.DeepEqual(got, reverse) {
		t.Errorf("reversal: %+v, %v", got, err)
	}
	if got, err := ReadResult(Encode(aResult())); err != nil || !reflect.DeepEqual(got, aResult()) {
		t.Errorf("result: %+v, %v", got, err)
	}
	if got, err := ReadHealth(Encode(aHealth())); err != nil || !reflect.DeepEqual(got, aHealth()) {
		t.Errorf("health: %+v, %v", got, err)
	}
}

// readers are the three ways in, each with a body that passes.
var readers = map[string]struct {
	good []byte
	read func([]byte) error
}{
	"request": {Encode(aRequest()), func(b []byte) error { _, err := ReadRequest(b); return err }},
	"result":  {Encode(aResult()), func(b []byte) error { _, err := ReadResult(b); return err }},
	"call":    {Encode(aCall()), func(b []byte) error { _, err := ReadCall(b); return err }},
	"health":  {Encode(aHealth()), func(b []byte) error { _, err := ReadHealth(b); return err }},
}

func TestMessages_RefuseWhatIsNoMessage(t *testing.T) {
	for name, r := range readers {
		good := string(r.good)
		for what, body := range map[string]string{
			"empty": "", "null": "null", "array": "[]", "string": `"x"`, "number": "7", "empty object": "{}", "binary": "\x00\xff\x01",
			"cut": good[:len(good)-1], "two": good + good, "trailing word": good + " x", "trailing brace": good + "}", "trailing bracket": good + "]",
			"deep": strings.Repeat("[", 60_000), "invalid UTF-8": strings.Replace(good, "SANDNL2A", "SAND\xffL2A", 1), "other type": strings.Replace(good, `"type":"`, `"type":"x`, 1),
			"too large": strings.Replace(good, "{", "{"+strings.Repeat(" ", MaxBody), 1),
		} {
			if r.read([]byte(body)) == nil {
				t.Errorf("%s, %s: passes", name, what)
			}
		}
		if err := r.read([]byte(" \n" + good + "\n ")); err != nil {
			t.Errorf("%s with space around it: %v", name, err)
		}
	}
}

func TestReadRequest_RefusesGaps(t *testing.T) {
	for name, spoil := range map[string]func(*Request){
		"no id": func(r *Request) { r.ID = "" }, "no payment": func(r *Request) { r.Payment = "" },
		"no bank": func(r *Request) { r.Bank = "" }, "a bank that is no BIC": func(r *Request) { r.Bank = "X" },
		"no attempt": func(r *Request) { r.Attempt = 0 }, "huge attempt": func(r *Request) { r.Attempt = 1 << 40 }, "no instrument": func(r *Request) { r.Instrument = nil },
		"nothing to pay": func(r *Request) { r.Amount = money.Zero("EUR") },
	} {
		r := aRequest()
		spoil(&r)
		if _, err := ReadRequest(Encode(r)); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

func TestReadResult_RefusesGaps(t *testing.T) {
	for name, spoil := range map[string]func(*Result){
		"no id": func(r *Result) { r.ID = "" }, "long id": func(r *Result) { r.ID = strings.Repeat("x", 201) },
		"no payment": func(r *Result) { r.Payment = "" }, "no request": func(r *Result) { r.RequestID = "" },
		"no bank": func(r *Result) { r.Bank = "" }, "no amount": func(r *Result) { r.Amount = money.Amount{} },
		"NUL in id": func(r *Result) { r.ID = "res\x00" }, "NUL in payment": func(r *Result) { r.Payment = "pay\x00" },
		"huge attempt": func(r *Result) { r.Attempt = 1 << 40 }, "negative attempt": func(r *Result) { r.Attempt = -1 },
		"NUL in bank": func(r *Result) { r.Bank = "SAND\x00" },
	} {
		r := aResult()
		spoil(&r)
		if _, err := ReadResult(Encode(r)); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

func TestReadHealth_RefusesNonsense(t *testing.T) {
	for name, spoil := range map[string]func(*Health){
		"no bank": func(h *Health) { h.Bank = "" }, "lower case": func(h *Health) { h.Bank = "sandnl2a" },
		"no interval": func(h *Health) { h.IntervalSeconds = 0 }, "negative interval": func(h *Health) { h.IntervalSeconds = -1 },
		"long interval": func(h *Health) { h.IntervalSeconds = 3601 }, "long name": func(h *Health) { h.Name = strings.Repeat("n", 101) },
		"long behavior": func(h *Health) { h.Behavior = strings.Repeat("n", 501) }, "negative weight": func(h *Health) { h.Weight = -1 },
		"huge weight": func(h *Health) { h.Weight = 1 << 40 }, "share above one": func(h *Health) { two := 2.0; h.Temper = &Temper{Silent: &two} },
	} {
		h := aHealth()
		spoil(&h)
		if _, err := ReadHealth(Encode(h)); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}
