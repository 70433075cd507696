package shop

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sandbank/web/look/looktest"
)

// hand presses a button in the back office, as a browser would that has the page.
func (b *bench) hand(number, name string, change func(url.Values)) *httptest.ResponseRecorder {
	b.t.Helper()
	page := b.get(officePath + number)
	html := page.Body.String()
	_, form, there := strings.Cut(html, `action="`+officePath+number+"/"+name)
	values := url.Values{"csrf": {tokenField.FindStringSubmatch(html + `name="csrf" value="x"`)[1]}, "key": {"1"}, "amount": {"1.00"}}
	if there {
		_, key, _ := strings.Cut(form, `name="key" value="`)
		values.Set("key", key[:strings.IndexByte(key, '"')])
	}
	if change != nil {
		change(values)
	}
	r := httptest.NewRequest(http.MethodPost, "http://shop.test"+officePath+number+"/"+name, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range page.Result().Cookies() {
		r.AddCookie(c)
	}
	return b.do(r)
}

func of(amount string) func(url.Values) { return func(v url.Values) { v.Set("amount", amount) } }

// paid is an order of 19.98 that is paid.
func (b *bench) paid() (number, payment string) {
	b.t.Helper()
	number, payment = b.buy()
	b.far.captured(payment)
	b.tell(1, "payment.captured", payment)
	b.expect(number, StatePaid, "")
	return number, payment
}

func (b *bench) tell(sequence int, kind, payment string) {
	b.t.Helper()
	id := "evt_" + kind + string(rune('a'+sequence))
	if w := b.do(b.far.event(testSecret, id, sequence, kind, payment)); w.Code != http.StatusNoContent {
		b.t.Fatalf("the webhook was answered with %d", w.Code)
	}
}

func (b *bench) pressed(number, name string, change func(url.Values)) {
	b.t.Helper()
	if w := b.hand(number, name, change); w.Code != http.StatusSeeOther || w.Header().Get("Location") != officePath+number {
		b.t.Fatalf("%s: answered %d %s; want status %d", name, w.Code, w.Body, http.StatusSeeOther)
	}
}

func (b *bench) shows(path string, wants ...string) {
	b.t.Helper()
	body := b.get(path).Body.String()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			b.t.Errorf("%s does not show %q\n%s", path, want, body)
		}
	}
}

// An order is refunded in two parts; the customer sees how each of them fares.
func TestOffice_RefundInParts(t *testing.T) {
	b := newBench(t)
	number, payment := b.paid()
	b.pressed(number, "refund", of("5.00"))
	b.shows("/orders/"+number, "€5.00", "Pending")
	b.expect(number, StatePaid, "Asked the processor for a refund of €5.00")
	late := b.far.event(testSecret, "evt_late", 2, "dispute.won", payment) // of a payment whose refund is pending
	b.far.decide(payment, "refunds", "succeeded")
	b.tell(3, "refund.succeeded", payment)
	b.do(late)
	b.shows("/orders/"+number, "€5.00", "Succeeded", "Your order is paid")
	b.shows(officePath+number, `value="14.98"`, "€14.98 is left.", "Back office.")
	b.pressed(number, "refund", of("14.98"))
	b.far.decide(payment, "refunds", "succeeded")
	b.tell(4, "refund.succeeded", payment)
	b.expect(number, StateRefunded, "Closed the order")
	b.shows(officePath+number, "There is nothing to take")
	b.tell(1, "payment.captured", payment) // again, and late
	b.expect(number, StateRefunded, "")
	if len(b.far.operated) != 2 {
		t.Errorf("asked for %v", b.far.operated)
	}
}

// A refund that failed is shown, and its sum can be refunded again.
func TestOffice_RefundFails(t *testing.T) {
	b := newBench(t)
	number, payment := b.paid()
	b.pressed(number, "refund", of("19.98"))
	b.shows(officePath+number, "There is nothing to take")
	b.far.decide(payment, "refunds", "failed")
	b.tell(2, "refund.failed", payment)
	b.expect(number, StatePaid, "Heard that a refund failed")
	b.shows("/orders/"+number, "Failed", "Because.")
	b.shows(officePath+number, `value="19.98"`, `name="key" value="2"`)
}

// A second press of one form does it once, also where the first answer was lost.
func TestOffice_TwiceIsOnce(t *testing.T) {
	b := newBench(t)
	number, _ := b.paid()
	first := func(v url.Values) { v.Set("key", "1"); v.Set("amount", "2.00") }
	b.pressed(number, "refund", first)
	b.pressed(number, "refund", first)
	if len(b.far.operated) != 1 {
		t.Errorf("asked for %v", b.far.operated)
	}
	o, _ := b.shop.orders.get(number)
	if len(o.funds.refunds) != 1 {
		t.Errorf("pressed refund twice: want one refund, got %+v", o.funds.refunds)
	}
}

// No webhook comes: the shop asks for the operations that it has begun.
func TestOffice_LostWebhook(t *testing.T) {
	b := newBench(t)
	number, payment := b.paid()
	b.mop()
	b.pressed(number, "refund", of("19.98"))
	b.later(askSoon)
	b.far.await()
	b.far.decide(payment, "refunds", "succeeded")
	for b.state(number) == StatePaid {
		b.later(askAgain)
	}
	b.expect(number, StateRefunded, "Heard nothing of it, so it asked")
}

func TestOffice_ReservedIsTakenOrReleased(t *testing.T) {
	b := newBench(t, func(c *Config) { c.ManualCapture = true })
	reserved := func() (number, payment string) {
		number, payment = b.buy()
		if b.far.payments[payment]["capture"] != "manual" {
			t.Fatalf("asked for %v", b.far.payments[payment])
		}
		b.far.set(payment, "authorized")
		b.tell(1, "payment.authorized", payment)
		b.expect(number, StateReserved, "")
		return number, payment
	}
	number, payment := reserved()
	b.pressed(number, "capture", of("19.98"))
	b.far.decide(payment, "captures", "succeeded")
	b.far.set(payment, "captured")
	b.tell(2, "capture.succeeded", payment)
	b.expect(number, StatePaid, "Heard that the money was taken")
	b.tell(3, "payment.captured", payment)
	b.shows(officePath+number, "Taken", "To refund")

	number, payment = reserved()
	b.pressed(number, "capture", of("4.98"))
	b.far.decide(payment, "captures", "succeeded")
	b.tell(2, "capture.succeeded", payment)
	b.expect(number, StateReserved, "")
	b.shows(officePath+number, `value="15.00"`, `value="4.98"`)
	b.pressed(number, "void", nil)
	b.far.decide(payment, "voids", "succeeded")
	b.far.set(payment, "captured")
	b.tell(3, "void.succeeded", payment)
	b.expect(number, StatePaid, "Heard that the money was released")

	number, payment = reserved()
	b.pressed(number, "void", nil)
	b.far.decide(payment, "voids", "succeeded")
	b.far.set(payment, "voided")
	b.tell(2, "void.succeeded", payment)
	b.tell(3, "payment.voided", payment)
	b.expect(number, StateCanceled, "")
}

func TestOffice_Dispute(t *testing.T) {
	b := newBench(t)
	number, payment := b.paid()
	say := func(sequence int, status, kind string) {
		b.far.mu.Lock()
		b.far.payments[payment]["dispute"] = map[string]any{
			"id": "dp_1", "status": status, "amount": map[string]any{"value": "9.99", "currency": "EUR"}, "opened_at": sampleTime,
		}
		b.far.mu.Unlock()
		b.tell(sequence, kind, payment)
	}
	say(2, "needs_response", "dispute.opened")
	b.expect(number, StatePaid, "Heard that the customer disputes")
	b.shows("/orders/"+number, "Dispute", "€9.99", "Needs response")
	b.shows(officePath+number, `value="9.99"`)
	say(4, "lost", "dispute.lost")
	say(3, "under_review", "dispute.under_review") // late
	b.shows("/orders/"+number, "Lost")
}

func TestOffice_Refusals(t *testing.T) {
	b := newBench(t)
	number, _ := b.paid()
	for _, c := range []struct {
		name   string
		change func(url.Values)
		far    int
		status int
		says   string
	}{
		{"refund", of(""), 0, 422, "Type an amount"},
		{"refund", of("0.00"), 0, 422, "more than zero"},
		{"refund", of("1,50"), 0, 422, "amount"},
		{"refund", of(looktest.Hostile), 0, 422, "amount"},
		{"refund", of("99.99"), 422, 422, "There is no more than that left."},
		{"refund", of("1.00"), 409, 409, "There is no more than that left."},
		{"refund", of("1.00"), 500, 502, "Nothing is lost: try again."},
		{"refund", func(v url.Values) { v.Set("csrf", "forged") }, 0, 403, "open too long"},
		{"refund", func(v url.Values) { v.Set("key", "01") }, 0, 403, "open too long"},
		{"refund", func(v url.Values) { v.Set("key", "x") }, 0, 403, "open too long"},
		{"capture", nil, 409, 409, "There is no more than that left."},
	} {
		b.far.mu.Lock()
		b.far.status = c.far
		b.far.mu.Unlock()
		w := b.hand(number, c.name, c.change)
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, want %d and %q\n%s", c.name, w.Code, c.status, c.says, body)
		}
		looktest.CheckHostile(t, body)
	}
	if len(b.far.operated) != 0 {
		t.Errorf("asked for %v", b.far.operated)
	}
	for _, path := range []string{officePath + "order-22222222", officePath + "x", officePath + number + "/steal"} {
		if w := b.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: answered %d; want status %d", path, w.Code, http.StatusNotFound)
		}
	}
}
