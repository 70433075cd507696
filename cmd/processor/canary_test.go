package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
	"sandbank/store/sqlite"
)

// The canaries: customers' input that must not be kept. The code begins with a
// 0, so that no group of a UUID looks like it.
const (
	canaryName = "Quillfeather Canary"
	canaryCode = "0936"
	american   = "378282246310005"
)

// canaryCards end in a payment captured, declined, and captured after a
// challenge; the last is not a published test card, and is refused.
var canaryCards = []string{american, "4000000000009995", "4000002500003155", "4539578763621486"}

// buffer is a place where something was said, which is searched in the end.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// aviary is a processor with ears on every channel that leads out of it.
type aviary struct {
	*testing.T
	base, stripe, token, folder    string
	out, log, pages, answers, amqp buffer
	hooks, stream                  buffer
	end                            func() int
}

func TestCanaries_AppearNowhere(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			a := openAviary(t, format)
			for n, card := range canaryCards {
				a.pay(n, card)
			}
			a.misuse()
			a.misuseDialects()
			a.heard(len(canaryCards) - 1)
			a.ask(http.MethodGet, "/v1/payments?limit=100", "")
			a.ask(http.MethodGet, "/v1/events?limit=100", "")
			a.ask(http.MethodPost, "/graphql", `{"query": "{ payments { data { id reference metadata lastAttempt { brand last4 method } } } }"}`)
			a.search("the database at work", a.files())
			if code := a.end(); code != 0 {
				t.Errorf("ended with %d", code)
			}
			a.searchAll()
		})
	}
}

// searchAll looks everywhere for every canary; and for a text that must be
// there, to show that it has looked.
func (a *aviary) searchAll() {
	a.Helper()
	kept, err := sqlite.Open(a.Context(), a.folder)
	if err != nil {
		a.Fatal(err)
	}
	rows, err := kept.Rows(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	_ = kept.Close()
	for name, c := range map[string]struct{ text, control string }{
		"the database's files": {a.files(), "nest-0"}, "the rows": {fmt.Sprint(rows), "nest-0"},
		"what it says": {a.out.String(), "nest-0"}, "the log": {a.log.String(), ""},
		"the answers": {a.answers.String(), `"last4":"0005"`}, "AMQP": {a.amqp.String(), `"last4":"0005"`},
		"the webhooks": {a.hooks.String(), "nest-0"}, "the stream": {a.stream.String(), "nest-0"},
	} {
		if !strings.Contains(c.text, c.control) {
			a.Errorf("%s: %q is not there, so nothing was searched", name, c.control)
		}
		a.search(name, c.text)
		if strings.Contains(c.text, canaryName) {
			a.Errorf("the name is in %s", name)
		}
	}
	if !strings.Contains(a.pages.String(), "American Express •••• 0005") {
		a.Error("the pages were not searched")
	}
	a.search("the pages", a.pages.String())
}

var wholeCode = regexp.MustCompile(`(^|[^0-9A-Za-z_.:+/-])` + canaryCode + `($|[^0-9A-Za-z_.:+/-])`)

// search fails where a number, in any spelling, or the code is found.
func (a *aviary) search(where, text string) {
	a.Helper()
	for _, card := range canaryCards {
		spaced := regexp.MustCompile(`(\d{4})(\d)`).ReplaceAllString(card, "$1 $2")
		for _, written := range []string{card, spaced, strings.ReplaceAll(spaced, " ", "+"), strings.ReplaceAll(spaced, " ", "%20"), strings.ReplaceAll(spaced, " ", "-"), hex.EncodeToString([]byte(card))} {
			if at := strings.Index(text, written); at >= 0 {
				a.Errorf("%s is in %s: …%q…", written, where, text[max(0, at-120):min(len(text), at+80)])
			}
		}
	}
	if where == "the database's files" || where == "the database at work" {
		return // columns touch one another there, and the rows are searched besides
	}
	if at := wholeCode.FindStringIndex(text); at != nil {
		a.Errorf("the code is in %s: …%q…", where, text[max(0, at[0]-120):min(len(text), at[1]+80)])
	}
}

// files is every byte of the database, with what is only in its log so far.
func (a *aviary) files() string {
	a.Helper()
	var all strings.Builder
	names, err := filepath.Glob(filepath.Join(a.folder, sqlite.FileName+"*"))
	if err != nil || len(names) == 0 {
		a.Fatal("no database", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			a.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

func openAviary(t *testing.T, format string) *aviary {
	t.Helper()
	a := &aviary{T: t, folder: t.TempDir(), stripe: engine.Address(t)}
	at := engine.Address(t)
	ctx, cancel := context.WithCancel(t.Context())
	ready := make(chan string, 1)
	out := &tell{buffer: &a.out, ready: ready}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--addr", "127.0.0.1:0", "--amqp-addr", at, "--data", a.folder, "--log-format", format, "--no-shop", "--stripe-addr", a.stripe}, out, &a.log)
	}()
	a.end = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { a.end() })
	select {
	case a.base = <-ready:
	case c := <-code:
		t.Fatalf("ended with %d: %s", c, a.log.String())
	case <-time.After(5 * time.Minute):
		t.Fatal("not ready")
	}
	a.listen(at)
	a.authorize()
	a.follow()
	return a
}

// tell finds the address in the processor's ready message.
type tell struct {
	*buffer
	ready chan string
	said  bool
}

var saidAt = regexp.MustCompile(`(?s)(http://127\.0\.0\.1:\d+).*(?:Ready in|"milliseconds")`)

func (w *tell) Write(p []byte) (int, error) {
	n, err := w.buffer.Write(p)
	if m := saidAt.FindStringSubmatch(w.String()); m != nil && !w.said {
		w.said = true
		w.ready <- m[1]
	}
	return n, err
}

// listen takes a copy of everything that goes over the broker.
func (a *aviary) listen(at string) {
	a.Helper()
	conn, err := amqp.Dial("amqp://guest:guest@" + at + "/")
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		a.Fatal(err)
	}
	q, err := ch.QueueDeclare("", false, true, true, false, nil)
	if err != nil {
		a.Fatal(err)
	}
	bind := map[string][]string{broker.Events: {"#"}, broker.Results: {broker.Everything}, broker.Health: {broker.Everything}, broker.DeadLetters: {broker.Everything}}
	for _, b := range bank.Seven() {
		bind[broker.Requests] = append(bind[broker.Requests], b.Identifier)
	}
	for exchange, keys := range bind {
		for _, key := range keys {
			if err := ch.QueueBind(q.Name, key, exchange, false, nil); err != nil {
				a.Fatal(err)
			}
		}
	}
	deliveries, err := ch.Consume(q.Name, "", true, true, false, false, nil)
	if err != nil {
		a.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for d := range deliveries {
			_, _ = fmt.Fprintf(&a.amqp, "%s %s %v %s %s %s\n%s\n", d.Exchange, d.RoutingKey, d.Headers, d.Type, d.MessageId, d.CorrelationId, d.Body)
		}
	}()
	a.Cleanup(func() { _ = conn.Close(); <-done })
}

// authorize gets a token.
func (a *aviary) authorize() {
	a.Helper()
	r, err := http.PostForm(a.base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-shop"}, "client_secret": {"demo-shop-secret"}})
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = r.Body.Close(); http.DefaultClient.CloseIdleConnections() }()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Token == "" {
		a.Fatal(r.Status, err)
	}
	a.token = got.Token
}

// ask calls the API and keeps the answer.
func (a *aviary) ask(method, path, body string, header ...string) []byte {
	a.Helper()
	return a.askAt(a.base, method, path, body, header...)
}

func (a *aviary) askAt(base, method, path, body string, header ...string) []byte {
	a.Helper()
	q, err := http.NewRequestWithContext(a.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+a.token)
	q.Header.Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Set(name, value)
	}
	r, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(q)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		a.Fatal(err)
	}
	_, _ = fmt.Fprintf(&a.answers, "%s %v\n%s\n", r.Status, r.Header, b)
	return b
}

// follow listens for webhooks and on the stream.
func (a *aviary) follow() {
	a.Helper()
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(&a.hooks, "%v\n%s\n", r.Header, b)
	}))
	a.Cleanup(receiver.Close)
	a.ask(http.MethodPost, "/v1/webhook-endpoints", `{"url": "`+receiver.URL+`", "events": ["*"]}`)
	q, err := http.NewRequestWithContext(a.Context(), http.MethodGet, a.base+"/v1/events/stream?after=0", nil)
	if err != nil {
		a.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+a.token)
	r, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(q)
	if err != nil || r.StatusCode != http.StatusOK {
		a.Fatal(r, err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(&a.stream, r.Body) }()
	a.Cleanup(func() { _ = r.Body.Close(); <-done })
}

// customer is a browser whose pages are kept, without the list of test numbers
// that the form publishes.
type customer struct {
	*aviary
	http *http.Client
}

var published = regexp.MustCompile(`(?s)<details.*?</details>`)

func (c *customer) do(r *http.Response, err error) (page string, at *url.URL) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.Fatal(err)
	}
	_, _ = fmt.Fprintf(&c.pages, "%s %v %s\n%s\n", r.Status, r.Header, r.Request.URL, published.ReplaceAll(b, nil))
	return string(b), r.Request.URL
}

func (c *customer) get(at string) string { page, _ := c.do(c.http.Get(at)); return page }

func (c *customer) post(at string, form url.Values) (string, *url.URL) {
	return c.do(c.http.PostForm(at, form))
}

func hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// pay makes a payment and pays with a card, as a customer who first enters
// everything in the wrong place.
func (a *aviary) pay(n int, card string) {
	a.Helper()
	var made client.Payment
	body := fmt.Sprintf(`{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "nest-%d", "return_url": "https://shop.example/", "bank": "SANDNL2A"}`, n)
	if err := json.Unmarshal(a.ask(http.MethodPost, "/v1/payments", body), &made); err != nil || made.ID == "" {
		a.Fatal(err, a.answers.String())
	}
	jar, _ := cookiejar.New(nil)
	c := &customer{a, &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	form := func(change ...string) url.Values {
		f := url.Values{"csrf": {hidden(c.get(made.CheckoutURL), "csrf")}, "method": {"card"}, "name": {canaryName}, "number": {card}, "exp": {"12/30"}, "csc": {canaryCode}}
		for i := 0; i < len(change); i += 2 {
			f.Set(change[i], change[i+1])
		}
		return f
	}
	for _, field := range []string{"name", "exp", "iban", "bank", "method", "csrf"} {
		c.post(made.CheckoutURL, form(field, card, "csc", ""))
		c.post(made.CheckoutURL, form(field, card, "method", "account"))
	}
	c.get(made.CheckoutURL + "/review?with=" + card)
	code := canaryCode
	if card != american {
		code = canaryCode[:3] // too short to search for; the longer one was refused, and is
	}
	page, _ := c.post(made.CheckoutURL, form("csc", code))
	if card == canaryCards[3] {
		return
	}
	c.post(made.CheckoutURL+"/confirm", url.Values{"csrf": {hidden(page, "csrf")}, "instrument": {hidden(page, "instrument")}, "try": {hidden(page, "try")}})
	if a.await(made.ID, n) == client.ActionRequired {
		bankURL := regexp.MustCompile(`href="([^"]*/confirm\?q=[^"]*)"`).FindStringSubmatch(c.get(made.CheckoutURL))
		if bankURL == nil {
			a.Fatal("no way to the bank")
		}
		at := html.UnescapeString(bankURL[1])
		c.get(at)
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.post(at, url.Values{"answer": {"approve"}, "number": {card}})
		a.awaitFinal(made.ID)
	}
	c.get(made.CheckoutURL)
}

// await polls until the bank has said something.
func (a *aviary) await(id string, _ int) (status client.Status) {
	a.Helper()
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		var p client.Payment
		if err := json.Unmarshal(a.ask(http.MethodGet, "/v1/payments/"+id, "", "Prefer: wait=1"), &p); err != nil {
			a.Fatal(err)
		}
		if p.Status != client.Processing {
			return p.Status
		}
	}
	a.Fatalf("%s is not decided", id)
	return ""
}

func (a *aviary) awaitFinal(id string) {
	a.Helper()
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		if s := a.await(id, 0); !s.Open() {
			return
		}
	}
	a.Fatalf("%s is not final", id)
}

// misuse sends card numbers where a merchant must not.
func (a *aviary) misuse() {
	a.Helper()
	for _, field := range []string{"reference", "description", "bank", "capture", "card", "metadata", "return_url"} {
		value := `"` + american + `"`
		switch field {
		case "metadata":
			value = `{"card": "` + american + `", "csc": "x"}`
		case "return_url":
			value = `"https://shop.example/?n=` + american + `"`
		}
		body := `{"amount": {"value": "19.99", "currency": "EUR"}, "` + field + `": ` + value + `}`
		if p := string(a.ask(http.MethodPost, "/v1/payments", body)); !strings.Contains(p, `"status":4`) {
			a.Errorf("a number as %s: %s", field, p)
		}
	}
	for _, q := range [][3]string{
		{"POST", "/v1/payments", `{"amount": {"value": "` + american + `", "currency": "` + american + `"}}`},
		{"POST", "/v1/webhook-endpoints", `{"url": "https://shop.example/` + american + `"}`},
		{"POST", "/graphql", `{"query": "{ payment(id: \"x\") { number } }", "variables": {"n": "` + american + `"}}`},
	} {
		a.ask(q[0], q[1], q[2])
	}
}

// misuseDialects pays with each card in Stripe's API, which takes numbers, and puts them where they do not belong there and at
// Mollie's.
func (a *aviary) misuseDialects() {
	a.Helper()
	keys := [2]string{"Authorization: Bearer " + stripe.KeysOf(identity.DemoShop).Secret, "Content-Type: application/x-www-form-urlencoded"}
	inStripe := func(path string, form url.Values) string {
		return string(a.askAt("http://"+a.stripe, http.MethodPost, path, form.Encode(), keys[:]...))
	}
	for _, card := range canaryCards {
		code := canaryCode[:3]
		if card == american {
			code = canaryCode
		}
		typed := url.Values{"type": {"card"}, "card[number]": {card}, "card[exp_month]": {"12"}, "card[exp_year]": {"2030"}, "card[cvc]": {code}, "billing_details[name]": {canaryName}}
		inStripe("/v1/payment_methods", typed)
		paid := url.Values{"amount": {"1999"}, "currency": {"eur"}, "confirm": {"true"}}
		for name, value := range typed {
			first, rest, _ := strings.Cut(name, "[")
			name = "payment_method_data[" + first + "]"
			if rest != "" {
				name += "[" + rest
			}
			paid[name] = value
		}
		if o := inStripe("/v1/payment_intents", paid); card == american && !strings.Contains(o, `"succeeded"`) {
			a.Errorf("paying with a typed card in Stripe's API comes to %s", o)
		}
		charge := url.Values{"amount": {"1999"}, "currency": {"eur"}, "source[object]": {"card"}, "source[number]": {card}, "source[exp_month]": {"12"}, "source[exp_year]": {"2030"}, "source[cvc]": {code}, "source[name]": {canaryName}}
		inStripe("/v1/charges", charge)
	}
	for _, field := range []string{"description", "metadata[card]", "metadata[sandbank_simulate]", "receipt_email", "customer", american, "card[number]"} {
		if o := inStripe("/v1/payment_intents", url.Values{"amount": {"1999"}, "currency": {"eur"}, field: {american}}); !strings.Contains(o, "invalid_request_error") {
			a.Errorf("a number as %s in Stripe's API: %s", field, o)
		}
	}
	member := []string{"Authorization: Bearer " + mollie.KeyOf(identity.DemoShop)}
	for _, field := range []string{"description", "metadata", "redirectUrl", "webhookUrl", "method", "issuer", "locale", "cardToken", american} {
		body := map[string]any{"amount": map[string]string{"currency": "EUR", "value": "19.99"}, "description": "Mugs", "redirectUrl": "https://shop.example/"}
		body[field] = map[bool]string{true: "https://shop.example/?n=" + american, false: american}[strings.HasSuffix(field, "Url")]
		text, err := json.Marshal(body)
		if err != nil {
			a.Fatal(err)
		}
		if o := string(a.ask(http.MethodPost, "/mollie/v2/payments", string(text), member...)); !strings.Contains(o, `"status": 4`) {
			a.Errorf("a number as %s in Mollie's API: %s", field, o)
		}
	}
}

// heard waits until every channel has told of the payments.
func (a *aviary) heard(payments int) {
	a.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	give := time.After(5 * time.Minute)
	for _, b := range []*buffer{&a.hooks, &a.stream, &a.amqp} {
		for n := range payments {
			for !told(b.String(), fmt.Sprintf("nest-%d", n)) {
				select {
				case <-tick.C:
				case <-give:
					a.Fatalf("nest-%d was not told everywhere:\n%s", n, b.String())
				}
			}
		}
	}
}

// told reports whether a channel has told how a payment ended.
func told(text, reference string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, `"`+reference+`"`) && (strings.Contains(line, `payment.captured"`) || strings.Contains(line, `attempt`)) {
			return true
		}
	}
	return false
}
