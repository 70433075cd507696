package node

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/payment"
	"sandbank/web/gate"
)

// advance has a frozen clock go on.
func (a dutch) advance(by string) {
	a.Helper()
	teller{T: a.T, node: a.node}.advance(by)
}

// made makes a payment of 10.00 EUR with more members, and returns its identifier.
func (a dutch) made(more string) string {
	a.Helper()
	return a.ask("POST", "payments", `{"amount": {"currency": "EUR", "value": "10.00"}, "description": "Mugs", "redirectUrl": "https://shop.example/"`+more+`}`, 201)["id"].(string)
}

// paid has a payment's customer pay, and waits for the bank.
func (a dutch) paid(id string, acts ...client.Act) {
	a.Helper()
	for _, act := range append(acts, client.Act{Action: "pay"})[:max(1, len(acts))] {
		if _, err := a.far.Act(a.Context(), house(id), act); err != nil {
			a.Fatal(err)
		}
		a.settles(id, func(p payment.Payment) bool { return p.Status != payment.Processing })
	}
}

func (a dutch) settles(id string, done func(payment.Payment) bool) {
	a.Helper()
	for range 20 {
		p, err := a.node.Processor().AwaitUntil(a.Context(), house(id), done)
		if err != nil {
			a.Fatal(err)
		}
		if done(p) {
			return
		}
	}
	a.Fatalf("%s did not come to where it was expected", id)
}

// What is not right is refused in Mollie's form, with its field, and nothing is made.
func TestMollie_Refusals(t *testing.T) {
	a := newDutch(t, Config{})
	whole := func(change string) string {
		name, _, _ := strings.Cut(change, ":")
		members := []string{`"amount": {"currency": "EUR", "value": "10.00"}`, `"description": "Mugs"`, `"redirectUrl": "https://shop.example/"`}
		members = slices.DeleteFunc(members, func(m string) bool { return strings.HasPrefix(m, name+":") })
		if strings.Contains(change, ":") {
			members = append(members, change)
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		field              any
		headers            []string
	}{
		"no amount":                   {"POST", "payments", whole(`"amount"`), 422, "amount", nil},
		"an amount as a number":       {"POST", "payments", whole(`"amount": {"currency": "EUR", "value": 10}`), 422, "amount", nil},
		"too many decimals":           {"POST", "payments", whole(`"amount": {"currency": "EUR", "value": "10.001"}`), 422, "amount.value", nil},
		"zero":                        {"POST", "payments", whole(`"amount": {"currency": "EUR", "value": "0.00"}`), 422, "amount", nil},
		"no such currency":            {"POST", "payments", whole(`"amount": {"currency": "XXX", "value": "10.00"}`), 422, "amount.currency", nil},
		"no description":              {"POST", "payments", whole(`"description"`), 422, "description", nil},
		"no way back":                 {"POST", "payments", whole(`"redirectUrl"`), 422, "redirectUrl", nil},
		"a script for a way":          {"POST", "payments", whole(`"redirectUrl": "javascript:alert(1)"`), 422, "redirectUrl", nil},
		"a webhook inside":            {"POST", "payments", whole(`"webhookUrl": "http://169.254.169.254/"`), 422, "webhookUrl", nil},
		"a webhook of no scheme":      {"POST", "payments", whole(`"webhookUrl": "ftp://shop.example/"`), 422, "webhookUrl", nil},
		"a method we have not":        {"POST", "payments", whole(`"method": "klarna"`), 422, "method", nil},
		"no such issuer":              {"POST", "payments", whole(`"issuer": "ideal_NOBANK00"`), 422, "issuer", nil},
		"a subscription":              {"POST", "payments", whole(`"sequenceType": "recurring"`), 422, "sequenceType", nil},
		"a customer":                  {"POST", "payments", whole(`"customerId": "cst_1"`), 422, "customerId", nil},
		"a fee of an app":             {"POST", "payments", whole(`"applicationFee": {"amount": {"currency": "EUR", "value": "1.00"}}`), 422, "applicationFee", nil},
		"live mode":                   {"POST", "payments", whole(`"testmode": false`), 422, "testmode", nil},
		"a misspelled member":         {"POST", "payments", whole(`"amuont": {}`), 422, "amuont", nil},
		"a card number":               {"POST", "payments", whole(`"metadata": ["4242424242424242"]`), 422, "metadata", nil},
		"large metadata":              {"POST", "payments", whole(`"metadata": ["` + strings.Repeat("x", 1100) + `"]`), 422, "metadata", nil},
		"no JSON":                     {"POST", "payments", "amount=10", 400, nil, nil},
		"a name twice":                {"POST", "payments", `{"description": "a", "description": "b"}`, 400, nil, nil},
		"a form with a name twice":    {"POST", "payments", "description=a&description=b", 400, nil, form},
		"a form without its brackets": {"POST", "payments", "amount[value=1", 400, nil, form},
		"a form with no amount":       {"POST", "payments", "description=a&redirectUrl=https://shop.example/", 422, "amount", form},
		"a form in live mode":         {"POST", "payments", "amount[currency]=EUR&amount[value]=1.00&description=a&redirectUrl=https://shop.example/&testmode=false", 422, "testmode", form},
		"a misspelled form":           {"POST", "payments", "amuont[value]=1.00", 422, "amuont", form},
		"a card in a form":            {"POST", "payments", "amount[currency]=EUR&amount[value]=1.00&description=a&redirectUrl=https://shop.example/&metadata[a][b]=4242424242424242", 422, "metadata", form},
		"a list for a body":           {"POST", "payments", `[]`, 400, nil, nil},
		"no such payment":             {"GET", "payments/tr_1", "", 404, nil, nil},
		"no such embedding":           {"GET", "refunds?embed=lines", "", 422, "embed", nil},
		"a page too large":            {"GET", "payments?limit=251", "", 422, "limit", nil},
		"a page of nothing":           {"GET", "payments?from=tr_1", "", 404, nil, nil},
		"an unknown parameter":        {"GET", "payments?colour=red", "", 400, "colour", nil},
		"no such route":               {"GET", "customers", "", 404, nil, nil},
		"no such method":              {"PUT", "payments", "{}", 405, nil, nil},
		"no key":                      {"GET", "payments", "", 401, nil, []string{"Authorization", ""}},
		"a wrong key":                 {"GET", "payments", "", 401, nil, []string{"Authorization", "Bearer test_guess"}},
		"a live key":                  {"GET", "payments", "", 401, nil, []string{"Authorization", "Bearer live_guess"}},
		"a wrong token":               {"GET", "payments", "", 401, nil, []string{"Authorization", "Bearer access_guess"}},
	} {
		o := a.ask(c.method, c.path, c.body, c.status, c.headers...)
		if o["field"] != c.field || fmt.Sprint(o["status"]) != fmt.Sprint(c.status) || o["title"] == "" || o["detail"] == "" || at(o, "_links.documentation.href") == nil {
			t.Errorf("%s: %v, expected the field %v", name, o, c.field)
		}
	}
	a.holds(a.ask("GET", "payments", "", 200), map[string]any{"count": 0})
	if _, err := a.node.Processor().ForeignEvents(t.Context(), "demo-shop", "mollie", 0, 1); err != nil {
		t.Error(err)
	}
}

// A body may be a form, as in Mollie's reference: for a payment and whatever is done with it.
func TestMollie_FormBodies(t *testing.T) {
	a := newDutch(t, Config{})
	form := []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8", "Idempotency-Key", "order-12345"}
	const body = "amount[currency]=EUR&amount[value]=10.00&description=Order+%2312345&redirectUrl=https%3A%2F%2Fshop.example%2F&method[]=creditcard&captureMode=manual&metadata=%7B%22order_id%22%3A+%2212345%22%7D"
	made := a.ask("POST", "payments", body, 201, form...)
	a.holds(made, map[string]any{"amount.value": "10.00", "amount.currency": "EUR", "description": "Order #12345", "method": "creditcard", "captureMode": "manual", "metadata.order_id": "12345"})
	a.holds(a.ask("POST", "payments", body, 201, form...), map[string]any{"id": made["id"]})
	id := made["id"].(string)
	a.holds(a.ask("PATCH", "payments/"+id, "description=Order+98765&metadata[order_id]=98765", 200, form[:2]...), map[string]any{"description": "Order 98765", "metadata.order_id": "98765"})
	a.holds(a.ask("GET", "payments", "", 200), map[string]any{"count": 1})
}

// An idempotency key counts for an hour of simulated time, on POST alone.
func TestMollie_IdempotencyKeys(t *testing.T) {
	a := newDutch(t, Config{FreezeAt: in2030.Add(50 * time.Minute)}) // so that the hour goes over a full one
	body, key := `{"amount": {"currency": "EUR", "value": "10.00"}, "description": "Mugs", "redirectUrl": "https://shop.example/"}`, []string{"Idempotency-Key", "order-1"}
	first := a.ask("POST", "payments", body, 201, key...)
	a.holds(a.ask("POST", "payments", body, 201, key...), map[string]any{"id": first["id"]})
	a.advance("30m")
	a.holds(a.ask("POST", "payments", body, 201, key...), map[string]any{"id": first["id"]})
	a.ask("POST", "payments", strings.Replace(body, "Mugs", "Cups", 1), 400, key...)
	a.advance("31m")
	later := a.ask("POST", "payments", body, 201, key...)
	if later["id"] == first["id"] {
		t.Errorf("after an hour the key still means %v", first["id"])
	}
	a.holds(a.ask("POST", "payments", body, 201, key...), map[string]any{"id": later["id"]})
	a.holds(a.ask("GET", "payments", "", 200), map[string]any{"count": 2})
	id := later["id"].(string)
	a.paid(id)
	refund := `{"amount": {"currency": "EUR", "value": "1.00"}}`
	one := a.ask("POST", "payments/"+id+"/refunds", refund, 201, "Idempotency-Key", "refund-1")
	a.holds(a.ask("POST", "payments/"+id+"/refunds", refund, 201, "Idempotency-Key", "refund-1"), map[string]any{"id": one["id"]})
	a.holds(a.ask("GET", "payments/"+id+"/refunds", "", 200), map[string]any{"count": 1})
}

// An authorization is captured in parts, and its rest released.
func TestMollie_CapturesByHand(t *testing.T) {
	a := newDutch(t, Config{})
	p := a.phone()
	id := a.made(`, "captureMode": "manual", "webhookUrl": "` + p.URL + `"`)
	a.paid(id)
	a.rings(p, id)
	a.holds(a.ask("GET", "payments/"+id, "", 200), map[string]any{"status": "authorized", "captureMode": "manual", "amountCaptured.value": "0.00", "isCancelable": true})
	capture := a.ask("POST", "payments/"+id+"/captures", `{"amount": {"currency": "EUR", "value": "4.00"}, "description": "one mug"}`, 201)
	a.holds(capture, map[string]any{"resource": "capture", "amount.value": "4.00", "description": "one mug"})
	a.rings(p, id)
	a.holds(a.ask("GET", "payments/"+id+"/captures/"+capture["id"].(string), "", 200), map[string]any{"status": "succeeded"})
	a.holds(a.ask("POST", "payments/"+id+"/captures", `{"amount": {"currency": "EUR", "value": "7.00"}}`, 422), map[string]any{"field": "amount"})
	a.holds(a.ask("DELETE", "payments/"+id, "", 200), map[string]any{"status": "paid", "amountCaptured.value": "4.00"})
	a.rings(p, id)
	void := a.made(`, "captureMode": "manual"`)
	a.paid(void)
	a.ask("POST", "payments/"+void+"/release-authorization", "", 202)
	a.holds(a.ask("GET", "payments/"+void+"?embed=captures", "", 200), map[string]any{"status": "canceled"})
	a.ask("DELETE", "payments/"+void, "", 422)
}

// A payment that nobody pays expires by the clock, and its webhook calls: Mollie tells of it, and this house's own API does
// not. With the dialects silent neither does.
func TestMollie_ExpiryByClock(t *testing.T) {
	for name, silence := range map[string]bool{"told": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			a := newDutch(t, Config{FreezeAt: in2030, Dialects: Dialects{Silence: silence}})
			p := a.phone()
			id := a.made(`, "webhookUrl": "` + p.URL + `"`)
			a.advance("16m")
			a.holds(a.ask("GET", "payments/"+id, "", 200), map[string]any{"status": "expired", "expiredAt": "2030-01-07T12:15:00+00:00", "_links.checkout": nil})
			if silence {
				a.silent(p)
			} else {
				a.rings(p, id)
			}
			own, err := a.node.Processor().ForeignEvents(t.Context(), "demo-shop", "", 0, 10)
			if err != nil || len(own) != 0 {
				t.Errorf("the house's own events are %v, %v, expected none", own, err)
			}
		})
	}
}

// A receiver that fails is called again as Mollie does: after one minute, then two more. 410 ends nothing.
func TestMollie_CallsAgain(t *testing.T) {
	a := newDutch(t, Config{FreezeAt: in2030})
	p := a.phone(500, 410, 200)
	id := a.made(`, "webhookUrl": "` + p.URL + `"`)
	a.ask("DELETE", "payments/"+id, "", 200)
	a.rings(p, id)
	a.advance("59s")
	a.silent(p)
	a.advance("2s")
	a.rings(p, id)
	a.advance("2m1s")
	a.rings(p, id)
	a.advance("30h")
	a.silent(p)
}

// Lists have the newest first, in pages that lead to one another.
func TestMollie_Lists(t *testing.T) {
	a := newDutch(t, Config{Seed: 7}) // so that identifiers of one millisecond have their order
	var ids []string
	for range 5 {
		ids = append(ids, a.made(""))
	}
	slices.Reverse(ids)
	first := a.ask("GET", "payments?limit=2", "", 200)
	a.holds(first, map[string]any{"count": 2, "_embedded.payments.0.id": ids[0], "_embedded.payments.1.id": ids[1], "_links.previous": nil})
	follow := func(page map[string]any, way string) map[string]any {
		href, _ := at(page, "_links."+way+".href").(string)
		_, path, ok := strings.Cut(href, "/mollie/v2/")
		if !ok {
			t.Fatalf("the link %s is %q", way, href)
		}
		return a.ask("GET", path, "", 200)
	}
	second := follow(first, "next")
	a.holds(second, map[string]any{"count": 2, "_embedded.payments.0.id": ids[2]})
	a.holds(follow(second, "next"), map[string]any{"count": 1, "_embedded.payments.0.id": ids[4], "_links.next": nil})
	a.holds(follow(second, "previous"), map[string]any{"_embedded.payments.0.id": ids[0]})
	a.holds(a.ask("GET", "payments?sort=asc&limit=1", "", 200), map[string]any{"_embedded.payments.0.id": ids[4]})
	changed := a.ask("PATCH", "payments/"+ids[0], `{"description": "Cups", "metadata": {"n": 1}, "webhookUrl": "http://127.0.0.1:1/hook"}`, 200)
	a.holds(changed, map[string]any{"description": "Cups", "metadata.n": 1, "webhookUrl": "http://127.0.0.1:1/hook"})
	a.holds(a.ask("GET", "methods?include=issuers", "", 200), map[string]any{"_embedded.methods.0.id": "creditcard", "_embedded.methods.1.id": "ideal", "_embedded.methods.1.issuers.0.resource": "issuer"})
	bank := at(a.ask("GET", "methods/ideal?include=issuers", "", 200), "issuers.0.id").(string)
	there := a.made(`, "method": "ideal", "issuer": "` + bank + `"`)
	here, err := a.far.Payment(t.Context(), house(there))
	if err != nil || "ideal_"+here.Bank.Identifier != bank {
		t.Errorf("the issuer %s became the bank %v, %v", bank, here.Bank, err)
	}
}

// A person chooses how a payment ends, on the page that changePaymentState leads to.
func TestMollie_StatePage(t *testing.T) {
	a := newDutch(t, Config{})
	for to, capture := range map[string]string{"paid": "", "failed": "", "canceled": "", "expired": "", "open": "", "authorized": `, "captureMode": "manual"`} {
		id := a.made(capture)
		page, _ := at(a.ask("GET", "payments/"+id, "", 200), "_links.changePaymentState.href").(string)
		q, _ := http.NewRequestWithContext(t.Context(), "GET", page, nil)
		if shown := (teller{T: t, node: a.node}).read(q); !strings.Contains(shown, `value="`+to+`"`) || !strings.Contains(shown, id) {
			t.Errorf("the page does not offer %s: %s", to, shown)
		}
		answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: plain.Transport}).PostForm(page, url.Values{"status": {to}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusSeeOther || !strings.Contains(answer.Header.Get("Location"), "/pay/") {
			t.Errorf("choosing %s answers %s", to, answer.Status)
		}
		a.settles(id, func(p payment.Payment) bool { return p.Status != payment.Processing })
		a.holds(a.ask("GET", "payments/"+id, "", 200), map[string]any{"status": to})
	}
	if answer, err := plain.Get(a.node.URL() + "/mollie/state/guess"); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("a guess answers %v, %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
}

// A key does what its client's role may, and reaches its merchant's things alone; an OAuth token does as well.
func TestMollie_EveryKeyOnEveryRoute(t *testing.T) {
	a := newDutch(t, Config{})
	id := a.made("")
	bearer := func(c identity.Client) []string { return []string{"Authorization", "Bearer " + mollie.KeyOf(c)} }
	a.ask("GET", "payments/"+id, "", 200, bearer(identity.DemoReader)...)
	a.ask("GET", "payments/"+id, "", 404, bearer(identity.OtherShop)...)
	a.ask("GET", "payments/"+id, "", 400, bearer(identity.DemoOperator)...)
	a.ask("GET", "payments/"+id+"?profileId=pfl_demo-shop", "", 200, bearer(identity.DemoOperator)...)
	a.ask("GET", "payments/"+id+"?profileId=pfl_demo-shop", "", 403, bearer(identity.OtherShop)...)
	token, _, err := a.node.tokens.Issue("demo-shop", identity.DemoShop.Secret.Reveal(), "")
	if err != nil {
		t.Fatal(err)
	}
	a.ask("GET", "payments/"+id+"?testmode=true", "", 200, "Authorization", "Bearer "+token)
	for _, r := range mollie.Routes() {
		if !slices.Contains(identity.Permissions(), r.Needs) {
			t.Errorf("%s %s asks for %q, which is no permission", r.Method, r.Path, r.Needs)
		}
		if changes := r.Method != http.MethodGet; changes != (r.Action != "") || changes == identity.RoleMerchantReader.May(r.Needs) {
			t.Errorf("%s %s asks for %s and is recorded as %q", r.Method, r.Path, r.Needs, r.Action)
		}
		if path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.TrimPrefix(r.Path, "/mollie/v2/"), id); r.Method != http.MethodGet {
			a.ask(r.Method, path, "", 403, bearer(identity.DemoReader)...)
		}
	}
}

// The page about the dialect has a row for every route that is served, the roles page as well; of Stripe's API, too.
func TestDialects_PagesShowEveryRoute(t *testing.T) {
	n := made(t, Config{})
	page := func(path string) string {
		w := httptest.NewRecorder()
		n.Routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Body.String()
	}
	roles := page("/docs/roles")
	for path, routes := range map[string][]gate.Route{"/docs/mollie": mollie.Routes(), "/docs/stripe": stripe.Routes()} {
		shown := page(path)
		for _, r := range routes {
			row := "<code>" + r.Method + " " + strings.TrimPrefix(r.Path, "/mollie/v2/") + "</code>"
			if !strings.Contains(shown, row) {
				t.Errorf("%s has no row %s", path, row)
			}
			if whole := "<code>" + r.Method + " " + r.Path + "</code>"; !strings.Contains(roles, whole) {
				t.Errorf("/docs/roles has no row %s", whole)
			}
		}
	}
}

// README claims the measured share, of what Mollie's own client asks for; every route that is served is one of its.
func TestMollie_ReadmeClaimsWhatIsServed(t *testing.T) {
	const functions = "../tools/npm/node_modules/mollie-api-typescript/dist/esm/funcs/"
	files, err := os.ReadDir(functions)
	if err != nil {
		t.Fatalf("%v: make setup installs it", err)
	}
	variable, asked := regexp.MustCompile(`\{\w+\}`), map[string]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".js") {
			continue
		}
		code, err := os.ReadFile(functions + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		path, method := regexp.MustCompile(`pathToFunc\(\s*"([^"]+)"`).FindSubmatch(code), regexp.MustCompile(`method: "(\w+)"`).FindSubmatch(code)
		if path != nil && method != nil {
			asked[string(method[1])+" "+variable.ReplaceAllString(string(path[1]), "{}")] = true
		}
	}
	if len(asked) != mollie.Asked {
		t.Errorf("the client asks for %d routes, and mollie.Asked is %d", len(asked), mollie.Asked)
	}
	for _, r := range mollie.Routes() {
		if name := r.Method + " " + variable.ReplaceAllString(strings.TrimPrefix(r.Path, "/mollie"), "{}"); !asked[name] {
			t.Errorf("%s is none that the client asks for", name)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if claim := fmt.Sprintf("%d of the %d routes that Mollie's own client asks for", len(mollie.Routes()), mollie.Asked); err != nil || !strings.Contains(string(readme), claim) {
		t.Errorf("README.md does not say %q, %v", claim, err)
	}
}
