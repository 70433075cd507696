package node

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/clock/steer"
)

// An idle shop has nothing due. Time that is advanced past the end of an order's payment comes back with the order released, since
// the shop has asked by then, at its own moment.
func TestShop_MopsUpBySimulatedTime(t *testing.T) {
	start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}, Shop: &Shop{}, FreezeAt: start})
	if next := n.hand.Show().Next; next == nil || next.Hour() != 23 { // the bank's cut-off
		t.Errorf("with a shop that has no orders, the next moment is %v", next)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(browser.CloseIdleConnections)
	read := func(r *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		page, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode >= 400 {
			t.Fatal(r.Status, string(page), err)
		}
		return string(page)
	}
	token := hidden(read(browser.Get(n.shopURL+"/")), "csrf")
	form := url.Values{"csrf": {token}, "product": {"mug"}, "quantity": {"1"}, "bank": {""}}
	order, err := http.NewRequestWithContext(t.Context(), "POST", n.shopURL+"/buy", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	order.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	order.Header.Set("Origin", n.shopURL)
	read(browser.Do(order))
	r, err := n.hand.Steer(t.Context(), steer.Wish{Advance: &steer.Advance{By: "20m"}})
	if err != nil || r.Happened["payment.abandoned"] != 1 {
		t.Fatalf("advanced past the payment's end: %+v, %v", r, err)
	}
	if page := read(browser.Get(n.shopURL + "/office")); !strings.Contains(page, "Not heard back") {
		t.Errorf("when time has arrived, the order is not released: %s", page)
	}
}
