package gate

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rig is a gate with limits before one route for anyone and one for clients,
// whose token is their name.
func rig(l Limits) (http.Handler, *Gate, *clock.Manual) {
	c := clock.NewManual(noon)
	l.Clock = c
	g := &Gate{Base: "http://x", Clock: c, Chance: chance.Seeded(1), Log: slog.New(slog.DiscardHandler), Limits: NewLimiter(l)}
	g.Authenticate = func(token string) (identity.Principal, error) {
		if strings.HasPrefix(token, "bad") {
			return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "No.")
		}
		return identity.Principal{Client: token, Role: identity.RoleMerchant, Merchant: identity.Merchant{ID: token}}, nil
	}
	ok := func(w http.ResponseWriter, _ *http.Request, _ Call) error { return Reply(w, 200, "ok") }
	r := mux.NewRouter()
	g.Mount(r, []Route{{Method: "GET", Path: "/open", Needs: Open, Handle: ok}, {Method: "GET", Path: "/v1/own", Needs: identity.ReadPayments, Handle: ok}, {Method: "GET", Path: "/livez", Needs: Open, Handle: ok}})
	return g.Guard(r), g, c
}

func get(h http.Handler, path, from, token string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLimits_OfAClient(t *testing.T) {
	h, _, c := rig(Limits{Client: Rate{2, 3}})
	for i := range 3 {
		w := get(h, "/v1/own", "192.0.2.1:1", "a")
		if w.Code != 200 || w.Header().Get("RateLimit-Policy") != `"client";q=3;w=2` || w.Header().Get("RateLimit") != fmt.Sprintf(`"client";r=%d;t=%d`, 2-i, (i+2)/2) {
			t.Errorf("request %d: %d, %s, %s", i, w.Code, w.Header().Get("RateLimit-Policy"), w.Header().Get("RateLimit"))
		}
	}
	// From another address it is the same client; another client is not held up.
	w := get(h, "/v1/own", "192.0.2.2:1", "a")
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 429 || p.Code != "rate_limited" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %s, %s, %v", w.Code, w.Header().Get("Retry-After"), w.Body, err)
	}
	if w := get(h, "/v1/own", "192.0.2.1:1", "b"); w.Code != 200 {
		t.Errorf("another client: %d", w.Code)
	}
	c.Advance(500 * time.Millisecond)
	if w := get(h, "/v1/own", "192.0.2.1:1", "a"); w.Code != 200 {
		t.Errorf("after half a second: %d", w.Code)
	}
	if w := get(h, "/v1/own", "192.0.2.1:1", "a"); w.Code != 429 {
		t.Errorf("two in half a second: %d", w.Code)
	}
}

func TestLimits_OfAnAddress(t *testing.T) {
	h, g, _ := rig(Limits{Address: Rate{1, 2}})
	for from, want := range map[string][]int{
		"192.0.2.1:1":    {200, 200, 429, 429},
		"[2001:db8::1]:": {429}, // no port: counted as from nowhere, which is used up below
	} {
		if from == "[2001:db8::1]:" {
			get(h, "/open", from, "")
			get(h, "/open", from, "")
		}
		for i, code := range want {
			if w := get(h, "/open", from, ""); w.Code != code {
				t.Errorf("%s, %d: %d, want %d", from, i, w.Code, code)
			}
		}
	}
	// A network of IPv6 is one address; X-Forwarded-For makes nobody another.
	codes := ""
	for i := range 3 {
		codes += fmt.Sprint(get(h, "/open", fmt.Sprintf("[2001:db8::%d]:1", i), "", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i)).Code, " ")
	}
	if codes != "200 200 429 " {
		t.Errorf("three of one network: %s", codes)
	}
	if w := get(h, "/livez", "192.0.2.1:1", ""); w.Code != 200 {
		t.Errorf("/livez: %d", w.Code)
	}
	// A person gets a page, a program a problem.
	g.Page = func(w http.ResponseWriter, _ *http.Request, f *fault.Error, status int) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("page " + f.Code))
	}
	if w := get(h, "/pay/x", "192.0.2.1:1", "", "Accept", "text/html"); w.Code != 429 || w.Body.String() != "page rate_limited" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("a page: %d %s", w.Code, w.Body)
	}
	if w := get(h, "/v1/own", "192.0.2.1:1", "a", "Accept", "text/html"); w.Code != 429 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program that takes HTML: %d %s", w.Code, w.Body)
	}
}

func TestAddress(t *testing.T) {
	l := NewLimiter(Limits{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for name, c := range map[string]struct {
		peer, want string
		forwarded  []string
	}{
		"no proxy":                    {"192.0.2.1:1", "192.0.2.1", []string{"203.0.113.9"}},
		"mapped":                      {"[::ffff:192.0.2.1]:1", "192.0.2.1", nil},
		"a network of IPv6":           {"[2001:db8:1:2:3::4]:1", "2001:db8:1:2::", nil},
		"with a zone":                 {"[fe80::1%eth0]:1", "fe80::", nil},
		"proxy that says nothing":     {"10.0.0.1:1", "10.0.0.1", nil},
		"proxy":                       {"10.0.0.1:1", "203.0.113.9", []string{"203.0.113.9"}},
		"what the client sent before": {"10.0.0.1:1", "203.0.113.9", []string{"1.1.1.1, 203.0.113.9"}},
		"two proxies, two lines":      {"[::1]:1", "203.0.113.9", []string{"1.1.1.1,203.0.113.9", "10.2.3.4"}},
		"nonsense":                    {"10.0.0.1:1", "10.0.0.1", []string{"1.1.1.1, unknown"}},
		"nonsense before a proxy":     {"10.0.0.1:1", "10.2.3.4", []string{"_hidden, 10.2.3.4"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.peer, c.forwarded
		if got := l.Address(r); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{"off": {}, "100": {100, 500}, "0.1": {0.1, 1}, "20:7": {20, 7}} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("parsed the rate %q: want %v, got %v, %v", text, want, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "NaN", "Inf", "1e9", "many", "1:", "1:0", "1:-5", "1:1.5", "1:99999999", ":5"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestBuckets_StayBounded(t *testing.T) {
	b := newBuckets[int]("x", Rate{1, 2})
	b.take(-1, noon)
	for i := range maxBuckets * 2 {
		b.take(i, noon)
		if i%1000 == 0 {
			b.take(-1, noon) // seen again and again, and so not forgotten
		}
	}
	if len(b.held) != maxBuckets || b.recent.Len() != maxBuckets {
		t.Errorf("%d, %d are held", len(b.held), b.recent.Len())
	}
	if got := b.take(-1, noon); got.ok {
		t.Error("who asks all the time was forgotten")
	}
}

func TestGuesses_AreBounded(t *testing.T) {
	h, g, c := rig(Limits{})
	guess := func(from, client string, right bool) (after string) {
		t.Helper()
		r := httptest.NewRequest("POST", "/oauth/token", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		attempt, err := g.Limits.Guess(w, r, client)
		if err != nil {
			if fault.Code(err) != "too_many_failures" {
				t.Error(err)
			}
			return w.Header().Get("Retry-After")
		}
		if right {
			attempt.Right()
		}
		return ""
	}
	for i := range 100 {
		if wait := guess("192.0.2.1:1", "shop", true); wait != "" {
			t.Fatalf("right for the %dth time: refused for %s s", i, wait)
		}
	}
	for range 10 {
		if wait := guess("192.0.2.1:1", "shop", false); wait != "" {
			t.Fatalf("refused early, for %s s", wait)
		}
	}
	for _, right := range []bool{false, true} {
		if wait := guess("192.0.2.1:1", "shop", right); wait != "6" {
			t.Errorf("the 11th, right %v: waits %q", right, wait)
		}
	}
	if wait := guess("192.0.2.1:1", "other", true); wait != "" {
		t.Errorf("another client of that address waits %s", wait)
	}
	c.Advance(6 * time.Second)
	if wait := guess("192.0.2.1:1", "shop", true); wait != "" {
		t.Errorf("after six seconds: waits %s", wait)
	}
	// One address that tries many clients.
	for i := range 60 {
		if wait := guess("192.0.2.7:1", fmt.Sprint("c", i), false); wait != "" {
			t.Fatalf("refused at %d", i)
		}
	}
	if wait := guess("192.0.2.7:1", "c61", false); wait != "1" {
		t.Errorf("the 61st client: waits %q", wait)
	}
	if w := get(h, "/v1/own", "192.0.2.7:1", "bad"); w.Code != 429 || !strings.Contains(w.Body.String(), "too_many_failures") {
		t.Errorf("a bad token from there: %d %s", w.Code, w.Body)
	}
	if w := get(h, "/v1/own", "192.0.2.7:1", "good"); w.Code != 200 {
		t.Errorf("a good token from there: %d", w.Code)
	}
}

// Guesses at the same time that are right cost nothing, whichever was refused beside them and in whichever order they end.
func TestGuesses_RightOnesAreGivenBackExactly(t *testing.T) {
	_, g, _ := rig(Limits{})
	guess := func() *Guess {
		r := httptest.NewRequest("POST", "/oauth/token", nil)
		r.RemoteAddr = "192.0.2.1:1"
		attempt, err := g.Limits.Guess(httptest.NewRecorder(), r, "shop")
		if err != nil {
			return nil
		}
		return attempt
	}
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			for range 200 {
				if attempt := guess(); attempt != nil {
					runtime.Gosched()
					attempt.Right()
				}
			}
		})
	}
	all.Wait()
	for n := range 10 {
		if guess() == nil {
			t.Fatalf("after right guesses only, %d can be begun at once, expected 10", n)
		}
	}
	if guess() != nil {
		t.Error("after ten that did not end, an eleventh was begun")
	}
}

// Many addresses that guess for one client do not lock it out.
func TestGuesses_FromEverywhere(t *testing.T) {
	_, g, _ := rig(Limits{})
	guess := func(from string) (*Guess, error) {
		r := httptest.NewRequest("POST", "/oauth/token", nil)
		r.RemoteAddr = from
		return g.Limits.Guess(httptest.NewRecorder(), r, "shop")
	}
	known, err := guess("192.0.2.1:1")
	if err != nil {
		t.Fatal(err)
	}
	known.Right()
	refused := 0
	for i := range 150 {
		if _, err := guess(fmt.Sprintf("198.51.100.%d:1", i)); err != nil {
			refused++
		}
	}
	if refused != 50 {
		t.Errorf("%d of 150 were refused", refused)
	}
	if own, err := guess("192.0.2.1:1"); err != nil {
		t.Errorf("the client itself: %v", err)
	} else {
		own.Right()
	}
}

// The cost of the limits for each request of a payment.
func BenchmarkLimits(b *testing.B) {
	_, g, _ := rig(Limits{Client: Rate{1e6, 1e7}, Address: Rate{1e6, 1e7}})
	g.Limits.limits.Clock = clock.Real{}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.1:1"
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		clear(w.Header())
		if g.Limits.admitAddress(w, r) != nil || g.Limits.admitClient(w, "shop") != nil {
			b.Fatal("refused")
		}
	}
}
