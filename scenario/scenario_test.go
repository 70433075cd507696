package scenario_test

import (
	"slices"
	"testing"

	"sandbank/scenario"
)

// What may run beside other scenarios on one Sandbank, and what would meet them there.
func TestScenario_OfAll(t *testing.T) {
	t.Parallel()
	told := map[scenario.Verb]bool{}
	for step, ofAll := range map[string]bool{
		"create: {amount: 1.00 EUR}":                 false,
		"customer: pay":                              false,
		"bank: {outcome: approved}":                  false,
		"bank: {identifier: SANDNL2A, do: offline}":  true,
		"bank: {identifier: SANDNL2A, plant: twice}": true,
		"advance: 10m":                               false,
		"advance: {to: \"2030-02-01T09:00:00Z\"}":    false,
		"advance: next":                              true, // which may be somebody else's
		"capture: {}":                                false,
		"void:":                                      false,
		"refund: {}":                                 false,
		"cancel:":                                    false,
		"dispute: {reason: fraudulent}":              false,
		"settle: SANDNL2A":                           true,
		"pay out:":                                   true,
		"fault: {kind: broker_cut, for: 10m}":        true,
		"hold: webhook":                              false,
		"move: drop":                                 false,
		"step":                                       false,
		"receive: {status: 503}":                     false,
		"call: GET /v1/payments":                     false,
		"call: {route: GET /sim/faults, by: operator}":                                   true,
		"call: {dialect: stripe, route: GET /v1/charges}":                                false,
		"call: {dialect: stripe, route: GET /v1/test_helpers/test_clocks, by: operator}": true,
		"expect: {status: created, silence: true}":                                       false,
		"expect: {balances: {\"merchant:payable\": 0.00 EUR}}":                           true,
		"expect: {breaks: none}":                                                         true,
		"parallel: [{cancel: }, {customer: pay}]":                                        true,
		"repeat: {times: 2, steps: [{settle: SANDNL2A}]}":                                true,
		"include: _more.yaml":                                                            true,
	} {
		s := read(t, map[string]string{"f.yaml": begun + "  - " + step + "\n" + expected, "_more.yaml": "steps:\n  - settle: SANDNL2A\n"})[0]
		if s.OfAll() != ofAll {
			t.Errorf("%s: of all is %t, expected %t", step, s.OfAll(), ofAll)
		}
		for _, one := range scenario.All(s.Steps) {
			told[one.Do.Verb()] = true
		}
	}
	for _, v := range scenario.Verbs() {
		if !told[v] && !slices.Contains([]scenario.Verb{scenario.VerbRepeat, scenario.VerbInclude}, v) {
			t.Errorf("nothing is said of %s", v)
		}
	}
}
