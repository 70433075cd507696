package scenario

import (
	"fmt"
	"strings"
)

// Told is a step as a person reads it, before it is done.
type Told struct {
	Verb     Verb
	Story    string // a sentence or two of the file's own; "" for none
	Who      string // who does it: "merchant", "customer", "bank", "operator" or "time"; "" for an expectation
	Text     string // what is done, in a few words
	More     []string
	At       At
	Branches [][]Told // of what is done at once
}

// Tell words steps, in their order.
func Tell(steps []Step) []Told {
	t := teller{}
	for _, s := range All(steps) {
		if s.Creates() {
			t.payments++
		}
	}
	return t.tell(steps)
}

// teller words steps. The only payment of a file needs no name.
type teller struct{ payments int }

func (tl teller) tell(steps []Step) []Told {
	list := make([]Told, len(steps))
	for i, s := range steps {
		t := tl.told(s.Do)
		t.Verb, t.Story, t.At = s.Do.Verb(), s.Story, s.At
		if s.As != "" && !s.Creates() {
			t.More = append(t.More, "the answer is called "+s.As)
		}
		if s.Creates() && tl.payments > 1 {
			t.More = append(t.More, "the payment is called "+s.As)
		}
		list[i] = t
	}
	return list
}

// told words what a step does.
func (tl teller) told(do Action) Told {
	switch a := do.(type) {
	case Create:
		return toldCreate(a)
	case Customer:
		return Told{Who: "customer", Text: acts(a.Act.Action) + tl.of(a.Payment), More: a.act()}
	case Bank:
		return tl.toldBank(a)
	case Advance:
		return Told{Who: "time", Text: "goes on " + a.far()}
	case Fault:
		if a.End != "" {
			return Told{Who: "operator", Text: "ends the fault " + a.End}
		}
		return Told{Who: "operator", Text: "begins a fault", More: []string{Brief(a.Body)}}
	case Hold:
		return Told{Who: "merchant", Text: a.Says(tl.of(a.Payment))}
	case Move:
		return Told{Who: "merchant", Text: a.Says() + tl.of(a.Payment)}
	case GoOn:
		return Told{Who: "merchant", Text: a.Says() + tl.of(a.Payment)}
	case Settle:
		return Told{Who: "bank", Text: strings.Join(a.Banks, ", ") + " closes its day and sends its list"}
	case PayOut:
		return Told{Who: "operator", Text: "has the merchants paid"}
	case Dispute:
		return tl.toldDispute(a)
	case Operation:
		return tl.toldOperation(a)
	case Call:
		return toldCall(a)
	case Receive:
		return Told{Who: "merchant", Text: fmt.Sprintf("answers webhooks with %d %s", a.Status, until(a.Times)), More: pairs(a.Headers)}
	case Expect:
		return Told{Text: a.within(), More: a.Words()}
	case Parallel:
		t := Told{Text: "at once"}
		for _, branch := range a.Branches {
			t.Branches = append(t.Branches, tl.tell(branch))
		}
		return t
	}
	return Told{Text: string(do.Verb())}
}

func toldCreate(c Create) Told {
	t := Told{Who: "merchant", Text: "asks for " + c.Amount + at(c.Bank)}
	add := func(has bool, format string, args ...any) {
		if has {
			t.More = append(t.More, fmt.Sprintf(format, args...))
		}
	}
	add(c.Description != "", "for %q", c.Description)
	add(c.Reference != "", "reference %s", c.Reference)
	add(c.Capture == "manual", "reserved only: the merchant takes the money later")
	add(c.Attempts == 1, "the customer has one try")
	add(c.Attempts > 1, "the customer has %d tries", c.Attempts)
	add(c.ExpiresIn > 0, "expires in %s", Span(c.ExpiresIn))
	add(len(c.Metadata) > 0, "metadata %s", Brief(c.Metadata))
	add(c.Simulate != nil, "on purpose: %s", Brief(c.Simulate))
	add(c.Key != "", "under the key %s", c.Key)
	return t
}

// acts is what a customer does.
func acts(action string) string {
	if word, ok := map[string]string{
		"pay": "pays", "retry": "tries again", "submit_twice": "submits twice", "cancel": "cancels", "walk_away": "walks away", "come_back_late": "comes back late",
	}[action]; ok {
		return word
	}
	return strings.ReplaceAll(action, "_", " ")
}

// act is what else an act says.
func (c Customer) act() (more []string) {
	for _, part := range []struct{ word, value string }{
		{"card", c.Act.Card}, {"account", c.Act.IBAN}, {"holder", c.Act.Holder}, {"bank", c.Act.Bank}, {"after", c.Act.After},
	} {
		if part.value != "" {
			more = append(more, part.word+" "+part.value)
		}
	}
	return more
}

func (tl teller) toldBank(b Bank) Told {
	switch {
	case b.Payment != "":
		return Told{Who: "bank", Text: "will answer so" + tl.of(b.Payment), More: []string{Brief(b.Answer)}}
	case b.Do != "":
		return Told{Who: "operator", Text: "has " + b.Identifier + " go " + b.Do}
	case b.Temper != nil:
		return Told{Who: "operator", Text: "has " + b.Identifier + " behave otherwise", More: []string{Brief(b.Temper)}}
	}
	return Told{Who: "operator", Text: "has " + b.Identifier + " settle wrongly", More: []string{strings.ReplaceAll(strings.Join(b.Plant, ", "), "_", " ")}}
}

// far is how far time goes on.
func (a Advance) far() string {
	switch {
	case a.Next:
		return "to the next due moment"
	case a.To != "":
		return "to " + a.To
	}
	return "by " + Span(a.By)
}

func (tl teller) toldDispute(d Dispute) Told {
	switch {
	case d.Evidence != "":
		return Told{Who: "merchant", Text: "answers the dispute" + tl.of(d.Payment), More: []string{"evidence: " + d.Evidence}}
	case d.Decide != "":
		return Told{Who: "bank", Text: "decides the dispute" + tl.of(d.Payment) + ": " + d.Decide}
	}
	t := Told{Who: "customer", Text: "disputes the payment" + tl.of(d.Payment)}
	if d.Reason != "" {
		t.More = []string{strings.ReplaceAll(d.Reason, "_", " ")}
	}
	return t
}

func (tl teller) toldOperation(o Operation) Told {
	t := Told{Who: "merchant", Text: "asks for the " + string(o.Kind)}
	if o.Kind == VerbCancel {
		t.Text = "cancels"
	}
	if o.Amount != "" {
		t.Text += " of " + o.Amount
	}
	t.Text += tl.of(o.Payment)
	if o.Final {
		t.More = append(t.More, "nothing more will be taken")
	}
	if o.Key != "" {
		t.More = append(t.More, "under the key "+o.Key)
	}
	return t
}

func toldCall(c Call) Told {
	t := Told{Who: c.By, Text: c.Method + " " + c.Path, More: pairs(c.Headers)}
	if c.Dialect != "" {
		t.More = append(t.More, "in the dialect "+c.Dialect)
	}
	if c.Key != "" {
		t.More = append(t.More, "under the key "+c.Key)
	}
	if c.Body != nil {
		t.More = append(t.More, Brief(c.Body))
	}
	return t
}

// within heads what is expected.
func (e Expect) within() string {
	if e.Within == 0 {
		return "expected now"
	}
	return "expected within " + Span(e.Within)
}

// of names the payment where a file has several.
func (tl teller) of(payment string) string {
	if payment == "" || tl.payments < 2 {
		return ""
	}
	return " (" + payment + ")"
}

func at(bank string) string {
	if bank == "" {
		return ""
	}
	return " at " + bank
}

func until(times int) string {
	if times == 0 {
		return "from now on"
	}
	return Often(times) + ", then with 200"
}

func pairs(m map[string]string) []string {
	if len(m) == 0 {
		return nil
	}
	return []string{Brief(m)}
}
