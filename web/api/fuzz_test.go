package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
)

// FuzzNewPayment reads bodies: an accepted one is within every bound, and the
// error of a refused one is in our words and not in the JSON library's.
func FuzzNewPayment(f *testing.F) {
	f.Add(`{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/", "metadata": {"a": "b"}, "expires_in_seconds": 60}`)
	f.Add(`{"amount": {"value": "1e9", "value": "2"}, "Amount": null}`)
	f.Add(`[[[`)
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/payments", strings.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		var body NewPayment
		err := decode(r, &body)
		if err == nil {
			_, err = body.wish()
		}
		if err != nil {
			f := fault.From(err)
			if f.Kind != fault.Invalid && f.Kind != fault.TooLarge || f.Message == "" || strings.Contains(f.Message, "json.") {
				t.Fatalf("read the payment %q: want a fault of form in words of our own, got %+v", text, f)
			}
			return
		}
		wish, _ := body.wish()
		u, err := url.Parse(wish.ReturnURL)
		if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || !wish.Amount.IsPositive() || wish.Reference == "" ||
			wish.Life < payment.MinLife || wish.Life > payment.MaxLife || len(wish.Metadata) > form.MaxMetadata || instrument.NamesCard(wish.Reference+" ") {
			t.Fatalf("%q passes as %+v", text, wish)
		}
	})
}

// FuzzIdempotencyKey reads the header, once and twice.
func FuzzIdempotencyKey(f *testing.F) {
	f.Add("order-1042", "")
	f.Add(`"quoted"`, "again")
	f.Add(`"say \"1042\"; a=b"; c=1`, "")
	f.Fuzz(func(t *testing.T, one, two string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/payments", nil)
		r.Header["Idempotency-Key"] = []string{one}
		if two != "" {
			r.Header["Idempotency-Key"] = []string{one, two}
		}
		key, err := idempotencyKey(r)
		if err == nil && (two != "" || key == "" || len(key) > maxKey || strings.ContainsAny(key, "\x00\r\n\x7f")) {
			t.Fatalf("%q, %q pass as %q", one, two, key)
		}
	})
}

// FuzzPrefer reads the wait of a Prefer header, which is bounded.
func FuzzPrefer(f *testing.F) {
	f.Add("wait=10")
	f.Add("respond-async, wait=99999999999999999999")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/v1/payments/x", nil)
		r.Header.Set("Prefer", header)
		r.Header.Set("If-None-Match", header)
		if wait := preferredWait(r); wait < 0 || wait > maxPreferredWait || wait%time.Second != 0 {
			t.Fatalf("%q is %s", header, wait)
		}
		knows(r, payment.Payment{Version: 1})
	})
}

// FuzzQuery reads the queries of a list.
func FuzzQuery(f *testing.F) {
	f.Add("25", "pay_01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add("-1", "pay_01890A5D-AC96-774B-BCCE-B302099A8057")
	f.Fuzz(func(t *testing.T, limit, cursor string) {
		problem := fault.New(fault.Invalid, "query_invalid", "x")
		if n := limitOf(problem, limit); n < 1 || n > maxLimit {
			t.Fatalf("%q is %d", limit, n)
		}
		if chance.ValidID("pay", cursor) && (cursor != strings.ToLower(cursor) || len(cursor) != 40) {
			t.Fatalf("%q is a cursor", cursor)
		}
	})
}
