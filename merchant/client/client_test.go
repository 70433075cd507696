package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sandbank/money"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world answers requests without a network, so that a test rules the time.
type world func(*http.Request) *http.Response

func (w world) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	answer := w(r)
	if answer == nil {
		return nil, errors.New("connection refused")
	}
	return answer, nil
}

func say(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func problem(status int, code string, header ...string) *http.Response {
	return say(status, fmt.Sprintf(`{"type":"x","title":"T","status":%d,"detail":"D","code":%q,"request_id":"rid_1"}`, status, code), header...)
}

const isToken = "/oauth/token"

// withToken answers token requests and leaves the others to w.
func withToken(w world) world {
	return func(r *http.Request) *http.Response {
		if r.URL.Path == isToken {
			return say(200, `{"access_token":"t1","token_type":"Bearer","expires_in":3600}`)
		}
		return w(r)
	}
}

func clientOf(t *testing.T, w world) *Client {
	t.Helper()
	c, err := New(Config{Base: "http://processor.test", ID: "demo", Secret: "secret", HTTP: &http.Client{Transport: w}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const paid = `{"id":"pay_1","status":"captured","amount":{"value":"19.99","currency":"EUR"},"checkout_url":"http://p/pay/x"}`

func order() NewPayment {
	return NewPayment{Amount: money.Must("19.99", "EUR"), Reference: "order-1", ReturnURL: "https://shop.test/1"}
}

func TestNew_BadConfig(t *testing.T) {
	for _, c := range []Config{
		{Base: "", ID: "a", Secret: "b"}, {Base: "127.0.0.1:8080", ID: "a", Secret: "b"}, {Base: "ftp://x", ID: "a", Secret: "b"},
		{Base: "http://u:p@x", ID: "a", Secret: "b"}, {Base: "http://x?y=1", ID: "a", Secret: "b"}, {Base: "http://x"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestCreatePayment_SendsWhatTheAPITakes(t *testing.T) {
	var body map[string]any
	var key, bearer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == isToken {
			id, secret, _ := r.BasicAuth()
			if id != "demo" || secret != "s%2F+%3A" {
				t.Errorf("credentials %q %q are not form-encoded", id, secret)
			}
			fmt.Fprint(w, `{"access_token":"tok","expires_in":60}`)
			return
		}
		key, bearer = r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization")
		_ = json.NewDecoder(r.Body).Decode(&body)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, paid)
	}))
	defer server.Close()
	c, err := New(Config{Base: server.URL + "/", ID: "demo", Secret: "s/ :"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p, err := c.CreatePayment(t.Context(), order(), "order-1")
	if err != nil || p.ID != "pay_1" || !p.Amount.Equal(money.Must("19.99", "EUR")) {
		t.Fatalf("created a payment: want pay_1 of 19.99 EUR, got %+v %v", p, err)
	}
	if key != `"order-1"` || bearer != "Bearer tok" {
		t.Errorf("key %s, authorization %s", key, bearer)
	}
	if fmt.Sprint(body) != "map[amount:map[currency:EUR value:19.99] reference:order-1 return_url:https://shop.test/1]" {
		t.Errorf("body %v", body)
	}
}

// The answers of a restarting processor, and whether the request is sent again.
func TestCreatePayment_Repeats(t *testing.T) {
	gone := func() *http.Response { return nil }
	for name, c := range map[string]struct {
		fail  func() *http.Response
		key   IdempotencyKey
		tries int
	}{
		"connection refused":    {gone, "k", 3},
		"unavailable":           {func() *http.Response { return problem(503, "busy") }, "k", 3},
		"bad gateway":           {func() *http.Response { return say(502, "<html>") }, "k", 3},
		"in flight":             {func() *http.Response { return problem(409, "idempotency_key_in_flight") }, "k", 3},
		"body cut off":          {func() *http.Response { return &http.Response{StatusCode: 202, Header: http.Header{}, Body: cutOff{}} }, "k", 3},
		"without a key":         {gone, "", 1},
		"another conflict":      {func() *http.Response { return problem(409, "payment_final") }, "k", 1},
		"bank offline":          {func() *http.Response { return problem(503, "bank_offline") }, "k", 1},
		"invalid":               {func() *http.Response { return problem(400, "request_invalid") }, "k", 1},
		"server error":          {func() *http.Response { return problem(500, "internal_error") }, "k", 1},
		"an answer that is not": {func() *http.Response { return say(202, "hello") }, "k", 1},
		"redirect":              {func() *http.Response { return say(304, "") }, "k", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, keys := 0, map[string]bool{}
				cl := clientOf(t, withToken(func(r *http.Request) *http.Response {
					keys[r.Header.Get("Idempotency-Key")] = true
					if tries++; tries < 3 {
						return c.fail()
					}
					return say(202, paid)
				}))
				_, err := cl.CreatePayment(t.Context(), order(), c.key)
				if tries != c.tries || len(keys) != 1 {
					t.Errorf("%d tries with %d keys, want %d with one; %v", tries, len(keys), c.tries, err)
				}
				if name != "redirect" && (err == nil) != (c.tries == 3) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (cutOff) Close() error             { return nil }

func TestCall_PatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := clientOf(t, withToken(func(*http.Request) *http.Response { return nil }))
		if _, err := c.Payment(t.Context(), "pay_1"); err == nil {
			t.Fatal("no error")
		}
		if took := time.Since(began); took > DefaultPatience || took < DefaultPatience/2 {
			t.Errorf("gave up after %s", took)
		}
	})
}

func TestCall_RetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		c := clientOf(t, withToken(func(*http.Request) *http.Response {
			if tries++; tries == 1 {
				return problem(503, "busy", "Retry-After", "4")
			}
			return say(200, paid)
		}))
		if _, err := c.Payment(t.Context(), "pay_1"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("asked again after %s, not 4s", took)
		}
	})
}

func TestCall_CancelEndsRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		c := clientOf(t, withToken(func(*http.Request) *http.Response { return nil }))
		if _, err := c.Payment(ctx, "pay_1"); err == nil || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestToken_OneFetchForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int32
		c := clientOf(t, func(r *http.Request) *http.Response {
			if r.URL.Path == isToken {
				fetched.Add(1)
				time.Sleep(time.Second)
				return say(200, `{"access_token":"t","expires_in":3600}`)
			}
			return say(200, paid)
		})
		for range 50 {
			go func() {
				if _, err := c.Payment(t.Context(), "pay_1"); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := fetched.Load(); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

func TestToken_OneWhoGivesUpDoesNotSpoilItForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, func(r *http.Request) *http.Response {
			if r.URL.Path == isToken {
				time.Sleep(5 * time.Second)
				return say(200, `{"access_token":"t","expires_in":3600}`)
			}
			return say(200, paid)
		})
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			if _, err := c.Payment(impatient, "pay_1"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one got %v", err)
			}
		}()
		time.Sleep(500 * time.Millisecond)
		if _, err := c.Payment(t.Context(), "pay_1"); err != nil {
			t.Error(err)
		}
	})
}

func TestToken_RenewedBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // the renewal runs beside the requests
		issued, ends := 0, time.Time{}
		c := clientOf(t, func(r *http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Path == isToken {
				issued++
				ends = time.Now().Add(100 * time.Second)
				return say(200, fmt.Sprintf(`{"access_token":"t%d","expires_in":100}`, issued))
			}
			if !time.Now().Before(ends) {
				t.Errorf("a token was used after its end")
			}
			return say(200, paid)
		})
		for range 100 {
			if _, err := c.Payment(t.Context(), "pay_1"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(5 * time.Second)
		}
		if issued < 5 || issued > 8 {
			t.Errorf("%d tokens for 500 seconds", issued)
		}
	})
}

// A processor that lost its key refuses every old token; one that refuses new
// ones too is not asked forever.
func TestToken_RefusedIsFetchedAgainOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issued, valid, calls := 0, "t2", 0
		c := clientOf(t, func(r *http.Request) *http.Response {
			if r.URL.Path == isToken {
				issued++
				return say(200, fmt.Sprintf(`{"access_token":"t%d","expires_in":100}`, issued))
			}
			calls++
			if r.Header.Get("Authorization") != "Bearer "+valid {
				return problem(401, "token_invalid")
			}
			return say(200, paid)
		})
		if _, err := c.Payment(t.Context(), "pay_1"); err != nil || issued != 2 {
			t.Fatalf("%v after %d tokens", err, issued)
		}
		valid, calls = "none", 0
		if _, err := c.Payment(t.Context(), "pay_1"); Code(err) != "token_invalid" || calls != 2 {
			t.Fatalf("%v after %d calls", err, calls)
		}
	})
}

func TestToken_WrongSecretIsAProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, func(*http.Request) *http.Response {
			return say(401, `{"error":"invalid_client","error_description":"The client id or secret is not right."}`)
		})
		_, err := c.Banks(t.Context())
		p, ok := errors.AsType[*Problem](err)
		if !ok || p.Code != "invalid_client" || p.Status != 401 || !strings.Contains(p.Error(), "not right") {
			t.Errorf("asked with a wrong secret: want the problem invalid_client with 401, got %v", err)
		}
	})
}

func TestProblem_HasTheFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, withToken(func(*http.Request) *http.Response {
			return say(400, `{"type":"http://p/problems/request_invalid","title":"Bad Request","status":400,"detail":"Some fields are not right.",
				"code":"request_invalid","hint":"Look.","errors":[{"pointer":"/amount/value","detail":"is required"}],"request_id":"rid_9"}`, "Retry-After", "7")
		}))
		_, err := c.CreatePayment(t.Context(), order(), "k")
		p, ok := errors.AsType[*Problem](err)
		if !ok || p.Errors[0].Pointer != "/amount/value" || p.RequestID != "rid_9" || p.RetryAfter != 7*time.Second || p.Hint != "Look." || p.Type == "" {
			t.Fatalf("the processor refused a payment: want the problem with every member, got %+v", err)
		}
		if text := err.Error(); text != "400 request_invalid: Some fields are not right. Look.; /amount/value is required (rid_9)" {
			t.Errorf("the problem in words: want code, title, hint, field and request id, got %s", text)
		}
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var waits []string
		c := clientOf(t, withToken(func(r *http.Request) *http.Response {
			waits = append(waits, r.Header.Get("Prefer"))
			switch wait := r.Header.Get("Prefer"); {
			case time.Since(began) > 40*time.Second:
				return say(200, paid)
			case wait != "":
				time.Sleep(30 * time.Second)
			}
			if r.Header.Get("If-None-Match") == `"1"` {
				return say(304, "", "ETag", `"1"`, "Preference-Applied", "wait=30")
			}
			return say(200, strings.Replace(paid, "captured", "processing", 1), "ETag", `"1"`, "Preference-Applied", "wait=30")
		}))
		p, err := c.Await(t.Context(), "pay_1", 2*time.Minute)
		if err != nil || p.Status != Captured || len(waits) != 3 || waits[0] != "wait=30" {
			t.Errorf("%+v %v, asked with %q", p.Status, err, waits)
		}
	})
}

func TestAwait_TimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), 0
		c := clientOf(t, withToken(func(*http.Request) *http.Response {
			asked++ // and answers at once: a processor that does not know the preference
			return say(200, strings.Replace(paid, "captured", "created", 1))
		}))
		p, err := c.Await(t.Context(), "pay_1", 10*time.Second)
		if err != nil || p.Status != Created || time.Since(began) != 10*time.Second || asked > 12 {
			t.Errorf("%s %v after %s, asked %d times", p.Status, err, time.Since(began), asked)
		}
	})
}

func TestOthers_AskTheRightPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		c := clientOf(t, withToken(func(r *http.Request) *http.Response {
			asked = append(asked, r.Method+" "+r.URL.RequestURI())
			switch r.Method + r.URL.Path {
			case "DELETE/v1/webhook-endpoints/whe_1":
				return say(204, "")
			case "POST/v1/webhook-endpoints":
				return say(201, `{"id":"whe_1","secret":"whsec_x","enabled":true}`)
			case "GET/v1/events":
				return say(200, `{"data":[{"id":"evt_1","type":"payment.captured","sequence":4,"data":`+paid+`}],"next_after":4}`)
			case "GET/v1/payments":
				return say(200, `{"data":[`+paid+`],"next_cursor":"pay_0"}`)
			case "POST/v1/payments/a%2Fb/cancel", "POST/v1/payments/a/b/cancel":
				return say(200, paid)
			}
			return say(200, `{"data":[{"identifier":"SANDNL2A","currencies":["EUR"],"online":true}]}`)
		}))
		ctx := t.Context()
		_, err1 := c.Cancel(ctx, "a/b")
		page, err2 := c.Payments(ctx, Filter{Status: Captured, Reference: "o 1", Limit: 5, Cursor: "pay_9"})
		banks, err3 := c.Banks(ctx)
		events, err4 := c.EventsAfter(ctx, 3, 10)
		made, err5 := c.CreateEndpoint(ctx, NewEndpoint{URL: "https://x"})
		_, err6 := c.Endpoints(ctx)
		err7 := c.DeleteEndpoint(ctx, "whe_1")
		if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
			t.Fatal(err)
		}
		if page.NextCursor != "pay_0" || !banks[0].Online || events.NextAfter != 4 || made.Secret != "whsec_x" {
			t.Errorf("read answers of other routes: want each member, got %+v %+v %+v %+v", page, banks, events, made)
		}
		if p, err := events.Data[0].Payment(); err != nil || p.Status != Captured {
			t.Errorf("read the payment of an event: want it captured, got %+v %v", p, err)
		}
		want := []string{
			"POST /v1/payments/a%2Fb/cancel", "GET /v1/payments?cursor=pay_9&limit=5&reference=o+1&status=captured", "GET /v1/banks",
			"GET /v1/events?after=3&limit=10", "POST /v1/webhook-endpoints", "GET /v1/webhook-endpoints", "DELETE /v1/webhook-endpoints/whe_1",
		}
		if fmt.Sprint(asked) != fmt.Sprint(want) {
			t.Errorf("asked\n%q, want\n%q", asked, want)
		}
	})
}
