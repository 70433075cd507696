package node

import (
	"slices"
	"testing"
	"time"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/webhook"
)

// judge checks one cell's result.
func (s *stage) judge(t *testing.T, c *cell) {
	p, err := s.node.Store().Payment(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	story, err := s.node.Store().Timeline(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	if why := p.Why(); why == nil || why.Source != c.source() || why.Words == "" {
		t.Errorf("it is %s because of %+v, not by %s", p.Status, why, c.source())
	}
	c.judgeMoney(t, p, story)
	c.judgeTravel(t, p, story)
	c.judgeHold(t)
	for _, channel := range sim.Channels() {
		c.judgeChannel(t, channel, story, s.of(channel, c.id))
	}
}

// judgeMoney: only an approval in time moves money, and a late one is reversed.
func (c *cell) judgeMoney(t *testing.T, p payment.Payment, story processor.Timeline) {
	captured := p.Status == payment.Captured
	if (len(story.Entries) == 1) != captured || len(story.Entries) > 1 || captured && !p.Captured().Equal(p.Amount) {
		t.Errorf("it is %s, with %d entries", p.Status, len(story.Entries))
	}
	if p.Status == payment.Failed && p.Last().Status == payment.AttemptTimedOut && p.Last().ReversalID == "" {
		t.Error("the bank is not asked to undo what it may have done")
	}
}

// judgeTravel counts the bank's messages.
func (c *cell) judgeTravel(t *testing.T, p payment.Payment, story processor.Timeline) {
	verdicts := map[payment.Verdict]int{}
	for _, m := range story.Messages {
		if m.Direction == processor.In {
			verdicts[m.Verdict]++
		}
	}
	want := map[payment.Verdict]int{}
	at, said := c.decided()
	answers := 1 // a challenge and its end are two
	if c.outcome == sim.Challenge && c.end != sim.EndWalkAway {
		answers = 2
	}
	switch inTime := said && at < deadline; {
	case !said:
		answers = 0
	case c.outcome == sim.WrongAmount:
		want[payment.VerdictMismatch] = 1
	case !inTime && c.outcome == sim.Challenge && p.Last().ReversalID != "":
		// The bank undoes the request before it is decided: nobody is asked.
		want[payment.VerdictLate] = 1
		answers = 1
	case !inTime:
		want[payment.VerdictLate] = answers
	case c.travel == sim.OutOfOrder && answers == 2:
		want[payment.VerdictApplied], want[payment.VerdictLate] = 1, 1
	default:
		want[payment.VerdictApplied] = answers
	}
	if c.travel == sim.Twice && said {
		switch {
		case c.outcome == sim.WrongAmount:
			want[payment.VerdictMismatch] = 2
		case at >= deadline:
			want[payment.VerdictLate] *= 2
		default:
			// The copy of a challenge comes while the customer is asked, or was.
			want[payment.VerdictDuplicate] = answers
		}
	}
	total := 0
	for v, n := range verdicts {
		total += n
		if v == payment.VerdictApplied && n != want[payment.VerdictApplied] {
			t.Errorf("%d answers were applied, not %d: %v", n, want[payment.VerdictApplied], verdicts)
		}
	}
	sum := 0
	for _, n := range want {
		sum += n
	}
	if total != sum {
		t.Errorf("the bank said %v, and was to say %v", verdicts, want)
	}
}

// judgeHold: the answer to the creation waited for the result, or gave up.
func (c *cell) judgeHold(t *testing.T) {
	want := ""
	if c.travel == sim.BeforeAccepted || c.way == sim.BeforeAnswer {
		want = "given-up"
		if at, said := c.decided(); said && at == 0 && c.outcome != sim.WrongAmount {
			want = "until-told"
		}
	}
	if c.held != want {
		t.Errorf("the answer to the creation says %q, not %q", c.held, want)
	}
}

// judgeChannel: every event came as often, as late and as well signed as it was to.
func (c *course) judgeChannel(t *testing.T, channel sim.Channel, story processor.Timeline, heard []told) {
	for n, e := range story.Events {
		var mine []told
		for _, h := range heard {
			if h.event == e.ID {
				mine = append(mine, h)
			}
		}
		way := sim.Way("")
		if c.channel == channel && !(c.way == sim.Reordered && n%2 == 1) && c.way != sim.BeforeAnswer {
			way = c.way
		}
		if course := e.Courses[channel]; (way != "") != course.Has(way) {
			t.Errorf("%s %s goes by %+v, not %q", channel, e.Type, course, way)
		}
		want := 1
		switch way {
		case sim.Lost:
			want = 0
		case sim.Copied, sim.BrokenSignature, sim.StaleTimestamp:
			want = 2
		}
		if len(mine) != want {
			t.Errorf("%s %s came %d times, not %d", channel, e.Type, len(mine), want)
			continue
		}
		held := time.Duration(0)
		if way == sim.Late || way == sim.Reordered {
			held = lateness * time.Second
		}
		if want > 0 && mine[0].at.Before(e.At.Add(held)) {
			t.Errorf("%s %s came at %s, and happened at %s", channel, e.Type, mine[0].at, e.At)
		}
		if spoiled := way == sim.BrokenSignature || way == sim.StaleTimestamp; want > 0 && mine[0].good == spoiled || want > 1 && !mine[1].good {
			t.Errorf("%s %s: the signatures fit: %+v", channel, e.Type, mine)
		}
	}
	if channel == sim.Webhook {
		c.judgeMarks(t, story)
	}
}

// judgeMarks: a webhook's simulated course stands with its delivery.
func (c *course) judgeMarks(t *testing.T, story processor.Timeline) {
	for _, d := range story.Deliveries {
		lost := c.channel == sim.Webhook && c.way == sim.Lost
		if (d.Status == webhook.DeliveryExhausted) != lost || lost != d.Event.Courses[sim.Webhook].Has(sim.Lost) || lost && len(d.Attempts) > 0 {
			t.Errorf("the delivery of %s is %s, by %+v", d.Event.Type, d.Status, d.Event.Courses)
		}
	}
	if c.channel == sim.Webhook && c.way == sim.Copied && len(story.Deliveries) != 2*len(story.Events) {
		t.Errorf("%d deliveries of %d events", len(story.Deliveries), len(story.Events))
	}
	if !slices.ContainsFunc(story.Events, func(e event.Event) bool { return e.Type != "" }) {
		t.Error("nothing was told")
	}
}
