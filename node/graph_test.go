package node

import (
	"encoding/json"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/payment"
)

// mutate asks for a mutation, and returns the answer as text.
func (c *cast) mutate(client, mutation string) string {
	c.Helper()
	body, _ := json.Marshal(map[string]string{"query": "mutation { " + mutation + " }"})
	code, answer := c.send(client, "POST", "/graphql", string(body), "")
	if code != 200 {
		c.Errorf("%s: %d %s", mutation, code, answer)
	}
	return answer
}

// A whole story is told over GraphQL: time stands still, the customer pays, the bank declines later, a fault comes
// and goes, and everything begins anew.
func TestHand_OverGraphQL(t *testing.T) {
	s := steerable(t)
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	expect := func(client, mutation string, parts ...string) {
		t.Helper()
		answer := s.mutate(client, mutation)
		for _, part := range parts {
			if !strings.Contains(answer, part) {
				t.Errorf("%s: %s, want %s in it", mutation, answer, part)
			}
		}
	}
	expect("demo-operator", `steerClock(wish: {freeze: true}) { clock { mode rate } }`, `"mode":"frozen"`, `"rate":0`)
	_, body := s.send("demo-shop", "POST", "/v1/payments", order, "")
	id, _ := member(t, body, "id").(string)
	about := `(payment: "` + id + `", `
	expect("demo-shop", `simulateBank`+about+`answers: {outcome: "declined", reason: "lost_card", after: "3s"}) { simulate }`, `"lost_card"`)
	expect("demo-shop", `simulateCustomer`+about+`act: {action: "pay"}) { status }`, `"processing"`)
	expect("demo-operator", `steerClock(wish: {advance: {by: "10s"}}) { moments happened { kind times } clock { now } }`, `"happened":[{"kind":`)
	if p, err := s.Store().Payment(t.Context(), id); err != nil || p.Status != payment.Created || p.Last().Status != payment.AttemptDeclined {
		t.Errorf("10 seconds later: want a declined try, got %s %+v, %v", p.Status, p.Last(), err)
	}
	answer := s.mutate("demo-operator", `beginFault(fault: {kind: "receiver_fails", for: "90s", share: 0.5, seed: 7}) { id kind share seed struck beganAt }`)
	_, rest, found := strings.Cut(answer, `"id":"`)
	fault, _, _ := strings.Cut(rest, `"`)
	if !found || !strings.Contains(answer, `"share":0.5,"seed":7,"struck":0`) {
		t.Fatalf("began a fault: %s", answer)
	}
	if _, list := s.send("demo-operator", "GET", "/sim/faults", "", ""); !strings.Contains(list, fault) {
		t.Errorf("the fault is not in force: %s", list)
	}
	expect("demo-operator", `endFault(id: "`+fault+`") { id kind }`, fault)
	expect("demo-shop", `reset`, `role_forbidden`)
	expect("demo-operator", `reset`, `"reset":true`)
	if code, _ := s.send("demo-shop", "GET", "/v1/payments/"+id, "", ""); code != 404 {
		t.Errorf("after the reset the payment is still there: %d", code)
	}
}
