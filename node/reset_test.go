package node

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
)

// Whatever was there is gone; who was known is known, and a seed makes the same again.
func TestReset_PutsEverythingBackToTheBeginning(t *testing.T) {
	n := started(t, Config{Seed: 7, FreezeAt: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), Log: slog.New(slog.DiscardHandler), Shop: &Shop{}})
	s := &plot{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, Node: n}
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	shop, amqp, page := n.ShopURL(), n.AMQPAddr(), n.BankPageURL()
	run := func() string {
		s.payments = nil
		for i := range 20 {
			s.create(i)
		}
		s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "1h"}}`)
		return s.must("demo-operator", "GET", "/sim/transcript", "")
	}
	first := run()
	began := time.Now()
	s.must("demo-operator", "POST", "/sim/reset", "")
	t.Logf("a reset took %s", time.Since(began))
	if left := s.must("demo-operator", "GET", "/sim/transcript", ""); left != "" {
		t.Errorf("after a reset, the transcript has\n%s", left)
	}
	if list := s.must("demo-shop", "GET", "/v1/payments", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("after a reset, the payments are %s", list)
	}
	if clock := s.must("demo-operator", "GET", "/sim/clock", ""); !strings.Contains(clock, `"now":"2027-01-01T08:00:00Z"`) {
		t.Errorf("after a reset, the clock is %s", clock)
	}
	if shop != n.ShopURL() || amqp != n.AMQPAddr() || page != n.BankPageURL() {
		t.Errorf("the shop, the broker and the banks' page moved from %s, %s and %s to %s, %s and %s", shop, amqp, page, n.ShopURL(), n.AMQPAddr(), n.BankPageURL())
	}
	if line, one, other := difference(first, run()); line > 0 {
		t.Errorf("after a reset, the same commands give another transcript, from line %d on:\n%s\n%s", line, one, other)
	}
	if answer, err := http.Get(n.ShopURL()); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the shop answers %v, %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
}
