// Package faulttest has everything go wrong on purpose, one fault after the other, at a processor that
// runs: embedded or on real engines, told over HTTP alone. Each fault shows while it is in force, and
// when its bound is over, or somebody has ended it, nothing of it is left.
package faulttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/sim"
)

// patience is how long anything may take on a busy machine.
const patience = 5 * time.Minute

// Bank is the bank that the payments name.
const Bank = "SANDNL2A"

// Stage is a running processor, seen by a merchant and an operator.
type Stage struct {
	*testing.T
	base   string
	other  *Stage // another processor on the same database; nil for none
	tokens map[string]string
	kind   sim.FaultKind
}

// Run has every kind of fault happen. The processor needs the bank in its own process. Where there is another one on the same
// database, it sees each of them, and ends those that it can.
func Run(t *testing.T, base, other string) {
	s := open(t, base)
	if other != "" {
		s.other = open(t, other)
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	s.must(201, identity.DemoShop, "POST", "/v1/webhook-endpoints", `{"url": "`+receiver.URL+`", "events": ["payment.captured"]}`)
	s.captured(s.create()) // as it is without faults
	acts := acts()
	for _, kind := range sim.FaultKinds() {
		act, ok := acts[kind]
		if !ok {
			t.Errorf("no test has %s happen", kind)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			seen := s.of(t, kind)
			act(seen)
			seen.gone()
		})
	}
}

// open signs a merchant and an operator in at a processor.
func open(t *testing.T, base string) *Stage {
	s := &Stage{T: t, base: base, tokens: map[string]string{}}
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	return s
}

// of is the stage in the test of one kind.
func (s *Stage) of(t *testing.T, kind sim.FaultKind) *Stage {
	seen := &Stage{T: t, base: s.base, tokens: s.tokens, kind: kind}
	if s.other != nil {
		seen.other = s.other.of(t, kind)
	}
	return seen
}

func (s *Stage) token(of identity.Client) {
	s.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {of.ID}, "client_secret": {of.Secret.Reveal()}}
	r, err := http.PostForm(s.base+"/oauth/token", form)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var told struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&told); err != nil || told.Token == "" {
		s.Fatalf("asked for a token of %s: got %s, %v", of.ID, r.Status, err)
	}
	s.tokens[of.ID] = told.Token
}

// call makes one request.
func (s *Stage) call(as identity.Client, method, path, body string) (int, string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens[as.ID])
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(text)
}

func (s *Stage) must(want int, as identity.Client, method, path, body string) string {
	s.Helper()
	code, text := s.call(as, method, path, body)
	if code != want {
		s.Fatalf("%s %s %s: want %d, got %d %s", method, path, body, want, code, text)
	}
	return text
}

// await asks again and again until what is wanted is there.
func (s *Stage) await(what string, there func() (bool, string)) {
	s.Helper()
	last := ""
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-look.C {
		ok, got := there()
		if ok {
			return
		}
		last = got
	}
	s.Fatalf("with %s: waited %s for: %s; last was %s", s.kind, patience, what, last)
}

// begin has a fault begin, and returns its id.
func (s *Stage) begin(more string) string {
	s.Helper()
	var f sim.Fault
	text := s.must(201, identity.DemoOperator, "POST", "/sim/faults", `{"kind": "`+string(s.kind)+`"`+more+`}`)
	if err := json.Unmarshal([]byte(text), &f); err != nil || f.ID == "" {
		s.Fatalf("the fault that begins is %s, %v", text, err)
	}
	if s.other != nil && f.Times != 1 { // which may be over already
		s.listed(f)
	}
	return f.ID
}

// listed holds that the other processor lists a fault and says where it acts, and that it leaves it to the first one where
// it could not tell that it is to end.
func (s *Stage) listed(f sim.Fault) {
	s.Helper()
	here, there := sim.AtEveryProcessor, sim.AtEveryProcessor
	if !f.Kind.Everywhere() {
		here, there = sim.AtThisProcessor, sim.AtAnotherProcessor
	}
	if f.ActsAt != here {
		s.Errorf("%s acts at %q, want %q", f.Kind, f.ActsAt, here)
	}
	elsewhere := s.other
	elsewhere.await("the other processor lists the fault", func() (bool, string) {
		_, text := elsewhere.call(identity.DemoOperator, "GET", "/sim/faults/"+f.ID, "")
		var seen sim.Fault
		return json.Unmarshal([]byte(text), &seen) == nil && seen.ID == f.ID && seen.ActsAt == there, text
	})
	if f.Kind.OfDatabase() {
		if text := elsewhere.must(409, identity.DemoOperator, "DELETE", "/sim/faults/"+f.ID, ""); !strings.Contains(text, "fault_out_of_reach") {
			s.Errorf("ended a database's fault elsewhere: %s", text)
		}
	}
}

// end ends a fault, at the other processor where there is one.
func (s *Stage) end(id string) {
	s.Helper()
	at := s
	if s.other != nil {
		at = s.other
	}
	at.must(204, identity.DemoOperator, "DELETE", "/sim/faults/"+id, "")
}

// create makes a payment whose customer pays at once.
func (s *Stage) create() string {
	s.Helper()
	text := s.must(202, identity.DemoShop, "POST", "/v1/payments", paying)
	var p struct{ ID string }
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		s.Fatal(err)
	}
	return p.ID
}

const paying = `{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "fault", "return_url": "https://shop.example/", "bank": "` + Bank + `",
	"simulate": {"customer": [{"action": "pay"}]}}`

// payment is what there is of a payment.
type payment struct {
	Status      string
	Why         *struct{ Words string }
	LastAttempt *struct{ Status string } `json:"last_attempt"`
}

func (s *Stage) payment(id string) (p payment, text string) {
	s.Helper()
	code, text := s.call(identity.DemoShop, "GET", "/v1/payments/"+id, "")
	if code == 200 {
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			s.Fatal(err)
		}
	}
	return p, fmt.Sprint(code, " ", text)
}

func (s *Stage) captured(id string) payment {
	s.Helper()
	var p payment
	s.await("payment "+id+" is captured", func() (bool, string) {
		var text string
		p, text = s.payment(id)
		return p.Status == "captured", text
	})
	return p
}

// undecided holds that a payment is not decided while a fault is in force; it looks a few times.
func (s *Stage) undecided(id string) {
	s.Helper()
	s.await("payment "+id+" is with the bank", func() (bool, string) {
		p, text := s.payment(id)
		return p.Status == "processing", text
	})
	for range 20 {
		if p, text := s.payment(id); p.Status != "processing" {
			s.Fatalf("with %s in force the payment is %s", s.kind, text)
		}
	}
}

// marked holds that a payment says which fault it met.
func (s *Stage) marked(p payment, fault string) {
	s.Helper()
	if p.Why == nil || !strings.Contains(p.Why.Words, fault) {
		s.Errorf("with %s the payment does not name the fault %s: why is %+v", s.kind, fault, p.Why)
	}
}

// gone holds that no fault is left, and that a payment goes through as if none had been.
func (s *Stage) gone() {
	s.Helper()
	s.await("no fault is in force", func() (bool, string) {
		_, text := s.call(identity.DemoOperator, "GET", "/sim/faults", "")
		return strings.TrimSpace(text) == `{"data":[]}`, text
	})
	if s.other != nil {
		s.other.gone()
	}
	s.await("the processor is ready", func() (bool, string) {
		code, text := s.call(identity.DemoOperator, "GET", "/readyz", "")
		return code == 200, text
	})
	p := s.captured(s.create())
	if p.Why == nil || strings.Contains(p.Why.Words, "flt_") {
		s.Errorf("a payment after %s says %+v", s.kind, p.Why)
	}
}
