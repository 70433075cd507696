package replay

import (
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/payment"
)

// slack is how much later than then something may be where times are not repeated to the byte.
const slack = "5m"

// lastInstant is the time at the end of a rule, by which nothing had happened: on a Sandbank that runs already, the replay
// is on a later day.
var lastInstant = regexp.MustCompile(` \d{4}-\d\d-\d\dT[\d:.]+Z$`)

// expect holds the replay to what became of the payment.
func (t *teller) expect() {
	p := &t.Payment
	e := yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "status", Value: string(p.Status)}}
	events := t.events()
	quiet := len(events) == 0 && p.Status == payment.Abandoned
	if !t.seeded && !quiet { // silence holds now, or not at all
		e = with(e, "within", slack)
	}
	if why := p.Why(); why != nil && t.whyHolds {
		rule := t.text(lastInstant.ReplaceAllString(why.Rule, ""))
		e = append(e, yaml.MapItem{Key: "why", Value: yaml.MapSlice{{Key: "source", Value: string(why.Source)}, {Key: "rule", Value: rule}}})
	}
	if p.Reason != nil && t.whyHolds {
		e = with(e, "reason", p.Reason.Code)
	}
	e = append(e, yaml.MapItem{Key: "has", Value: yaml.MapSlice{
		{Key: "captured_amount", Value: amount(p.Captured())}, {Key: "refunded_amount", Value: amount(p.Refunded())},
	}})
	if len(events) > 0 {
		e = append(e, yaml.MapItem{Key: "events", Value: events})
	}
	e = with(e, "silence", quiet)
	t.step(t.Last.Add(time.Millisecond), after, member("expect", e))
}

// events are the types of what was told, with how often. The list of events has them whatever a receiver did.
func (t *teller) events() (list []yaml.MapSlice) {
	times, order := map[string]int{}, []string{}
	for _, e := range t.Events {
		if times[e.Type]++; times[e.Type] == 1 {
			order = append(order, e.Type)
		}
	}
	for _, kind := range order {
		one := yaml.MapSlice{{Key: "type", Value: kind}, {Key: "on", Value: "polling"}}
		if times[kind] > 1 {
			one = append(one, yaml.MapItem{Key: "times", Value: times[kind]})
		}
		list = append(list, one)
	}
	return list
}
