package node

import (
	"strings"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/bank"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/internal/faulttest"
	"sandbank/payment"
)

// Everything that may go wrong on purpose goes wrong, embedded, and nothing of it is left.
func TestFaults_Embedded(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	faulttest.Run(t, n.URL(), "")
}

// A fault's end is a due moment: time that is advanced stops there, and what waited for it goes on.
func TestFaults_EndAtTheirMomentOfSteeredTime(t *testing.T) {
	s := steerable(t)
	s.token(identity.DemoOperator)
	s.steer(steer.Wish{Freeze: true})
	began := s.faults.Now()
	code, body := s.send("demo-operator", "POST", "/sim/faults", `{"kind": "receiver_fails", "for": "90s"}`, "")
	if code != 201 {
		t.Fatalf("began a fault: want 201, got %d %s", code, body)
	}
	r := s.steer(steer.Wish{Advance: &steer.Advance{Next: true}})
	if !r.Now.Equal(began.Add(90*time.Second)) || s.faults.List() != nil {
		t.Errorf("advanced to the next moment: want %s and no fault, got %s and %+v", began.Add(90*time.Second), r.Now, s.faults.List())
	}
	// A payment at a slow bank waits, and comes to its end.
	code, body = s.send("demo-operator", "POST", "/sim/faults", `{"kind": "bank_slow", "bank": "SANDNL2A", "delay": "5m", "for": "1h"}`, "")
	if code != 201 {
		t.Fatalf("began a fault: want 201, got %d %s", code, body)
	}
	id := s.create("captured")
	s.steer(steer.Wish{Advance: &steer.Advance{By: "9m"}})
	if p, err := s.Store().Payment(t.Context(), id); err != nil || p.Status != payment.Processing {
		t.Errorf("with a slow bank, after 9 minutes: want processing, got %s, %v", p.Status, err)
	}
	s.steer(steer.Wish{Advance: &steer.Advance{By: "2h"}})
	if p, err := s.Store().Payment(t.Context(), id); err != nil || p.Status != payment.Captured || len(p.Touched) != 1 || s.faults.List() != nil {
		t.Errorf("after 2 hours more: want captured, touched once, and no fault, got %s %+v %+v, %v", p.Status, p.Touched, s.faults.List(), err)
	}
}

// An advance does not hang where the broker is cut: it says what is not at rest, and which fault that is.
func TestFaults_AreNamedByAnAdvanceThatCannotGoOn(t *testing.T) {
	s := steerable(t)
	s.token(identity.DemoOperator)
	s.steer(steer.Wish{Freeze: true})
	_, body := s.send("demo-operator", "POST", "/sim/faults", `{"kind": "broker_cut", "for": "1h"}`, "")
	cut, _ := member(t, body, "id").(string)
	id := s.create("captured late")
	_, err := s.hand.Steer(t.Context(), steer.Wish{Advance: &steer.Advance{By: "2h"}, Within: "500ms"})
	if fault.Code(err) != "clock_not_at_rest" || !strings.Contains(err.Error(), cut) {
		t.Errorf("advanced while the broker is cut: want clock_not_at_rest that names %s, got %v", cut, err)
	}
	if code, body := s.send("demo-operator", "DELETE", "/sim/faults/"+cut, "", ""); code != 204 {
		t.Fatalf("ended the fault: want 204, got %d %s", code, body)
	}
	s.steer(steer.Wish{Advance: &steer.Advance{By: "2h"}})
	if p, err := s.Store().Payment(t.Context(), id); err != nil || p.Status != payment.Captured {
		t.Errorf("after the end: want captured, got %s, %v", p.Status, err)
	}
}

// A shared processor refuses faults, and who begins and ends them is recorded.
func TestFaults_AreRefusedAndRecorded(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}, SimulateOff: true})
	c := &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	c.token(identity.DemoOperator)
	if code, body := c.send("demo-operator", "POST", "/sim/faults", `{"kind": "broker_cut"}`, ""); code != 403 || !strings.Contains(body, "simulation_off") {
		t.Errorf("began a fault with simulation off: want 403 simulation_off, got %d %s", code, body)
	}
	n = started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	c.base = n.URL()
	c.token(identity.DemoOperator)
	_, body := c.send("demo-operator", "POST", "/sim/faults", `{"kind": "receiver_fails"}`, "")
	id, _ := member(t, body, "id").(string)
	c.send("demo-operator", "DELETE", "/sim/faults/"+id, "", "")
	_, body = c.send("demo-operator", "POST", "/sim/faults", `{"kind": "receiver_fails", "for": "1ms"}`, "")
	over, _ := member(t, body, "id").(string)
	want := map[string]string{"fault.begin " + id: "demo-operator", "fault.end " + id: "demo-operator", "fault.end " + over: ""}
	for give := time.Now().Add(5 * time.Minute); len(want) > 0 && time.Now().Before(give); {
		sealed, err := n.Store().ListAudits(t.Context(), audit.Filter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sealed {
			r := s.Record
			if by, ok := want[string(r.Action)+" "+r.Object]; ok && by == r.Actor.ID {
				delete(want, string(r.Action)+" "+r.Object)
			}
		}
	}
	for missing := range want {
		t.Errorf("the audit log has no %s", missing)
	}
}
