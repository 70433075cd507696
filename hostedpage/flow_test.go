package hostedpage_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/hostedpage"
	"sandbank/identity"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/web/look/looktest"
)

func (r *rig) answer(id string, o payment.Outcome) {
	r.T.Helper()
	asked := r.Requests(id)
	if h := r.Say(Answer(asked[len(asked)-1], o)); h.Err != nil || h.Reject {
		r.T.Fatalf("%+v", h)
	}
}

func TestCheckout_PaysWithoutScript(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	review := b.reviewed(path, "4242 4242 4242 4242")
	r.shows(review, "Visa •••• 4242")
	if got := r.Now(p.ID); got.Version != 1 {
		t.Errorf("changed before it was confirmed: %+v", got)
	}
	r.back(b.post(path+"/confirm", confirming(review)), path)
	r.shows(b.get(path), "Visa •••• 4242") // waiting
	if got := r.Now(p.ID); got.Status != payment.Processing || got.Last().Instrument.Last4 != "4242" {
		t.Errorf("paid by card: want processing with a card that ends in 4242, got %+v", got)
	}
	r.answer(p.ID, payment.OutcomeApproved)
	r.shows(b.get(path), "Payment complete")
	r.shows(b.get(path), "https://shop.example/")
}

// A merchant may have the page lead back by itself, to a web address or to an app,
// once there is a result and not before.
func TestCheckout_LeadsBackByItself(t *testing.T) {
	for _, c := range []struct {
		mode    payment.ReturnMode
		to      string
		outcome payment.Outcome
		leads   bool
	}{
		{payment.ReturnAutomatic, "https://shop.example/orders/1?a=b;c", payment.OutcomeApproved, true},
		{payment.ReturnAutomatic, "com.example.shop:/orders/1", payment.OutcomeApproved, true},
		{payment.ReturnAutomatic, "myapp://orders/1", payment.OutcomeDeclined, true},
		{payment.ReturnLink, "myapp://orders/1", payment.OutcomeApproved, false},
		{"", "https://shop.example/orders/1", payment.OutcomeDeclined, false},
	} {
		r := newRig(t)
		wish := Wish()
		wish.Return, wish.ReturnURL, wish.Attempts = c.mode, c.to, 1
		p, _, err := r.Create(t.Context(), wish)
		r.OK(err)
		path := "/pay/" + r.Tokens.Token(p.ID)
		b := &browser{r: r}
		r.back(b.post(path+"/confirm", confirming(b.reviewed(path, "4242424242424242"))), path)
		if waiting := b.get(path); strings.HasPrefix(waiting.header.Get("Refresh"), "0;") {
			t.Errorf("return %q to %s: want the page to wait for the bank, it leads to %q", c.mode, c.to, waiting.header.Get("Refresh"))
		}
		r.answer(p.ID, c.outcome)
		end, want := b.get(path), ""
		if c.leads {
			want = "0;url=" + c.to
		}
		if got := end.header.Get("Refresh"); got != want {
			t.Errorf("return %q to %s, %s: want the Refresh %q, got %q", c.mode, c.to, c.outcome, want, got)
		}
		r.shows(end, `href="`+c.to+`"`)
	}
}

// Time that ran out is no result: the page says so and stays.
func TestCheckout_StaysWhereTimeRanOut(t *testing.T) {
	r := newRig(t)
	wish := Wish()
	wish.Return = payment.ReturnAutomatic
	p, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	r.Clock.Advance(p.ExpiresAt.Sub(p.CreatedAt))
	page := (&browser{r: r}).get("/pay/" + r.Tokens.Token(p.ID))
	if r.shows(page, "expired"); page.header.Get("Refresh") != "" {
		t.Errorf("a payment that ran out: want its page to stay, it leads to %q", page.header.Get("Refresh"))
	}
}

// A checkout with a choice of banks names none before the choice; a page that is
// open for too long reloads and says that time is up.
func TestCheckout_NamesNoBankWhileTheChoiceIsOpen(t *testing.T) {
	r := newRig(t)
	wish := Wish()
	wish.Bank = ""
	p, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	path := "/pay/" + r.Tokens.Token(p.ID)
	b := &browser{r: r}
	form := b.get(path)
	if strings.Contains(form.body, "<dt>Bank</dt>") || !strings.Contains(form.body, "Let the processor choose") {
		t.Error("a bank is named beside the choice of one")
	}
	r.shows(b.reviewed(path, "5500 0000 0000 0004"), "<dt>Bank</dt>")
	r.shows(form, `data-countdown="`)
	if got, want := form.header.Get("Refresh"), fmt.Sprintf("%d;url=%s", int(p.ExpiresAt.Sub(p.CreatedAt)/time.Second)+1, path); got != want {
		t.Errorf("the form's Refresh is %q, expected %q: then its time is up", got, want)
	}
	r.Clock.Advance(p.ExpiresAt.Sub(p.CreatedAt))
	r.shows(b.get(path), "expired")
}

func TestCheckout_PaysByAccount(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	form := b.get(path)
	number := instrument.Accounts()[0].Number
	sent := b.post(path, url.Values{"csrf": {form.hidden("csrf")}, "method": {"account"}, "name": {"A. Customer"}, "iban": {strings.ToLower(number)}})
	review := b.get(sent.target)
	r.back(b.post(path+"/confirm", confirming(review)), path)
	if got := r.Now(p.ID); got.Status != payment.Processing || got.Last().Instrument.Kind != instrument.Account {
		t.Errorf("paid by IBAN: want processing with an account, got %+v", got)
	}
}

func TestCheckout_DeclinedMayTryAgain(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	for range payment.DefaultAttempts {
		r.back(b.post(path+"/confirm", confirming(b.reviewed(path, "4000000000009995"))), path)
		r.answer(p.ID, payment.OutcomeDeclined)
	}
	r.shows(b.get(path), "Payment declined")
	if got := r.Now(p.ID); got.Status != payment.Declined || len(got.Attempts) != payment.DefaultAttempts {
		t.Errorf("declined until no attempt was left: want declined after %d attempts, got %+v", payment.DefaultAttempts, got)
	}
}

func TestCheckout_DoubleSubmitPaysOnce(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	form := confirming(b.reviewed(path, "4242424242424242"))
	var all sync.WaitGroup
	for range 12 {
		same := &browser{r: r, cookie: b.cookie}
		all.Go(func() { r.back(same.post(path+"/confirm", form), path) })
	}
	all.Wait()
	if got := r.Now(p.ID); len(got.Attempts) != 1 || len(r.Requests(p.ID)) != 1 {
		t.Errorf("%d attempts, %d requests", len(got.Attempts), len(r.Requests(p.ID)))
	}
}

// A second click that arrives after the bank has declined the first is still the
// same submit: it does not use up another try.
func TestCheckout_DoubleSubmitAfterAQuickDecline(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	form := confirming(b.reviewed(path, "4242424242424242"))
	b.post(path+"/confirm", form)
	r.answer(p.ID, payment.OutcomeDeclined)
	r.back(b.post(path+"/confirm", form), path)
	if got := r.Now(p.ID); got.Status != payment.Created || len(got.Attempts) != 1 {
		t.Errorf("%s with %d attempts", got.Status, len(got.Attempts))
	}
	// With fresh details the next try is made.
	r.back(b.post(path+"/confirm", confirming(b.reviewed(path, "4242424242424242"))), path)
	if got := r.Now(p.ID); got.Status != payment.Processing || len(got.Attempts) != 2 {
		t.Errorf("%s with %d attempts", got.Status, len(got.Attempts))
	}
}

func TestCheckout_BackButtonAndSecondTab(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	one, two := b.reviewed(path, "4242424242424242"), b.reviewed(path, "5555555555554444") // two tabs
	old := b.get(path)
	b.post(path+"/confirm", confirming(one))
	r.back(b.post(path+"/confirm", confirming(two)), path)             // the other tab
	r.back(b.post(path, card(old, "4242424242424242")), path)          // an old form
	r.back(b.get(path+"/review?with="+one.hidden("instrument")), path) // back
	r.shows(b.get(path), "Visa •••• 4242")                             // all show the same
	r.answer(p.ID, payment.OutcomeApproved)
	before := r.Stored()
	r.back(b.post(path+"/confirm", confirming(two)), path+"?already=paid")
	r.shows(b.get(path+"?already=paid"), "Already paid")
	r.back(b.post(path+"/cancel", url.Values{"csrf": {one.hidden("csrf")}}), path+"?already=paid")
	r.Unchanged("another tab", before)
	if got := r.Now(p.ID); got.Status != payment.Captured || len(got.Attempts) != 1 {
		t.Errorf("confirmed in two tabs and canceled in one: want captured with one attempt, got %+v", got)
	}
}

func TestCheckout_Cancel(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	form := url.Values{"csrf": {b.get(path).hidden("csrf")}}
	for range 2 {
		r.back(b.post(path+"/cancel", form), path)
	}
	r.shows(b.get(path), "Payment canceled")
	if got := r.Now(p.ID); got.Status != payment.Canceled || got.Reason.Code != "customer_canceled" || len(r.Told(p.ID)) != 1 {
		t.Errorf("canceled twice: want canceled with customer_canceled, told once, got %+v", got)
	}
}

func TestCheckout_ExpiredSubmit(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	review := b.reviewed(path, "4242424242424242")
	r.Elapse(15*time.Minute, p.ID, payment.Abandoned)
	before := r.Stored()
	for _, sent := range []page{b.post(path+"/confirm", confirming(review)), b.post(path, card(review, "4242424242424242")), b.post(path+"/cancel", confirming(review))} {
		r.back(sent, path)
	}
	r.shows(b.get(path), "This payment has expired")
	if r.Unchanged("a submit after the end", before); len(r.Messages()) != 0 {
		t.Errorf("sent %v", r.Messages())
	}
}

func TestCheckout_ChallengeLeadsToTheBank(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	b.post(path+"/confirm", confirming(b.reviewed(path, "4000002500003155")))
	c := Answer(r.Requests(p.ID)[0], payment.OutcomeChallenge)
	c.ChallengeURL = "http://bank.example/confirm?q=x"
	r.Say(c)
	r.shows(b.get(path), "http://bank.example/confirm?q=x")
}

// changed is a text whose first letter is another one.
func changed(text string) string {
	if text[0] == 'A' {
		return "B" + text[1:]
	}
	return "A" + text[1:]
}

func TestCheckout_RefusesForeignSubmits(t *testing.T) {
	r := newRig(t)
	_, path := r.open()
	_, otherPath := r.open()
	b, thief := &browser{r: r}, &browser{r: r}
	review, theirs := b.reviewed(path, "4242424242424242"), thief.reviewed(otherPath, "4242424242424242")
	good, before := confirming(review), r.Stored()
	without := func(field string) url.Values {
		f := url.Values{"csrf": good["csrf"], "instrument": good["instrument"], "try": good["try"]}
		f.Del(field)
		return f
	}
	with := func(field, value string) url.Values { f := without(field); f.Set(field, value); return f }
	for name, sent := range map[string]page{
		"no token":                   b.post(path+"/confirm", without("csrf")),
		"empty token":                b.post(path+"/confirm", with("csrf", "")),
		"another browser's token":    b.post(path+"/confirm", with("csrf", theirs.hidden("csrf"))),
		"foreign origin":             b.post(path+"/confirm", good, "Origin: https://evil.example"),
		"origin null":                b.post(path+"/confirm", good, "Origin: null"),
		"origin with our name in it": b.post(path+"/confirm", good, "Origin: http://example.com.evil.example"),
		"another port":               b.post(path+"/confirm", good, "Origin: http://example.com:81"),
		"no cookie":                  (&browser{r: r}).post(path+"/confirm", good),
		"another browser's cookie":   (&browser{r: r, cookie: thief.cookie}).post(path+"/confirm", good),
		"another browser's details":  b.post(path+"/confirm", with("instrument", theirs.hidden("instrument"))),
		"no details":                 b.post(path+"/confirm", without("instrument")),
		"made-up details":            b.post(path+"/confirm", with("instrument", strings.Repeat("A", 100))),
		"changed details":            b.post(path+"/confirm", with("instrument", changed(review.hidden("instrument")))),
		"cancel without a token":     b.post(path+"/cancel", url.Values{}),
		"details without a token":    b.post(path, url.Values{"number": {"4242424242424242"}}),
		"short cookie":               (&browser{r: r, cookie: &http.Cookie{Name: b.cookie.Name, Value: "x"}}).post(path+"/confirm", good),
	} {
		if sent.code != http.StatusForbidden {
			t.Errorf("%s: %d to %q", name, sent.code, sent.target)
		}
	}
	r.Unchanged("a foreign submit", before)
	r.back(b.post(path+"/confirm", good), path) // and the real one passes
}

// A merchant's name and texts are shown as text on every page.
func TestCheckout_HostileWordsAreText(t *testing.T) {
	r := newRigOf(t, identity.Client{ID: "demo-shop", Merchant: identity.Merchant{ID: "demo-shop", Name: looktest.Hostile}})
	wish := Wish()
	wish.Reference, wish.Description, wish.ReturnURL = looktest.Hostile, looktest.Hostile, "https://shop.example/?a='><script>"
	p, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	path := "/pay/" + r.Tokens.Token(p.ID)
	b := &browser{r: r}
	shown := b.get(path)
	form := card(shown, "4242424242424242")
	form.Set("name", looktest.Hostile)
	form.Set("number", "1")
	b.post(path, form) // with its errors
	form.Set("number", "4242424242424242")
	review := b.get(b.post(path, form).target)
	b.post(path+"/confirm", confirming(review))
	b.get(path)
	r.answer(p.ID, payment.OutcomeDeclined)
	b.get(path)
	b.post(path+"/cancel", confirming(review))
	b.get(path)
	if text := html.EscapeString("<script>"); strings.Contains(b.seen.String(), "<script>alert") || !strings.Contains(b.seen.String(), text) {
		t.Error("a script is part of a page, or was not there to be seen")
	}
	if got := r.Now(p.ID); got.Status != payment.Canceled {
		t.Errorf("%s: not every page was seen", got.Status)
	}
}

func TestCheckout_UnknownAddressesLookAlike(t *testing.T) {
	r := newRig(t)
	_, path := r.open()
	unknown := "/pay/" + r.Tokens.Token("pay_01890a5d-ac96-774b-bcce-b302099a8057") // well made, but of no payment
	want := (&browser{r: r}).get(unknown)
	for name, bad := range map[string]string{"cut": path[:len(path)-1], "changed": path[:len(path)-2] + "AA", "the id": "/pay/pay_1", "NUL": path + "%00"} {
		b := &browser{r: r}
		if got := b.get(bad); got.code != 404 || got.body != want.body {
			t.Errorf("%s: %d %.200s", name, got.code, got.body)
		}
		if got := b.post(bad+"/confirm", url.Values{}); got.code != 404 && got.code != 403 {
			t.Errorf("%s, submitted: %d", name, got.code)
		}
	}
}

func TestCheckout_PagesCannotBeFramedOrKept(t *testing.T) {
	r := newRig(t)
	_, path := r.open()
	b := &browser{r: r}
	p := b.get(path)
	if !strings.Contains(p.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || p.header.Get("X-Frame-Options") != "DENY" || p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers of the checkout: want no framing and no caching, got %v", p.header)
	}
	if !b.cookie.HttpOnly || b.cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("the checkout's cookie: want HttpOnly and SameSite=Lax, got %+v", b.cookie)
	}
}

// A full card number and a security code appear on no page, in no log, in
// nothing that is stored and in no message; whether they were accepted or not.
func TestCheckout_CanariesAppearNowhere(t *testing.T) {
	r := newRig(t)
	p, path := r.open()
	b := &browser{r: r}
	fresh := b.get(path).body
	for _, number := range []string{"4532015112830366", "4532 0151 1283 0366", "5425233430109903", "4532015112830367", "453201511283036"} {
		sent := b.post(path, card(b.get(path), number))
		if sent.code != http.StatusUnprocessableEntity {
			t.Errorf("entered the unpublished card number %s: want 422, got %d", number, sent.code)
		}
	}
	for _, field := range []string{"name", "exp", "csc", "iban", "bank", "method", "nothing"} { // in the wrong field
		for _, method := range []string{"card", "account"} {
			form := card(b.get(path), "4532015112830367")
			form.Set("method", method)
			form.Set(field, "4532 0151 1283 0366")
			if sent := b.post(path, form); sent.code != http.StatusUnprocessableEntity {
				t.Errorf("in %s of a %s: %d to %q", field, method, sent.code, sent.target)
			}
			form.Set("number", "378282246310005")
			form.Set("csc", "9381")
			form.Set(field, "378282246310005")
			if sent := b.post(path, form); sent.code == http.StatusSeeOther {
				b.get(sent.target)
			}
		}
	}
	b.post(path, card(b.get(path), "378282246310005"), "Origin: https://evil.example")
	b.post(path+"/confirm", confirming(b.reviewed(path, "378282246310005")))
	r.shows(b.get(path), "American Express •••• 0005")
	r.answer(p.ID, payment.OutcomeApproved)
	b.get(path)
	r.Results(t.Context(), [][]byte{[]byte("poison")})

	kept := r.everything()
	shown := strings.ReplaceAll(b.seen.String(), publishedIn(fresh), "")
	for _, canary := range []string{"4532015112830366", "4532 0151 1283 0366", "5425233430109903", "4532015112830367", "378282246310005", "9381"} {
		for where, text := range map[string]string{"the log": r.Log.String(), "what is kept and sent": kept, "the pages": shown} {
			if at := strings.Index(text, canary); at >= 0 {
				t.Errorf("%s is in %s: …%s…", canary, where, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
	if !strings.Contains(kept, `"last4":"0005"`) {
		t.Error("the search does not see what is kept")
	}
}

// publishedIn is the part of the page that lists the published test numbers.
func publishedIn(page string) string {
	from := strings.Index(page, "4242 4242 4242 4242")
	from = strings.LastIndex(page[:from], "<details")
	return page[from : from+strings.Index(page[from:], "</details>")]
}

// everything is all that is stored about anything, and all that was sent.
func (r *rig) everything() string {
	var all strings.Builder
	add := func(v any, err error) {
		r.OK(err)
		b, err := json.Marshal(v)
		r.OK(err)
		all.Write(b)
	}
	for v, err := range r.Disk.AllPayments(r.T.Context()) {
		add(v, err)
	}
	for v, err := range r.Disk.AllMessages(r.T.Context()) {
		all.Write(v.Body)
		add(v.Note, err)
	}
	for v, err := range r.Disk.AllEvents(r.T.Context()) {
		all.Write(v.Body())
		add(v.Type, err)
	}
	for v, err := range r.Disk.AllEntries(r.T.Context()) {
		add(v, err)
	}
	for _, m := range r.Messages() {
		all.Write(m.Body)
	}
	return all.String()
}

func TestNew_RefusesAShortKey(t *testing.T) {
	if _, err := hostedpage.New(hostedpage.Config{Key: []byte("short")}); err == nil {
		t.Error("accepted")
	}
}

func TestCheckout_OpenBankMayBeChosen(t *testing.T) {
	r := newRig(t)
	wish := Wish()
	wish.Bank = ""
	p, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	path := "/pay/" + r.Tokens.Token(p.ID)
	offline := Health("MUTEIE2A")
	offline.Online = false
	r.ObserveBank(offline)
	b := &browser{r: r}
	for _, bad := range []string{"NOPENL2A", "MUTEIE2A", "x"} {
		form := card(b.get(path), "4242424242424242")
		form.Set("bank", bad)
		if sent := b.post(path, form); sent.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d to %q", bad, sent.code, sent.target)
		}
	}
	form := card(b.get(path), "4242424242424242")
	form.Set("bank", "SLOWDE2A")
	review := b.get(b.post(path, form).target)
	// The bank goes away before the customer confirms: another is asked for, and nothing is lost.
	gone := Health("SLOWDE2A")
	gone.Online = false
	r.ObserveBank(gone)
	if p.Bank != "SLOWDE2A" {
		if sent := b.post(path+"/confirm", confirming(review)); sent.code != http.StatusUnprocessableEntity {
			t.Errorf("%d to %q", sent.code, sent.target)
		}
	}
	r.ObserveBank(Health("SLOWDE2A"))
	r.back(b.post(path+"/confirm", confirming(review)), path)
	if asked := r.Requests(p.ID); len(asked) != 1 || asked[0].Bank != "SLOWDE2A" || asked[0].Type != wire.Authorize {
		t.Errorf("asked %+v", asked)
	}
}
