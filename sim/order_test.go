package sim_test

import (
	"testing"
	"time"

	"sandbank/payment/reason"
	"sandbank/sim"
)

var asked = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var moment = sim.Moment{Asked: asked, Deadline: asked.Add(time.Minute), Expiry: asked.Add(15 * time.Minute)}

func plan(t *testing.T, text string) *sim.Plan {
	t.Helper()
	p, wrong := read(text)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return &p
}

func TestLayers_TheRequestGoesBeforeTheScenario(t *testing.T) {
	both := sim.Layers{
		Request:  plan(t, `{"bank": {"outcome": "declined", "reason": "lost_card", "times": 1}}`),
		Scenario: plan(t, `{"bank": {"outcome": "approved", "after": "3s"}, "travel": "twice"}`),
	}
	first := both.Order(sim.Authorize, 0, moment)
	if first.Source != reason.ByRequest || first.Outcome != sim.Declined || first.Reason != reason.LostCard || first.AnswerAt != nil || first.Travel != sim.Twice {
		t.Errorf("the first request gets %+v", first)
	}
	second := both.Order(sim.Authorize, 1, moment)
	if second.Source != reason.ByScenario || second.Outcome != sim.Approved || !second.AnswerAt.Equal(asked.Add(3*time.Second)) {
		t.Errorf("the second request, for which the first plan does not hold, gets %+v", second)
	}
	if o := (sim.Layers{Request: &sim.Plan{}}).Order(sim.Authorize, 0, moment); o != nil {
		t.Errorf("an empty plan orders %+v", o)
	}
	if o := both.Order(sim.Refund, 0, moment); o != nil {
		t.Errorf("a refund, of which nobody speaks, gets %+v", o)
	}
}

func TestOrder_When(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`{"bank": {"after": "0s"}}`:                                          0,
		`{"bank": {"after": "24h"}}`:                                         24 * time.Hour,
		`{"bank": {"after": "after_deadline"}}`:                              time.Minute + sim.PastDeadline,
		`{"travel": "after_expiry"}`:                                         15*time.Minute + sim.PastDeadline,
		`{"travel": "after_expiry", "bank": {"after": "3s"}}`:                15*time.Minute + sim.PastDeadline,
		`{"travel": "after_expiry", "bank": {"after": "1h"}}`:                time.Hour,
		`{"travel": "once", "bank": {"outcome": "approved", "after": "1m"}}`: time.Minute,
	} {
		o := sim.Layers{Request: plan(t, text)}.Order(sim.Authorize, 0, moment)
		if o == nil || o.AnswerAt == nil || !o.AnswerAt.Equal(asked.Add(want)) {
			t.Errorf("ordered %s: want an answer after %s, got %+v", text, want, o)
			continue
		}
		if err := o.Check(); err != nil {
			t.Errorf("%s: a bank refuses it: %v", text, err)
		}
	}
	if o := (sim.Layers{Request: plan(t, `{"bank": {"outcome": "approved", "after": "never"}}`)}).Order(sim.Authorize, 0, moment); o.Outcome != sim.Silent || !o.Withholds(moment.Deadline) {
		t.Errorf("never is %+v", o)
	}
}

func TestPlan_OverTakesPartByPart(t *testing.T) {
	now := plan(t, `{"bank": {"outcome": "declined", "refund": {"outcome": "silent"}}, "channels": {"webhook": {"how": ["late"]}, "amqp": {"how": ["lost"]}}}`)
	next := plan(t, `{"bank": {"outcome": "approved"}, "channels": {"webhook": {"how": ["twice"]}}, "travel": "twice"}`).Over(*now)
	if next.Bank.Outcome != sim.Approved || next.Bank.Refund == nil || !next.Channels[sim.Webhook].Has(sim.Copied) || !next.Channels[sim.AMQP].Has(sim.Lost) || next.Travel != sim.Twice {
		t.Errorf("the plan is %+v", next)
	}
	if now.Bank.Outcome != sim.Declined || now.Channels[sim.Webhook].Has(sim.Copied) {
		t.Error("the plan below was changed")
	}
}

func TestCourses_EveryOtherEventIsOvertaken(t *testing.T) {
	p := plan(t, `{"customer": [{"action": "pay"}], "channels": {"webhook": {"how": ["reordered", "before_accepted"], "after": "4s"}}}`)
	if c := p.CoursesOf(1)[sim.Webhook]; c.Lateness() != 4*time.Second || c.Has(sim.BeforeAnswer) {
		t.Errorf("the first event goes by %+v", c)
	}
	if c := p.CoursesOf(2); c != nil {
		t.Errorf("the second event goes by %+v", c)
	}
}
