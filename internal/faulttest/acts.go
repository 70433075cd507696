package faulttest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"sandbank/identity"
	"sandbank/sim"
)

// acts are what is to be seen of each kind.
func acts() map[sim.FaultKind]func(*Stage) {
	return map[sim.FaultKind]func(*Stage){
		sim.BankOffline: bankOffline, sim.BankSlow: bankSlow,
		sim.BrokerCut: held(`, "for": "24h"`), sim.BrokerBlocked: held(""), sim.Partition: held(`, "bank": "` + Bank + `"`), sim.BrokerSlow: slow(`, "delay": "50ms"`),
		sim.DatabaseCut: away, sim.DatabaseRefusing: away, sim.DatabaseSlow: slow(`, "delay": "50ms", "times": 30`),
		sim.ReceiverResets: received("connection reset"), sim.ReceiverFails: received(`"500"`), sim.ReceiverHangs: hangs,
		sim.StreamsCut: streamsCut,
	}
}

// bankOffline has payments refused while it is in force, and ends by its time.
func bankOffline(s *Stage) {
	id := s.begin(`, "bank": "` + Bank + `", "for": "24h"`)
	s.await("the bank is offline", func() (bool, string) {
		code, text := s.call(identity.DemoShop, "POST", "/v1/payments", paying)
		return code == 409 || code == 422 || code == 503, text
	})
	s.end(id)
	s.await("the bank is online", func() (bool, string) {
		code, text := s.call(identity.DemoShop, "POST", "/v1/payments", paying)
		return code == 202, text
	})
}

// bankSlow has one request answered later, and is spent by it.
func bankSlow(s *Stage) {
	id := s.begin(`, "bank": "` + Bank + `", "delay": "1s", "times": 1`)
	s.marked(s.captured(s.create()), id)
}

// held keeps a payment from its result until the fault is ended.
func held(more string) func(*Stage) {
	return func(s *Stage) {
		id := s.begin(more)
		p := s.create()
		s.undecided(p)
		s.end(id)
		s.marked(s.captured(p), id)
	}
}

// slow lets a payment through, and is in force for a short time.
func slow(more string) func(*Stage) {
	return func(s *Stage) {
		id := s.begin(more + `, "for": "3s"`)
		s.marked(s.captured(s.create()), id)
	}
}

// away has the API say 503 until the fault is over, by its time.
func away(s *Stage) {
	s.begin(`, "for": "2s"`)
	refused := false
	s.await("payments are taken again, after one was refused", func() (bool, string) {
		code, text := s.call(identity.DemoShop, "POST", "/v1/payments", paying)
		refused = refused || code == 503
		return code == 202 && refused, text
	})
}

// received is a receiver that does something else than the merchant's, once: the next try comes there.
func received(says string) func(*Stage) {
	return func(s *Stage) {
		id := s.begin(`, "times": 1`)
		s.captured(s.create())
		s.tried(id, says)
	}
}

// hangs lets a receiver hang until the fault is ended: then the try goes on.
func hangs(s *Stage) {
	id := s.begin("")
	s.captured(s.create())
	s.await("a try has met the fault", func() (bool, string) {
		_, text := s.call(identity.DemoOperator, "GET", "/sim/faults/"+id, "")
		var f sim.Fault
		return json.Unmarshal([]byte(text), &f) == nil && f.Struck > 0, text
	})
	s.end(id)
}

// tried waits for a try that names the fault.
func (s *Stage) tried(fault, says string) {
	s.Helper()
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(s.must(200, identity.DemoShop, "GET", "/v1/webhook-endpoints", "")), &list); err != nil || len(list.Data) == 0 {
		s.Fatal("no endpoint", err)
	}
	s.await("a webhook try that names the fault and says "+says, func() (bool, string) {
		_, text := s.call(identity.DemoShop, "GET", "/v1/webhook-endpoints/"+list.Data[0].ID+"/deliveries", "")
		var found struct{ Data []struct{ ID string } }
		if json.Unmarshal([]byte(text), &found) != nil || len(found.Data) == 0 {
			return false, text
		}
		for _, d := range found.Data {
			_, text = s.call(identity.DemoShop, "GET", "/v1/webhook-endpoints/"+list.Data[0].ID+"/deliveries/"+d.ID, "")
			if strings.Contains(text, fault) && strings.Contains(text, strings.Trim(says, `"`)) {
				return true, text
			}
		}
		return false, text
	})
}

// streamsCut ends a stream, refuses the next one, and lets one through afterwards.
func streamsCut(s *Stage) {
	stream := func() *http.Response {
		s.Helper()
		ctx, cancel := context.WithCancel(s.Context())
		s.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v1/events/stream", nil)
		if err != nil {
			s.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.tokens[identity.DemoShop.ID])
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	open := stream()
	lines := bufio.NewScanner(open.Body)
	if open.StatusCode != 200 || !lines.Scan() {
		s.Fatalf("opened a stream: want 200 and a line, got %s, %v", open.Status, lines.Err())
	}
	id := s.begin("")
	for lines.Scan() { // until it is cut
	}
	if again := stream(); again.StatusCode != http.StatusServiceUnavailable {
		s.Errorf("opened a stream while streams are cut: want 503, got %s", again.Status)
	}
	s.end(id)
	if again := stream(); again.StatusCode != 200 {
		s.Errorf("opened a stream afterwards: want 200, got %s", again.Status)
	}
}
