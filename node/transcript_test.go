package node

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/identity"
)

// plot is a script of commands, one after the other.
type plot struct {
	*cast
	*Node
	payments []string
}

// plans are what is to happen to the payments of the script, in turn.
var plans = []string{
	`"simulate": {"customer": [{"action": "pay"}]}`,
	`"simulate": {"customer": [{"action": "pay", "card": "4000000000009995", "after": "2s"}, {"action": "retry", "after": "9s"}]}`,
	`"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "challenge", "challenge": {"ends": "approve", "after": "2m"}}}`,
	`"simulate": {"customer": [{"action": "pay", "after": "1m"}], "bank": {"dispute": {"after": "2h"}}}`,
	`"capture": "manual", "simulate": {"customer": [{"action": "pay"}]}`,
	`"expires_in_seconds": 900`,
	`"simulate": {"customer": [{"action": "submit_twice", "after": "1m"}], "channels": {"webhook": {"how": ["twice", "late"]}}}`,
	`"attempts": 1, "simulate": {"customer": [{"action": "pay", "after": "1m"}], "bank": {"outcome": "declined", "reason": "lost_card", "after": "1m"}}`,
	`"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "silent"}}`,
	`"simulate": {"customer": [{"action": "pay", "after": "1m"}], "bank": {"after": "0s"}, "travel": "out_of_order"}`,
}

// perform plays the script against a new processor and returns its transcript.
func perform(t *testing.T, seed uint64, payments int) string {
	t.Helper()
	payday := 10 * time.Hour
	n := started(t, Config{Seed: seed, Log: slog.New(slog.DiscardHandler), Money: Money{PayoutAt: &payday, Transit: 24 * time.Hour}})
	s := &plot{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, Node: n}
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	s.must("demo-operator", "POST", "/sim/clock", `{"set": "2027-01-01T08:00:00Z", "freeze": true}`)
	s.must("demo-shop", "POST", "/v1/webhook-endpoints", `{"url": "`+refusing(t).URL+`", "events": ["*"]}`)
	for i := range payments {
		s.create(i)
		if i%10 == 9 {
			s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "7s"}}`)
		}
	}
	s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "3m"}}`)
	for i, id := range s.payments {
		s.goOn(i, id)
	}
	for _, b := range n.directory.Banks() {
		s.must("demo-operator", "POST", "/sim/banks/"+b.Identifier+"/settle", "")
	}
	s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "72h"}}`)
	return s.must("demo-operator", "GET", "/sim/transcript", "")
}

// refusing is a receiver that refuses the first try of every fourth webhook, by its id.
func refusing(t *testing.T) *httptest.Server {
	var mu sync.Mutex
	seen := map[string]bool{}
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		id := r.Header.Get("webhook-id")
		mu.Lock()
		first := !seen[id]
		seen[id] = true
		mu.Unlock()
		if first && id != "" && id[len(id)-1]%4 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(hooks.Close)
	return hooks
}

func (s *plot) must(who, method, path, body string) string {
	s.Helper()
	code, answer := s.send(who, method, path, body, "")
	if code >= 400 {
		s.Fatalf("%s %s %s: %d %s", who, method, path, code, answer)
	}
	return answer
}

func (s *plot) create(i int) {
	s.Helper()
	answer := s.must("demo-shop", "POST", "/v1/payments", fmt.Sprintf(
		`{"amount": {"value": "%d.99", "currency": "EUR"}, "reference": "order-%d", "return_url": "https://shop.example/", %s}`, 10+i, i, plans[i%len(plans)]))
	id, _ := member(s.T, answer, "id").(string)
	s.payments = append(s.payments, id)
	switch i % 20 {
	case 5: // one that would be abandoned is paid on command
		s.must("demo-shop", "POST", "/sim/payments/"+id+"/customer", `{"action": "pay", "card": "4242424242424242"}`)
	case 8:
		s.must("demo-shop", "POST", "/sim/payments/"+id+"/bank", `{"outcome": "declined", "reason": "insufficient_funds", "after": "3s"}`)
	}
}

// goOn does what follows a payment, where its bank approved it.
func (s *plot) goOn(i int, id string) {
	s.Helper()
	switch i % 20 {
	case 0, 10:
		s.send("demo-shop", "POST", "/v1/payments/"+id+"/refunds", `{"amount": {"value": "1.50", "currency": "EUR"}}`, "")
	case 4:
		s.send("demo-shop", "POST", "/v1/payments/"+id+"/capture", `{"amount": {"value": "5.00", "currency": "EUR"}}`, "")
	case 14:
		s.send("demo-shop", "POST", "/v1/payments/"+id+"/void", ``, "")
	}
}

// The same seed, commands and clock give the same transcript, however goroutines run; another seed
// gives another one.
func TestTranscript_IsRepeatedByteForByte(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	var first string
	for _, processors := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(processors)
		again := perform(t, 7, scripted)
		if first == "" {
			first = again
		}
		if line, one, other := difference(first, again); line > 0 {
			t.Fatalf("with %d processors the transcript differs from line %d on:\n%s\n%s", processors, line, one, other)
		}
	}
	for _, what := range []string{"settlement", "payout", "try", "end"} {
		if !strings.Contains(first, `"what":"`+what+`"`) {
			t.Errorf("no line of the transcript is a %s", what)
		}
	}
	for what, member := range map[string]string{
		"retry": `"attempt":2`, "challenge": `"outcome":"challenge"`, "refund": `"type":"refund"`, "dispute": `"type":"dispute"`,
	} {
		if !strings.Contains(first, member) {
			t.Errorf("no line of the transcript is of a %s", what)
		}
	}
	if line, _, _ := difference(first, perform(t, 8, scripted)); line == 0 {
		t.Error("another seed gave the same transcript")
	}
}

// difference is the first line in which two texts differ; 0 where they are the same.
func difference(a, b string) (line int, one, other string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		one, other = "", ""
		if i < len(as) {
			one = as[i]
		}
		if i < len(bs) {
			other = bs[i]
		}
		if one != other {
			return i + 1, one, other
		}
	}
	return 0, "", ""
}
