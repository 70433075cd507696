package runner

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
	"sandbank/sim"
)

func (t *thread) advance(ctx context.Context, step scenario.Step, a scenario.Advance) error {
	text := "time goes on by " + scenario.Span(a.By)
	to := t.instant().Add(a.By)
	switch {
	case a.Next:
		text = "time goes on to the next due moment"
	case a.To != "":
		at, err := time.Parse(time.RFC3339Nano, t.filled(a.To))
		if err != nil {
			return fmt.Errorf("%q is no time: %w", t.filled(a.To), err)
		}
		to, text = at, "time goes on to +"+scenario.Span(at.Sub(t.began))
	}
	t.say(t.line(step, "", "time", "", text)) // before what happens meanwhile
	if a.Next {                               // such a scenario is alone on its Sandbank
		return t.steer(ctx, map[string]any{"advance": map[string]any{"next": true}, "within": longestAdvance})
	}
	return t.advanceTo(ctx, to)
}

func (t *thread) bank(ctx context.Context, step scenario.Step, b scenario.Bank) error {
	if b.Payment != "" {
		q := request{method: "POST", path: "/sim/payments/" + t.id(b.Payment) + "/bank", by: "merchant", body: t.filledTree(b.Answer)}
		return t.request(ctx, step, b.Payment, "bank", q, "will do "+scenario.Brief(b.Answer))
	}
	bic := t.filled(b.Identifier)
	q := request{method: "POST", path: "/sim/banks/" + url.PathEscape(bic), by: "operator"}
	text := "has " + bic
	switch {
	case b.Do != "":
		q.path, text = q.path+"/"+b.Do, text+" go "+b.Do
		if b.Do == "offline" {
			t.away = append(t.away, bic)
		}
	case b.Temper != nil:
		q.method, q.body, text = "PATCH", b.Temper, text+" behave as "+scenario.Brief(b.Temper)
	default:
		var list []any
		for _, kind := range b.Plant {
			list = append(list, map[string]any{"kind": kind, "currency": "EUR"})
		}
		q.path, q.body, text = q.path+"/plant", map[string]any{"breaks": list}, text+" plant "+fmt.Sprint(b.Plant)
	}
	if err := t.request(ctx, step, "", "operator", q, text); err != nil || b.Do == "" || t.last.status >= 300 {
		return err
	}
	return t.awaitBank(ctx, bic, b.Do == "online")
}

// Signs of life go by the computer's time, so that no rest covers them.
const (
	signTimeout = time.Minute
	signPause   = 2 * time.Millisecond
)

// awaitBank waits until every processor has heard that a bank is there, or that it is not.
func (t *thread) awaitBank(ctx context.Context, bic string, online bool) error {
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	for _, base := range t.api.bases {
		for heard := false; !heard; {
			a, err := t.api.must(ctx, request{method: "GET", path: base + "/v1/banks", by: "merchant"})
			if err != nil {
				return err
			}
			list, _ := memberAt(a.tree, "data").([]any)
			for _, one := range list {
				heard = heard || textAt(one, "identifier") == bic && textAt(one, "online") == fmt.Sprint(online)
			}
			if err := clock.Pause(ctx, signPause); err != nil {
				return fmt.Errorf("%s was not heard to be online: %t: %w", bic, online, err)
			}
		}
	}
	return nil
}

// fault begins a fault, or ends one. Processors on one database share it, unless it is of a kind that acts at one alone:
// then it is begun at each.
func (t *thread) fault(ctx context.Context, step scenario.Step, f scenario.Fault) error {
	if f.End != "" {
		return t.endFault(ctx, step, f.End)
	}
	var first *answer
	bases := t.api.bases
	if kind, _ := f.Body["kind"].(string); sim.FaultKind(kind).Everywhere() {
		bases = bases[:1]
	}
	for _, base := range bases {
		a, err := t.api.call(ctx, request{method: "POST", path: base + "/sim/faults", by: "operator", body: t.filledTree(f.Body)})
		if err != nil {
			return err
		}
		if t.took(step, a); a.status < 300 {
			t.mu.Lock()
			t.faults = append(t.faults, begun{step.As, base, base + "/sim/faults/" + textAt(a.tree, "id")})
			t.mu.Unlock()
		}
		if first == nil {
			first = &a
		}
	}
	t.say(t.line(step, "", "operator", "processor", fmt.Sprintf("begins a fault: %s → %d", scenario.Brief(f.Body), first.status)))
	return nil
}

func (t *thread) endFault(ctx context.Context, step scenario.Step, name string) error {
	for _, f := range t.named(&t.faults, name) {
		a, err := t.api.call(ctx, request{method: "DELETE", path: f.at, by: "operator"})
		if err != nil {
			return err
		}
		t.took(step, a)
	}
	t.say(t.line(step, "", "operator", "processor", "ends the fault "+name))
	return nil
}

// named takes those that have a name off a list.
func (p *play) named(list *[]begun, name string) (found []begun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []begun
	for _, b := range *list {
		if b.name == name {
			found = append(found, b)
		} else {
			left = append(left, b)
		}
	}
	*list = left
	return found
}

func (t *thread) operate(ctx context.Context, step scenario.Step, o scenario.Operation) error {
	path := "/v1/payments/" + t.id(o.Payment) + "/" + string(o.Kind)
	if o.Kind == scenario.VerbRefund {
		path += "s"
	}
	text := "asks for the " + string(o.Kind)
	body := map[string]any{}
	if o.Amount != "" {
		body["amount"], text = amount(t.filled(o.Amount)), text+" of "+t.filled(o.Amount)
	}
	if o.Final {
		body["final"], text = true, text+", finally"
	}
	q := request{method: "POST", path: path, by: "merchant", header: t.key(o.Key)}
	if o.Kind == scenario.VerbCapture || o.Kind == scenario.VerbRefund {
		q.body = body
	}
	return t.request(ctx, step, o.Payment, "merchant", q, text)
}

func (t *thread) dispute(ctx context.Context, step scenario.Step, d scenario.Dispute) error {
	if d.Evidence == "" && d.Decide == "" {
		q := request{method: "POST", path: "/sim/payments/" + t.id(d.Payment) + "/dispute", by: "operator", header: t.forMerchant()}
		if d.Reason != "" {
			q.body = map[string]any{"reason": d.Reason}
		}
		return t.request(ctx, step, d.Payment, "customer", q, "disputes the payment")
	}
	a, err := t.api.must(ctx, request{method: "GET", path: "/v1/payments/" + t.id(d.Payment), by: "merchant"})
	if err != nil {
		return err
	}
	id := textAt(a.tree, "dispute.id")
	if id == "" {
		return errors.New("the payment has no dispute yet: advance until its bank has told of it")
	}
	if d.Evidence != "" {
		q := request{method: "POST", path: "/v1/disputes/" + id + "/evidence", by: "merchant", body: map[string]any{"evidence": t.filled(d.Evidence)}}
		return t.request(ctx, step, d.Payment, "merchant", q, "sends evidence")
	}
	q := request{method: "POST", path: "/sim/disputes/" + id + "/decide", by: "operator", body: map[string]any{"outcome": d.Decide}, header: t.forMerchant()}
	return t.request(ctx, step, d.Payment, "bank", q, "decides the dispute: "+d.Decide)
}

// forMerchant says for which merchant an operator acts.
func (p *play) forMerchant() map[string]string {
	return map[string]string{"Sandbank-Merchant": p.stage.Merchant.ID}
}

func (t *thread) callRoute(ctx context.Context, step scenario.Step, c scenario.Call) error {
	q := request{method: c.Method, path: t.filled(c.Path), by: c.By, dialect: c.Dialect, body: t.filledTree(c.Body), header: map[string]string{}}
	for name, value := range t.key(c.Key) {
		if q.dialect != "" {
			value = t.filled(c.Key) + t.mark // those APIs have no quotes around it
		}
		q.header[name] = value
	}
	for name, value := range c.Headers {
		q.header[name] = t.filled(value)
	}
	return t.request(ctx, step, "", c.By, q, c.Method+" "+t.known(q.path))
}
