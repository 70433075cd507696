package node

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/web/api"
)

// townBanks are banks that have an account, a rule or a mind for each reason.
const townBanks = `banks:
  - identifier: CENTUS2A
    name: Cents Bank
    behavior: reads the cents
    currencies: [EUR, JPY]
    amount_rules: true
  - identifier: ACCTUS2A
    name: Accounts Bank
    behavior: looks at the account
    currencies: [EUR]
    accounts:
      - {id: poor, holder: Pia Poor, brand: visa, last4: "4242", balance: 5.00}
      - {id: bo, holder: Bo Blocked, brand: mastercard, last4: "4444", status: blocked}
      - {id: clara, holder: Clara Closed, brand: amex, last4: "0005", status: closed}
      - {id: liam, holder: Liam Limited, brand: iban, last4: "0001", most: 5.00}
  - {identifier: TOLDUS2A, name: Told Bank, behavior: does as it is told, currencies: [EUR]}
`

// foreignBank is none of ours.
const foreignBank = "FRGNUS2A"

// town is a whole processor, before which a test is the merchant, the customer,
// an operator, and a foreign bank.
type town struct {
	*cast
	seen map[string]bool // the reason codes that came, in either code or dialect
}

func newTown(t *testing.T) *town {
	t.Helper()
	path := filepath.Join(t.TempDir(), "banks.yaml")
	if err := os.WriteFile(path, []byte(townBanks), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := bank.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	tempers, err := bank.Choose([]string{"SANDNL2A", "NAYSFR2A", "CHALES2A", "CENTUS2A", "ACCTUS2A", "TOLDUS2A"}, file...)
	if err != nil {
		t.Fatal(err)
	}
	n := started(t, Config{Banks: Banks{Tempers: tempers}})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	for _, client := range []identity.Client{identity.DemoShop, identity.DemoOperator} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret.Reveal()}}
		_, body := w.send("", "POST", "/oauth/token", form.Encode(), "")
		w.tokens[client.ID], _ = member(t, body, "access_token").(string)
	}
	w.openForeignBank(n.AMQPURL())
	return w
}

// openForeignBank runs a bank that declines with words of its own.
func (w *town) openForeignBank(at string) {
	w.Helper()
	conn, err := amqp.Dial(at)
	if err != nil {
		w.Fatal(err)
	}
	ch, err := conn.Channel()
	if err == nil {
		err = broker.DeclareBank(foreignBank)(ch)
	}
	if err != nil {
		w.Fatal(err)
	}
	asked, err := ch.Consume(broker.BankQueue(foreignBank), "", false, false, false, false, nil)
	if err != nil {
		w.Fatal(err)
	}
	say := func(exchange, id, kind string, message any) {
		body := amqp.Publishing{ContentType: "application/json", MessageId: id, Type: kind, Body: wire.Encode(message)}
		if err := ch.PublishWithContext(w.Context(), exchange, foreignBank, false, false, body); err != nil {
			w.Error(err)
		}
	}
	say(broker.Health, "health-1", wire.HealthType, wire.Health{
		Type: wire.HealthType, Bank: foreignBank, Name: "Foreign Bank", Online: true, Currencies: []money.Currency{"EUR"}, IntervalSeconds: 3600, SentAt: time.Now(),
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for d := range asked {
			q, err := wire.ReadRequest(d.Body)
			if err != nil || q.Type != wire.Authorize {
				w.Errorf("%s, %v", d.Body, err)
				continue
			}
			say(broker.Results, "res-"+q.ID, wire.ResultType, wire.Result{
				Type: wire.ResultType, ID: "res-" + q.ID, RequestID: q.ID, Payment: q.Payment, Attempt: q.Attempt, Bank: q.Bank, Amount: q.Amount,
				Outcome: payment.OutcomeDeclined, Rule: "the register of deaths", DecidedAt: time.Now(),
				Reason: &reason.Reason{Code: "mort", ISO8583: "05", ISO20022: "MD07", Message: "Le titulaire est mort."},
			})
			_ = d.Ack(false)
		}
	}()
	w.Cleanup(func() { _ = conn.Close(); <-done })
	w.await("the foreign bank is heard", func() bool {
		_, body := w.send("demo-shop", "GET", "/v1/banks", "", "")
		return strings.Contains(body, foreignBank)
	})
}

// await asks again until it is so.
func (w *town) await(what string, so func() bool) {
	w.Helper()
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		if so() {
			return
		}
	}
	w.Fatalf("not in 20 seconds: %s", what)
}

// buyer is one customer's browser, with one payment.
type buyer struct {
	*town
	http *http.Client
	paid payment.Resource
}

// buys makes a payment at a bank.
func (w *town) buys(bic, value string) *buyer {
	w.Helper()
	jar, _ := cookiejar.New(nil)
	b := &buyer{town: w, http: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	currency := "EUR"
	if !strings.Contains(value, ".") {
		currency = "JPY"
	}
	code, body := w.send("demo-shop", "POST", "/v1/payments", fmt.Sprintf(
		`{"amount": {"value": %q, "currency": %q}, "reference": "o", "return_url": "https://shop.example/", "bank": %q}`, value, currency, bic), "")
	if err := json.Unmarshal([]byte(body), &b.paid); err != nil || code != http.StatusAccepted {
		w.Fatalf("%d %s", code, body)
	}
	return b
}

func (b *buyer) read(r *http.Response, err error) string {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// pays goes through the page with a number, up to the bank's answer.
func (b *buyer) pays(number, holder string) {
	b.Helper()
	form := url.Values{"csrf": {hidden(b.read(b.http.Get(b.paid.CheckoutURL)), "csrf")}, "name": {holder}}
	if number[0] > '9' {
		form["method"], form["iban"] = []string{"account"}, []string{number}
	} else {
		form["method"], form["number"], form["exp"], form["csc"] = []string{"card"}, []string{number}, []string{"12/34"}, []string{"123"}
		if number == american {
			form.Set("csc", "1234")
		}
	}
	review := b.read(b.http.PostForm(b.paid.CheckoutURL, form))
	b.read(b.http.PostForm(b.paid.CheckoutURL+"/confirm", url.Values{
		"csrf": {hidden(review, "csrf")}, "instrument": {hidden(review, "instrument")}, "try": {hidden(review, "try")},
	}))
	b.awaitAnswer(payment.Processing)
}

var toTheBank = regexp.MustCompile(`href="([^"]*/confirm\?q=[^"]*)"`)

// confirms does something on the bank's own page.
func (b *buyer) confirms(form url.Values) {
	b.Helper()
	link := toTheBank.FindStringSubmatch(b.read(b.http.Get(b.paid.CheckoutURL)))
	if link == nil || b.paid.Status != payment.ActionRequired {
		b.Fatalf("%s, and no way to the bank", b.paid.Status)
	}
	at := html.UnescapeString(link[1])
	stay := *b.http
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if page := b.read(stay.Get(at)); !strings.Contains(page, "19.99") {
		b.Errorf("the bank's page does not say how much: %.500s", page)
	}
	b.read(stay.PostForm(at, form))
	b.awaitAnswer(payment.ActionRequired)
}

// awaitAnswer follows the payment until its status is another.
func (b *buyer) awaitAnswer(than payment.Status) {
	b.Helper()
	etag := ""
	b.await("an answer to "+b.paid.ID, func() bool {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.paid.Links.Self, nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+b.tokens["demo-shop"])
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
			r.Header.Set("Prefer", "wait=5")
		}
		answer, err := b.http.Do(r)
		body := b.read(answer, err)
		if answer.StatusCode == http.StatusNotModified {
			return false
		}
		etag, b.paid = answer.Header.Get("ETag"), payment.Resource{} // members that are left out must not keep old values
		if err := json.Unmarshal([]byte(body), &b.paid); err != nil {
			b.Fatal(err)
		}
		return b.paid.Status != than
	})
}

// entries are the bookings of the payment.
func (b *buyer) entries() (list []api.EntryResource) {
	b.Helper()
	_, body := b.send("demo-operator", "GET", "/v1/ledger/entries?limit=100", "", "")
	var page struct{ Data []api.EntryResource }
	if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Data) == 100 {
		b.Fatalf("%v in %s", err, body)
	}
	for _, e := range page.Data {
		if e.Payment == b.paid.ID {
			list = append(list, e)
		}
	}
	return list
}

// word is a row's expected result.
type word struct {
	status                  payment.Status // "created" is a decline that may be tried again
	code, iso8583, iso20022 string
	rule                    string
}

// says holds the payment to it: over the API, on the dashboard, on the checkout
// and in the ledger.
func (b *buyer) says(want word) {
	b.Helper()
	p := b.paid
	got := word{status: p.Status, rule: want.rule}
	if p.Reason != nil {
		got = word{p.Status, p.Reason.Code, p.Reason.ISO8583, p.Reason.ISO20022, p.Reason.Rule}
		b.seen[p.Reason.Code], b.seen[p.Reason.ISO20022] = true, true
		if last := p.LastAttempt.Reason; last == nil || *last != *p.Reason {
			b.Errorf("the try says %+v, the payment %+v", last, p.Reason)
		}
		if page := b.read(b.http.Get(p.CheckoutURL)); !strings.Contains(page, html.EscapeString(p.Reason.Message)) {
			b.Errorf("the checkout does not say %q", p.Reason.Message)
		}
	}
	if got != want {
		b.Errorf("got  %+v\nwant %+v", got, want)
	}
	board := b.read(b.http.Get(b.base + "/payments/" + p.ID))
	for _, text := range []string{want.code, want.iso8583, want.iso20022, want.rule} {
		if !strings.Contains(board, html.EscapeString(text)) {
			b.Errorf("the dashboard does not say %q", text)
		}
	}
	b.holdsTheLedger(want.status == payment.Captured)
}

// holdsTheLedger looks for the capture and nothing else, or for nothing.
func (b *buyer) holdsTheLedger(captured bool) {
	b.Helper()
	list := b.entries()
	if !captured {
		if len(list) != 0 {
			b.Errorf("booked %+v", list)
		}
		return
	}
	if len(list) != 1 || list[0].Kind != ledger.CaptureKind {
		b.Fatalf("booked %+v", list)
	}
	fee := ledger.StandardSchedule.Capture("demo-shop", b.paid.Amount)
	want := []ledger.Posting{
		{Account: ledger.BankReceivable(b.paid.Bank.Identifier), Side: ledger.Debit, Amount: b.paid.Amount},
		{Account: ledger.MerchantPayable("demo-shop"), Side: ledger.Credit, Amount: b.paid.Amount.Sub(fee)},
		{Account: ledger.Fees, Side: ledger.Credit, Amount: fee},
	}
	if !slices.EqualFunc(list[0].Postings, want, func(a, b ledger.Posting) bool {
		return a.Account == b.Account && a.Side == b.Side && a.Amount.Equal(b.Amount)
	}) {
		b.Errorf("booked %+v, want %+v", list[0].Postings, want)
	}
}

// of is the town for a part of the test.
func (w *town) of(t *testing.T) *town {
	c := *w.cast
	c.T = t
	return &town{&c, w.seen}
}
