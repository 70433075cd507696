package docs

import (
	"fmt"
	"strings"

	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/sim"
)

// SteerView explains how to bring about outcomes on purpose.
type SteerView struct {
	Frame
	Precedence                                              []Ranked
	Actions, Outcomes, Ends, Travels, Webhook, AMQP, Live   string // the words
	Later, Disputed, Claims                                 string // likewise, of what follows the authorization
	Stale, Held, Late                                       string
	Create, Act, Bank, Plan, Header, Command                string // that one may copy
	SetClock, Advance, Rate, ClockCommand, Transcript, Anew string // likewise
	Faults                                                  []FaultKind
	FaultCommand, EndFault, Graph                           string
	Merchant, BeginHold, Step, Answer, HoldCommand          string // that one may copy
	Moves, HoldFor, HoldWithin, HoldMost, HoldTimes         string
}

// Ranked is one source of a decision, in the order in which they are asked.
type Ranked struct{ Source, Says string }

var ranks = map[reason.Source]string{
	reason.ByRequest: `what the request asks for: "simulate", the header, or a call under /sim`, reason.ByScenario: "what the scenario that runs asks for",
	reason.ByBank: "how the bank behaves", reason.ByNumber: "what the test card or account stands for", reason.ByHolder: "what the holder's name stands for",
	reason.ByAmount: "what the amount stands for, at a bank that goes by amounts", reason.ByDefault: "nothing else: approved",
}

func steerPage(base string) SteerView {
	post := func(path, body string) string {
		return "curl -s -X POST " + base + path + " \\\n  -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n  -d '" + body + "'"
	}
	v := SteerView{
		Frame:   Frame{Section: "steer"},
		Actions: wordsOf(sim.Actions()), Outcomes: wordsOf(sim.Outcomes(sim.Authorize)), Ends: wordsOf(sim.Ends()), Travels: wordsOf(sim.Travels(sim.Authorize)), Later: wordsOf(sim.Travels(sim.Capture)), Disputed: wordsOf(sim.DisputeTravels()), Claims: wordsOf(sim.DisputeOutcomes()),
		Webhook: wordsOf(sim.Ways(sim.Webhook)), AMQP: wordsOf(sim.Ways(sim.AMQP)), Live: wordsOf(sim.Ways(sim.Stream)),
		Stale: fmt.Sprintf("%d minutes", int(sim.Staleness.Minutes())), Held: fmt.Sprintf("%d seconds", int(processor.HoldAnswer.Seconds())),
		Late: fmt.Sprintf("%d seconds", int(sim.DefaultLateness.Seconds())),
		Create: post("/v1/payments", `{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/",
       "simulate": {"customer": [{"action": "pay", "card": "4242424242424242"}],
                    "bank": {"outcome": "declined", "reason": "insufficient_funds", "after": "3s"},
                    "channels": {"webhook": {"how": ["late", "twice"], "after": "1m"}}}}`),
		Act:  post("/sim/payments/$PAYMENT/customer", `{"action": "pay", "iban": "NL77SAND0000000001", "after": "3s"}`),
		Bank: post("/sim/payments/$PAYMENT/bank", `{"outcome": "declined", "reason": "lost_card", "after": "3s", "times": 2}`),
		Plan: post("/sim/payments/$PAYMENT/simulate", `{"bank": {"capture": {"outcome": "approved", "after": "3s", "travel": "before_accepted"},
           "refund": {"outcome": "silent"}, "dispute": {"outcome": "won", "after": "24h", "ends_after": "3s", "travel": "twice"}}}`),
		Header:  `Sandbank-Simulate: {"bank":{"outcome":"error","reason":"issuer_unavailable"}}`,
		Command: "go run ./cmd/merchant trigger customer $PAYMENT pay --card 4000000000009995 --url " + base + "\ngo run ./cmd/merchant trigger bank $PAYMENT declined --reason lost_card --after 3s --url " + base,
	}
	v.Faults, v.FaultCommand = faultKinds(post), "go run ./cmd/merchant fault begin broker_cut --for 10s --url "+base+"\ngo run ./cmd/merchant fault list --url "+base
	v.Graph = "curl -s " + base + "/graphql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n" +
		`  -d '{"query": "mutation ($id: ID!) { simulateBank(payment: $id, answers: {outcome: \"declined\", reason: \"lost_card\", after: \"3s\"}) { status simulate } }",
       "variables": {"id": "'$PAYMENT'"}}'`
	v.EndFault = "curl -s -X DELETE " + base + "/sim/faults/$FAULT \\\n  -H \"Authorization: Bearer $TOKEN\""
	v.BeginHold, v.Step = post("/sim/holds", `{"payment": "'$PAYMENT'", "hops": ["request", "result", "booking", "webhook"], "for": "1h"}`), post("/sim/step", `{"payment": "'$PAYMENT'"}`)
	v.Answer = "curl -s \"" + base + "/sim/held?payment=$PAYMENT\" -H \"Authorization: Bearer $TOKEN\"\n\n" +
		post("/sim/held/$HELD", `{"action": "answer", "outcome": "declined", "reason": "insufficient_funds", "twice": true}`)
	v.HoldCommand = "go run ./cmd/merchant hold begin request webhook --url " + base + "\ngo run ./cmd/merchant hold --url " + base + "\ngo run ./cmd/merchant hold step --url " + base
	v.Moves, v.HoldTimes = wordsOf(sim.Moves()), fmt.Sprint(sim.DefaultHoldTimes)
	v.HoldFor, v.HoldWithin, v.HoldMost = "a day", fmt.Sprintf("%d minutes", int(sim.DefaultHoldWithin.Minutes())), fmt.Sprintf("%d hours", int(sim.MaxHoldWithin.Hours()))
	v.ClockCommand = "go run ./cmd/merchant clock advance 36h --url " + base + "\ngo run ./cmd/merchant clock advance --next --url " + base
	v.Merchant = post("/sim/merchants", `{"name": "Harbor Goods", "expires_in_seconds": 3600}`)
	v.Transcript = "go run ./cmd/processor --seed 7\n\ncurl -s " + base + "/sim/transcript -H \"Authorization: Bearer $OPERATOR\" > monday.jsonl"
	v.Anew = "go run ./cmd/merchant reset --url " + base + "\ngo run ./cmd/merchant snapshot save month.zip --url " + base + "\ngo run ./cmd/merchant snapshot load month.zip --url " + base
	v.SetClock, v.Advance, v.Rate = post("/sim/clock", `{"set": "2027-01-01T00:00:00Z", "freeze": true}`), post("/sim/clock", `{"advance": {"by": "36h"}}`), post("/sim/clock", `{"rate": 60}`)
	for _, s := range reason.Precedence() {
		v.Precedence = append(v.Precedence, Ranked{strings.ReplaceAll(string(s), "_", " "), ranks[s]})
	}
	return v
}
