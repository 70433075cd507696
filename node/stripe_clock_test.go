package node

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/dialect/stripe"
	"sandbank/identity"
)

// steering asks with the key of somebody who may steer time, and names no merchant.
func (a teller) steering() teller {
	a.key = stripe.KeysOf(identity.DemoOperator).Secret
	return a
}

const clocks = "/v1/test_helpers/test_clocks"

// A test clock is the simulator's clock: what is due on the way happens, and time stands still in between. It is
// given back as it was.
func TestStripe_TestClocks(t *testing.T) {
	a := newTeller(t, Config{FreezeAt: at2026})
	op, now := a.steering(), at2026.Unix()
	// Time runs before there is a test clock, fast enough to be seen and slow enough to expire nothing.
	a.sim(`{"rate": 2}`)
	a.holds(op.ask("GET", clocks, "", 200), map[string]any{"data.0": nil, "has_more": false, "url": clocks})
	session := a.ask("POST", "/v1/checkout/sessions", checkout, 200)["id"].(string)
	made := op.ask("POST", clocks, fmt.Sprintf("frozen_time=%d&name=A day", now+7200), 200, "Idempotency-Key", "one")
	id := made["id"].(string)
	a.holds(made, map[string]any{"object": "test_helpers.test_clock", "name": "A day", "frozen_time": float64(now + 7200), "created": float64(now + 7200), "status": "ready", "livemode": false})
	a.holds(op.ask("POST", clocks, fmt.Sprintf("frozen_time=%d&name=A day", now+7200), 200, "Idempotency-Key", "one"), map[string]any{"id": id})
	a.holds(op.ask("GET", clocks+"/"+id, "", 200), map[string]any{"id": id, "frozen_time": float64(now + 7200)})
	a.holds(op.ask("GET", clocks+"?limit=1", "", 200), map[string]any{"data.0.id": id, "data.1": nil, "has_more": false})
	a.holds(op.ask("GET", clocks+"?starting_after="+id, "", 200), map[string]any{"data.0": nil})
	auditor := a
	auditor.key = stripe.KeysOf(identity.DemoAuditor).Secret
	auditor.ask("GET", clocks+"/"+id, "", 200)
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+session, "", 200), map[string]any{"status": "open"})

	for name, c := range map[string]struct {
		method, path, form string
		status             int
		param              any
		says               string
	}{
		"no time":            {"POST", clocks + "/" + id + "/advance", "", 400, "frozen_time", "Missing"},
		"a word":             {"POST", clocks + "/" + id + "/advance", "frozen_time=tomorrow", 400, "frozen_time", "integer"},
		"the past":           {"POST", clocks + "/" + id + "/advance", fmt.Sprintf("frozen_time=%d", now), 400, "frozen_time", "does not go back"},
		"the present":        {"POST", clocks + "/" + id + "/advance", fmt.Sprintf("frozen_time=%d", now+7200), 400, "frozen_time", "does not go back"},
		"before 1970":        {"POST", clocks + "/" + id + "/advance", "frozen_time=-9223372036854775808", 400, "frozen_time", "does not go back"},
		"more than 2 years":  {"POST", clocks + "/" + id + "/advance", fmt.Sprintf("frozen_time=%d", now+3*366*86400), 400, "frozen_time", "several steps"},
		"the end of time":    {"POST", clocks + "/" + id + "/advance", "frozen_time=9223372036854775807", 400, "frozen_time", "2200"},
		"no such clock":      {"POST", clocks + "/clock_1/advance", fmt.Sprintf("frozen_time=%d", now+9000), 404, "test_clock", "No such test clock"},
		"none to delete":     {"DELETE", clocks + "/clock_1", "", 404, "test_clock", "No such test clock"},
		"a second one":       {"POST", clocks, fmt.Sprintf("frozen_time=%d", now+9000), 400, nil, id},
		"one in the past":    {"POST", clocks, "frozen_time=1", 400, "frozen_time", "does not go back"},
		"a long name":        {"POST", clocks, fmt.Sprintf("frozen_time=%d&name=%s", now+9000, strings.Repeat("x", 301)), 400, "name", "300"},
		"a card for a name":  {"POST", clocks, fmt.Sprintf("frozen_time=%d&name=4242 4242 4242 4242", now+9000), 400, "name", "card number"},
		"no such parameter":  {"POST", clocks, fmt.Sprintf("frozen_time=%d&rate=2", now+9000), 400, "rate", "unknown"},
		"no such list":       {"GET", clocks + "?status=ready", "", 400, "status", "unknown"},
		"nobody to begin by": {"GET", clocks + "?starting_after=clock_1", "", 404, "starting_after", "No such test clock"},
	} {
		o := op.ask(c.method, c.path, c.form, c.status)
		if message, _ := at(o, "error.message").(string); at(o, "error.param") != c.param || !strings.Contains(message, c.says) {
			t.Errorf("%s: %v, expected the parameter %v and %q", name, o, c.param, c.says)
		}
	}

	// A day later the session is over, and whoever looks at the house's own clock sees the same time.
	a.holds(op.ask("POST", clocks+"/"+id+"/advance", fmt.Sprintf("frozen_time=%d", now+2*86400), 200, "Idempotency-Key", "two"), map[string]any{"id": id, "status": "ready", "frozen_time": float64(now + 2*86400)})
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+session, "", 200), map[string]any{"status": "expired"})
	if there := a.node.hand.Show(); there.Mode != "frozen" || !there.Now.Equal(at2026.AddDate(0, 0, 2)) {
		t.Errorf("the clock shows %+v", there)
	}
	a.advance("1h") // by somebody else
	a.holds(op.ask("GET", clocks+"/"+id, "", 200), map[string]any{"frozen_time": float64(now + 2*86400 + 3600)})

	a.holds(op.ask("DELETE", clocks+"/"+id, "", 200), map[string]any{"id": id, "deleted": true})
	if there := a.node.hand.Show(); there.Rate != 2 {
		t.Errorf("after the clock is deleted time passes at the rate %v, expected that of before, 2", there.Rate)
	}
	op.ask("GET", clocks+"/"+id, "", http.StatusNotFound)
	// A program looks at its own clock, and a moment later it is the past: that means the present.
	again := op.ask("POST", clocks, fmt.Sprintf("frozen_time=%d", a.node.hand.Show().Now.Unix()-1), 200)
	if frozen, _ := again["frozen_time"].(float64); again["id"] == id || int64(frozen) < now+2*86400+3600 {
		t.Errorf("another clock is %v", again)
	}

	a.audited(id, 3) // made, advanced, deleted
}

// A test clock outlives a restart: it has its id and its name, stands where it stood, and is advanced from there.
func TestStripe_TestClocksOutliveARestart(t *testing.T) {
	with := Config{Store: Database{Folder: t.TempDir()}, FreezeAt: at2026}
	a := newTeller(t, with)
	later := at2026.Add(48 * time.Hour).Unix()
	id := a.steering().ask("POST", clocks, fmt.Sprintf("frozen_time=%d&name=A day", at2026.Unix()+60), 200)["id"].(string)
	a.steering().ask("POST", clocks+"/"+id+"/advance", fmt.Sprintf("frozen_time=%d", later), 200)
	session := a.ask("POST", "/v1/checkout/sessions", checkout, 200)["id"].(string)
	if err := a.node.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	a = newTeller(t, with)
	op := a.steering()
	a.holds(op.ask("GET", clocks, "", 200), map[string]any{"data.0.id": id, "data.0.name": "A day", "data.0.frozen_time": float64(later), "data.0.status": "ready", "data.1": nil})
	a.holds(op.ask("POST", clocks+"/"+id+"/advance", fmt.Sprintf("frozen_time=%d", later+25*3600), 200), map[string]any{"id": id, "frozen_time": float64(later + 25*3600)})
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+session, "", 200), map[string]any{"status": "expired"})
	op.ask("DELETE", clocks+"/"+id, "", 200)
}

// audited waits until the audit log has so many steps of the operator's with a clock that were allowed, and has refused ones.
func (a teller) audited(id string, want int) {
	a.Helper()
	for give := time.Now().Add(2 * time.Minute); ; {
		list, err := a.node.Store().ListAudits(a.Context(), audit.Filter{Limit: 200})
		if err != nil {
			a.Fatal(err)
		}
		n, refused := 0, 0
		for _, s := range list {
			if r := s.Record; r.Action == audit.SimulatorSteer && r.Object == id && r.Actor.ID == identity.DemoOperator.ID {
				if r.Outcome == audit.Allowed {
					n++
				} else if r.Code != "" {
					refused++
				}
			}
		}
		if n == want && refused > 0 {
			return
		}
		if time.Now().After(give) {
			a.Fatalf("the audit log has %d steps with %s that were allowed and %d that were refused, expected %d and some", n, id, refused, want)
		}
	}
}

// A processor that was given a clock says in Stripe's form that it does not steer it.
func TestStripe_TestClocksOfAClockNotSandbanksOwn(t *testing.T) {
	a := newTeller(t, Config{Clock: clock.NewManual(at2026)}).steering()
	for _, path := range []string{"GET " + clocks, "GET " + clocks + "/clock_1", "DELETE " + clocks + "/clock_1", "POST " + clocks, "POST " + clocks + "/clock_1/advance"} {
		method, path, _ := strings.Cut(path, " ")
		form := ""
		if method == "POST" {
			form = fmt.Sprintf("frozen_time=%d", at2026.Add(time.Hour).Unix())
		}
		a.holds(a.ask(method, path, form, 400), map[string]any{"error.code": "clock_not_steerable"})
	}
}
