package scenario_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sandbank/scenario"
)

func read(t *testing.T, contents map[string]string) []scenario.Scenario {
	t.Helper()
	list, err := scenario.Read("f.yaml", files(contents))
	if err != nil {
		t.Fatalf("reading\n%s\nsays\n%v", contents["f.yaml"], err)
	}
	return list
}

const expected = "  - expect: {status: created}\n"

func TestRead_HasItsUsualValues(t *testing.T) {
	t.Parallel()
	s := read(t, map[string]string{"f.yaml": begun + expected})[0]
	if s.Seed != 1 || !s.Start.Equal(time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)) || s.Title() != "N" || s.Steps[0].As != "payment" {
		t.Errorf("a file that says nothing else is read as %+v", s)
	}
	if e, ok := s.Steps[1].Do.(scenario.Expect); !ok || e.Payment != "payment" {
		t.Errorf("an expectation that names no payment is about %q, expected the newest", e.Payment)
	}
}

func TestRead_AMatrixMakesEveryCombination(t *testing.T) {
	t.Parallel()
	list := read(t, map[string]string{"f.yaml": `name: N
matrix:
  bank: [SANDNL2A, SLOWDE2A]
  card: [{name: good, number: "4242424242424242"}, {name: bad, number: "4000000000000002"}]
steps:
  - create: {amount: 1.00 EUR, bank: "${bank}"}
  - customer: {action: pay, card: "${card.number}"}
` + expected})
	var titles []string
	for _, s := range list {
		titles = append(titles, s.Case)
	}
	want := []string{"bank SANDNL2A, card good", "bank SANDNL2A, card bad", "bank SLOWDE2A, card good", "bank SLOWDE2A, card bad"}
	if !reflect.DeepEqual(titles, want) {
		t.Errorf("the combinations are %q, expected %q", titles, want)
	}
	if c, ok := list[3].Steps[1].Do.(scenario.Customer); !ok || c.Act.Card != "4000000000000002" {
		t.Errorf("in the last one the customer does %+v, expected to pay with the bad card", list[3].Steps[1].Do)
	}
}

func TestRead_RepeatsAndIncludes(t *testing.T) {
	t.Parallel()
	s := read(t, map[string]string{
		"f.yaml":    "name: N\nsteps:\n  - repeat: {times: 3, steps: [{include: {file: _buy.yaml, with: {who: 'c${n}'}}}]}\n  - expect: {payment: c3, status: created}\n",
		"_buy.yaml": "parameters: {who: nobody, sum: 2.00}\nsteps:\n  - create: {amount: '${sum} EUR'}\n    as: ${who}\n",
	})[0]
	var names []string
	for _, step := range s.Steps {
		names = append(names, step.As)
	}
	if got := strings.Join(names, " "); got != "c1 c2 c3 " {
		t.Errorf("the steps keep %q, expected c1, c2 and c3", got)
	}
	if c, ok := s.Steps[2].Do.(scenario.Create); !ok || c.Amount != "2.00 EUR" {
		t.Errorf("the last one is %+v, expected 2.00 EUR of the included file", s.Steps[2].Do)
	}
}

func TestChannels_AreThoseOfTheExpectations(t *testing.T) {
	t.Parallel()
	s := read(t, map[string]string{"f.yaml": begun + "  - parallel: [{expect: {events: {type: payment.captured, on: [sse, amqp]}}}, {customer: pay}]\n"})[0]
	if got := s.Channels(); !reflect.DeepEqual(got, []scenario.Channel{scenario.SSE, scenario.AMQP}) || !s.Races() {
		t.Errorf("the channels are %q, expected sse and amqp", got)
	}
	all := read(t, map[string]string{"f.yaml": begun + "  - expect: {silence: true}\n"})[0]
	if got := all.Channels(); len(got) != len(scenario.Channels()) {
		t.Errorf("silence is looked for on %q, expected every channel", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(begun + expected))
	f.Add([]byte("matrix: {a: [1, {b: 2}]}\nparameters: {p: ${a}}\n" + begun + "  - repeat: {times: 2, steps: [{call: 'GET /${a.b}${n}'}]}\n" + expected))
	f.Add([]byte(begun + "  - include: f.yaml\n  - parallel: [[{void: }], {bank: {outcome: approved}}]\n"))
	for _, c := range mistakes {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := scenario.Read("f.yaml", files(map[string]string{"f.yaml": string(body)}))
		if err != nil {
			return
		}
		for _, s := range list {
			if s.Name == "" || len(s.Steps) == 0 || s.Start.IsZero() {
				t.Fatalf("%q is read as %+v", body, s)
			}
			for _, step := range scenario.All(s.Steps) {
				if step.Do == nil || step.At.Line < 1 || step.At.Column < 1 {
					t.Fatalf("%q has the step %+v", body, step)
				}
			}
		}
	})
}
