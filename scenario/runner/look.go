package runner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sandbank/scenario"
)

// lookAtEvents holds the channels to what they have to bring, and not to bring.
func (t *thread) lookAtEvents(ctx context.Context, e scenario.Expect) (*miss, error) {
	if len(e.Events) == 0 && e.Silence == nil && len(e.Arrived) == 0 && e.Refused == nil {
		return nil, nil
	}
	id := t.id(e.Payment)
	came, err := t.heardOn(ctx, id, e.Listens())
	if err != nil {
		return nil, err
	}
	for _, want := range e.Events {
		for _, c := range want.On {
			n := 0
			for _, h := range came[c] {
				if h.kind == want.Type && taken(c, h) {
					n++
				}
			}
			if n != want.Times {
				return &miss{fmt.Sprintf("%s %s on %s", want.Type, scenario.Often(want.Times), c), scenario.Often(n) + orElse(came[c])}, nil
			}
		}
	}
	if e.Silence != nil {
		if wrong := broken(*e.Silence, came); wrong != nil {
			return wrong, nil
		}
	}
	return hooksAsWanted(e, came[scenario.Webhook]), nil
}

// taken reports whether an event counts: a webhook does once it was answered well.
func taken(c scenario.Channel, h heard) bool { return c != scenario.Webhook || h.status < 300 }

// orElse lists what came instead.
func orElse(list []heard) string {
	if len(list) == 0 {
		return ", and nothing else"
	}
	text := make([]string, len(list))
	for i, h := range list {
		text[i] = h.kind
	}
	return ", of " + strings.Join(text, ", ")
}

// broken is what breaks a silence.
func broken(q scenario.Silence, came map[scenario.Channel][]heard) *miss {
	for _, c := range scenario.Channels() {
		last := -1
		for i, h := range came[c] {
			if h.kind == q.After {
				last = i
			}
		}
		if n := len(came[c]); n > last+1 {
			return &miss{"silence on " + string(c), came[c][n-1].kind}
		}
	}
	return nil
}

// hooksAsWanted holds webhooks to their order, and to how many were refused.
func hooksAsWanted(e scenario.Expect, came []heard) *miss {
	var order []string
	refused := 0
	for _, h := range came {
		if h.forged {
			refused++
		} else if !contains(order, h.kind) {
			order = append(order, h.kind)
		}
	}
	if len(e.Arrived) > 0 && strings.Join(order, ", ") != strings.Join(e.Arrived, ", ") {
		return &miss{"webhooks in the order " + strings.Join(e.Arrived, ", "), orNothing(strings.Join(order, ", "))}
	}
	if e.Refused != nil && refused != *e.Refused {
		return &miss{fmt.Sprintf("%d webhooks whose signature does not fit", *e.Refused), fmt.Sprint(refused)}
	}
	return nil
}

// heardOn is what the channels brought about a payment, or a payout. Streams are on their way for a
// while; they bring things in order, so whatever was told before a payment that is made and canceled
// now has come when that has.
func (t *thread) heardOn(ctx context.Context, id string, channels []scenario.Channel) (map[scenario.Channel][]heard, error) {
	if err := t.flush(ctx, channels); err != nil {
		return nil, err
	}
	came := map[scenario.Channel][]heard{}
	for _, c := range channels {
		var all []heard
		var err error
		switch c {
		case scenario.Webhook:
			all = t.hooks.all()
		case scenario.Polling:
			all, err = t.polled(ctx)
		case scenario.SSE, scenario.WebSocket, scenario.GraphQL, scenario.AMQP:
			all = t.ears[c].all()
		}
		if err != nil {
			return nil, err
		}
		for _, h := range all {
			if h.about == id || t.called(h.about) == ownPayout {
				came[c] = append(came[c], h)
			}
		}
	}
	return came, nil
}

// barrierTimeout is how long the streams may take, in the computer's time.
const barrierTimeout = 30 * time.Second

// flush waits until the streams have brought what was told so far.
func (t *thread) flush(ctx context.Context, channels []scenario.Channel) error {
	var ears []*ear
	for _, c := range channels {
		if e := t.ears[c]; e != nil {
			ears = append(ears, e)
		}
	}
	if len(ears) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, barrierTimeout)
	defer cancel()
	made, err := t.api.must(ctx, request{method: "POST", path: "/v1/payments", by: "merchant", body: map[string]any{
		"amount": amount("1.00 EUR"), "reference": "whether streams are through", "return_url": "https://shop.example/",
	}})
	if err != nil {
		return err
	}
	id := textAt(made.tree, "id")
	if _, err := t.api.must(ctx, request{method: "POST", path: "/v1/payments/" + id + "/cancel", by: "merchant"}); err != nil {
		return err
	}
	if err := t.rest(ctx); err != nil {
		return err
	}
	for _, e := range ears {
		if err := e.await(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// polled is the list of all events since the start.
func (t *thread) polled(ctx context.Context) (list []heard, err error) {
	for after := t.before.sequence; ; {
		a, err := t.api.must(ctx, request{method: "GET", path: "/v1/events?limit=100&after=" + after, by: "merchant"})
		if err != nil {
			return nil, err
		}
		data, _ := memberAt(a.tree, "data").([]any)
		for _, one := range data {
			list = append(list, heard{kind: textAt(one, "type"), id: textAt(one, "id"), about: aboutOf(one), sequence: textAt(one, "sequence")})
		}
		if len(data) < 100 {
			return list, nil
		}
		after = textAt(a.tree, "next_after")
	}
}

func aboutOf(event any) string {
	if of := textAt(event, "data.payment"); of != "" {
		return of
	}
	return textAt(event, "data.id")
}

// lookAtDeliveries holds webhooks to how they fared.
func (t *thread) lookAtDeliveries(ctx context.Context, e scenario.Expect) (*miss, error) {
	if len(e.Deliveries) == 0 {
		return nil, nil
	}
	events, err := t.polled(ctx)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, h := range events {
		ours[h.id] = ours[h.id] || h.about == t.id(e.Payment)
	}
	a, err := t.api.must(ctx, request{method: "GET", path: "/v1/webhook-endpoints/" + t.endpoint + "/deliveries?limit=100", by: "merchant"})
	if err != nil {
		return nil, err
	}
	list, _ := memberAt(a.tree, "data").([]any)
	for _, want := range e.Deliveries {
		expected := strings.TrimSpace(fmt.Sprintf("the webhook %s %s", want.Type, want.Status))
		if want.Tries > 0 {
			expected += " after " + tries(fmt.Sprint(want.Tries))
		}
		seen, others := "no such webhook", []string(nil)
		for _, d := range list {
			if ours[textAt(d, "event_id")] {
				others = append(others, textAt(d, "event_type"))
			}
			if textAt(d, "event_type") == want.Type && ours[textAt(d, "event_id")] {
				seen = textAt(d, "status") + " after " + tries(textAt(d, "tries"))
				if (want.Status == "" || textAt(d, "status") == want.Status) && (want.Tries == 0 || textAt(d, "tries") == fmt.Sprint(want.Tries)) {
					seen = ""
				}
				break
			}
		}
		if seen == "no such webhook" && len(others) > 0 {
			seen += ", but of " + strings.Join(others, ", ")
		}
		if seen != "" {
			return &miss{expected, seen}, nil
		}
	}
	return nil, nil
}

func tries(n string) string {
	if n == "1" {
		return "1 try"
	}
	return n + " tries"
}
