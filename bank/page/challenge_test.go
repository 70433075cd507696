package page_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment/instrument"
)

// What cannot be read is refused as such, in words that lead on; only what is not there is not found.
func TestConfirm_TellsWhatCannotBeReadFromWhatIsNotThere(t *testing.T) {
	base, challenges := asking(t)
	address := challenges.URL(0, wire.Request{
		Type: wire.Authorize, ID: "req_1", Bank: bank.Seven()[0].Identifier, Payment: "pay_1", Attempt: 1, Amount: money.Must("19.99", "EUR"), ReturnURL: "http://127.0.0.1:1/back",
		Instrument: &instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "3155", Behavior: instrument.Challenge},
	})
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, url, kind, body string
		status                  int
		says                    string
	}{
		"the question":                 {"GET", address, "", "", 200, "Is this you?"},
		"no question":                  {"GET", base + "/confirm", "", "", 404, "There is nothing to confirm here"},
		"a forged question":            {"GET", base + "/confirm?q=forged", "", "", 404, "There is nothing to confirm here"},
		"a query that cannot be read":  {"GET", base + "/confirm?q=%zz", "", "", 400, "This address is not right"},
		"another parameter":            {"GET", address + "&a=b", "", "", 400, "This address is not right"},
		"the question, twice":          {"GET", address + "&q=b", "", "", 400, "This address is not right"},
		"an answer to a forged one":    {"POST", base + "/confirm?q=forged", form, "answer=approve", 404, "There is nothing to confirm here"},
		"an answer beside a bad query": {"POST", address + "&%zz", form, "answer=approve", 400, "This address is not right"},
		"a form that cannot be read":   {"POST", address, form, "answer=%zz", 400, "Back to the question"},
		"a form with a semicolon":      {"POST", address, form, "answer=approve;b=c", 400, "Back to the question"},
		"a form that is too long":      {"POST", address, form, "answer=approve&x=" + strings.Repeat("x", 5000), 400, "Back to the question"},
		"no form":                      {"POST", address, "application/json", `{"answer": "approve"}`, 400, "Back to the question"},
		"no answer":                    {"POST", address, form, "", 400, "Back to the question"},
		"an unknown answer":            {"POST", address, form, "answer=perhaps", 400, "Back to the question"},
		"an unknown outcome":           {"POST", address, form, "answer=pick&outcome=perhaps&delay=now", 400, "Back to the question"},
		"an unknown delay":             {"POST", address, form, "answer=pick&outcome=approve&delay=soon", 400, "Back to the question"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.kind)
		got, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if got.StatusCode != c.status || err != nil || !strings.Contains(string(page), c.says) {
			t.Errorf("%s: want %d and %q, got %d, %v\n%s", name, c.status, c.says, got.StatusCode, err, page)
		}
	}
}
