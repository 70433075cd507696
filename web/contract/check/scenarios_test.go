package check

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/scenario"
	"sandbank/sim"
	"sandbank/web/contract"
)

// scenariosFile is the schema of scenarios, and what validates by it.
func scenariosFile(t *testing.T) (map[string]any, *jsonschema.Schema) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(contract.ScenariosFile().JSON))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenarios.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenarios.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any), schema
}

func TestScenariosFile_TheLibraryFits(t *testing.T) {
	t.Parallel()
	_, schema := scenariosFile(t)
	files, err := filepath.Glob("../../../scenarios/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files were found, expected the library: %v", len(files), err)
	}
	lessons, err := filepath.Glob("../../../scenarios/lessons/*.yaml")
	if err != nil || len(lessons) < 8 {
		t.Errorf("%d lessons were found, expected 8 or more: %v", len(lessons), err)
	}
	files = append(files, lessons...)
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(schema, body); err != nil {
			t.Errorf("%s does not fit its schema: %v", name, err)
		}
	}
}

// scenarioPlaces are the mappings of a scenario: how one is written, and where the schema has it.
var scenarioPlaces = map[string]struct {
	written string
	schema  string
}{
	"the file":        {"name: N\n%s", ""},
	"a question":      {step("advance: 1s\n    story: x\n    ask: {%s}"), "$defs/ask"},
	"create":          {step("create: {amount: 1.00 EUR, %s}"), "$defs/create"},
	"simulate":        {step("create: {amount: 1.00 EUR, simulate: {%s}}"), "$defs/simulate"},
	"an act":          {step("create: {amount: 1.00 EUR, simulate: {customer: [{action: pay, %s}]}}"), "$defs/act"},
	"orders":          {step("create: {amount: 1.00 EUR, simulate: {bank: {%s}}}"), "$defs/orders"},
	"an answer":       {step("create: {amount: 1.00 EUR, simulate: {bank: {refund: {%s}}}}"), "$defs/answer"},
	"a challenge":     {step("create: {amount: 1.00 EUR, simulate: {bank: {challenge: {%s}}}}"), "$defs/orders/properties/challenge"},
	"a later dispute": {step("create: {amount: 1.00 EUR, simulate: {bank: {dispute: {%s}}}}"), "$defs/claim"},
	"channels":        {step("create: {amount: 1.00 EUR, simulate: {channels: {%s}}}"), "$defs/simulate/properties/channels"},
	"a channel":       {step("create: {amount: 1.00 EUR, simulate: {channels: {amqp: {%s}}}}"), "$defs/way"},
	"customer":        {step("customer: {action: pay, %s}"), "$defs/customer/anyOf/2"},
	"a bank":          {step("bank: {identifier: SANDNL2A, %s}"), "$defs/bank/anyOf/1"},
	"its temper":      {step("bank: {identifier: SANDNL2A, temper: {%s}}"), "$defs/bank/anyOf/1/properties/temper"},
	"advance":         {step("advance: {%s}"), "$defs/advance/anyOf/2"},
	"capture":         {step("capture: {%s}"), "$defs/capture/anyOf/2"},
	"refund":          {step("refund: {%s}"), "$defs/refund/anyOf/2"},
	"void":            {step("void: {%s}"), "$defs/void/anyOf/2"},
	"cancel":          {step("cancel: {%s}"), "$defs/void/anyOf/2"},
	"dispute":         {step("dispute: {%s}"), "$defs/dispute/anyOf/2"},
	"fault":           {step("fault: {kind: broker_cut, %s}"), "$defs/fault/anyOf/1"},
	"a fault's end":   {step("fault: {end: payment, %s}"), "$defs/fault/anyOf/0"},
	"hold":            {step("hold: {%s}"), "$defs/hold/anyOf/3"},
	"a hold's end":    {step("hold: {end: payment, %s}"), "$defs/hold/anyOf/2"},
	"move":            {step("move: {action: drop, %s}"), "$defs/move/anyOf/2"},
	"held":            {step("expect: {held: {%s}}"), "$defs/held"},
	"receive":         {step("receive: {%s}"), "$defs/receive/anyOf/1"},
	"call":            {step("call: {%s}"), "$defs/call/anyOf/1"},
	"repeat":          {step("repeat: {%s}"), "$defs/repeat"},
	"include":         {step("include: {%s}"), "$defs/include"},
	"expect":          {step("expect: {%s}"), "$defs/expect"},
	"why":             {step("expect: {why: {%s}}"), "$defs/why"},
	"events":          {step("expect: {events: {%s}}"), "$defs/events/anyOf/1"},
	"silence":         {step("expect: {silence: {%s}}"), "$defs/silence"},
	"deliveries":      {step("expect: {deliveries: {%s}}"), "$defs/deliveries"},
	"breaks":          {step("expect: {breaks: {%s}}"), "$defs/breaks"},
	"answered":        {step("expect: {answer: {%s}}"), "$defs/answered"},
	"page":            {step("expect: {page: {%s}}"), "$defs/page"},
}

// step is a file with one more step.
func step(written string) string {
	return "name: N\nsteps:\n  - create: {amount: 1.00 EUR}\n  - " + written + "\n"
}

// none is a key that nothing has, and that is near to none.
const none = "zzzzzzzzzzzzzzzzzzzzzzzz"

// The reader lists its keys where it meets one that is none; they are the schema's, at every place.
func TestScenariosFile_HasTheReadersKeys(t *testing.T) {
	t.Parallel()
	doc, schema := scenariosFile(t)
	for name, place := range scenarioPlaces {
		var path []string
		if place.schema != "" {
			path = strings.Split(place.schema, "/")
		}
		want := keys(t, doc, path)
		body := []byte(fmt.Sprintf(place.written, none+": 1"))
		_, err := scenario.Read("f", func(string) ([]byte, error) { return body, nil })
		_, listed, ok := strings.Cut(fmt.Sprint(err), fmt.Sprintf("%q is not known here; it is one of ", none))
		listed, _, _ = strings.Cut(listed, "\n")
		if got := strings.Split(listed, ", "); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: the reader has %q, the schema %q: %v", name, got, want, err)
		}
		if fits(schema, body) == nil {
			t.Errorf("%s: the schema takes a key that is none:\n%s", name, body)
		}
	}
}

func TestScenariosFile_HasEveryVerbAndWord(t *testing.T) {
	t.Parallel()
	doc, _ := scenariosFile(t)
	want := []string{"as", "ask", "notes", "story"}
	for _, v := range scenario.Verbs() {
		want = append(want, string(v))
	}
	slices.Sort(want)
	if got := keys(t, doc, []string{"$defs", "step"}); !slices.Equal(got, want) {
		t.Errorf("web/contract/scenarios.yaml: a step has %q, expected %q", got, want)
	}
	kinds := doc["$defs"].(map[string]any)["fault"].(map[string]any)["anyOf"].([]any)[1].(map[string]any)["properties"].(map[string]any)["kind"].(map[string]any)
	doc["$defs"].(map[string]any)["kind of fault"] = kinds
	for path, want := range map[string][]string{
		"kind of fault": texts(sim.FaultKinds()), "hop": texts(sim.Hops()),
		"event": event.Types(), "status": texts(payment.Statuses()), "channel": texts(scenario.Channels()), "customer": texts(sim.Actions()),
	} {
		list := doc["$defs"].(map[string]any)[path].(map[string]any)["anyOf"].([]any)[0].(map[string]any)["enum"].([]any)
		var got []string
		for _, v := range list {
			got = append(got, v.(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("web/contract/scenarios.yaml: %s is one of %q, expected %q", path, got, want)
		}
	}
}

func texts[T ~string](list []T) (all []string) {
	for _, v := range list {
		all = append(all, string(v))
	}
	return all
}

// What the schema refuses of these files, the reader refuses too, and the other way round.
func TestScenariosFile_JudgesAsTheReaderDoes(t *testing.T) {
	t.Parallel()
	_, schema := scenariosFile(t)
	for name, written := range map[string]string{
		"all":  step("expect: {status: [captured, declined], within: 5m, why: default, events: {type: payment.captured, on: all, times: 2}, breaks: none, balances: {fees: -1.00 EUR}}"),
		"bare": step("void\n  - customer: pay\n  - expect: {status: voided}"), "no amount": "name: N\nsteps: [{create: {bank: SANDNL2A}}, {expect: {status: created}}]",
		"no duration": step("advance: soon\n  - expect: {status: created}"), "two ways": step("advance: {by: 5m, next: true}\n  - expect: {status: created}"),
		"one at once": step("parallel: [{customer: pay}]\n  - expect: {status: created}"), "no status": step("receive: {times: 2}\n  - expect: {status: created}"),
		"no route": step("call: payments\n  - expect: {status: created}"), "no channel": step("expect: {events: {type: payment.captured, on: mail}}"),
		"no silence": step("expect: {silence: false}"), "no type": step("expect: {events: {times: 2}}"), "no steps": "name: N\nsteps: []",
		"hold":   step("hold\n  - hold: [request, webhook]\n  - hold: {payment: payment, hops: result, for: 1h, times: 2}\n    as: pause\n  - step\n  - step: payment\n  - move: drop\n  - move: {action: answer, hop: request, kind: authorize, outcome: declined, reason: lost_card, twice: true}\n  - hold: {end: pause}\n  - expect: {held: {webhook: 1}}\n  - expect: {held: none}"),
		"no hop": step("hold: somewhere\n  - expect: {status: created}"), "a hop twice": step("hold: [webhook, webhook]\n  - expect: {status: created}"), "no hops": step("hold: {hops: []}\n  - expect: {status: created}"),
		"no move": step("move: {hop: webhook}\n  - expect: {status: created}"), "no answer": step("move: {action: answer}\n  - expect: {status: created}"), "bare answer": step("move: answer\n  - expect: {status: created}"),
		"an outcome of a drop": step("move: {action: drop, outcome: approved}\n  - expect: {status: created}"),
	} {
		_, err := scenario.Read("f", func(string) ([]byte, error) { return []byte(written), nil })
		if by := fits(schema, []byte(written)); (err == nil) != (by == nil) {
			t.Errorf("%s: the reader says %v, the schema %v, of\n%s", name, err, by, written)
		}
		if _, wrong := errors.AsType[scenario.Mistakes](err); err != nil && !wrong {
			t.Errorf("%s: %v is no mistake", name, err)
		}
	}
}
