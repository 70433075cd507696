package docs

import (
	"io/fs"
	"slices"

	"sandbank/scenario"
	"sandbank/scenarios"
)

// ScenariosView explains the language of scenarios, by examples.
type ScenariosView struct {
	Frame
	First, Run, There, Reports, Test          string // that one may copy
	Named, Matrix, Repeat, Race, Held, Folder string // files, each of which runs
	Export, Off                               string
	Steps, Expectations                       []Worded
	Exits                                     []Worded
	Library                                   []Told
}

// Worded is a word of the language, what it does, and an example.
type Worded struct{ Word, Says, Example string }

// Told is a scenario of the library.
type Told struct{ File, Name, Story string }

func scenariosPage(base string) ScenariosView {
	return ScenariosView{
		Frame: Frame{Section: "scenarios"}, First: firstScenario, Named: namedScenario, Matrix: matrixScenario, Repeat: repeatScenario, Race: raceScenario, Held: heldScenario,
		Run:     "go run ./cmd/merchant run first.yaml",
		There:   "go run ./cmd/merchant run --url " + base + " first.yaml",
		Reports: "go run ./cmd/merchant run --junit report.xml --html report.html --fail-fast",
		Folder:  "# _pay.yaml\nparameters: {card: \"4242424242424242\"}\nsteps:\n  - customer: {action: pay, card: \"${card}\"}\n\n# in another file\n  - include: {file: _pay.yaml, with: {card: \"4000000000000002\"}}",
		Test:    "func TestCheckout(t *testing.T) {\n\tsb := sandbanktest.Start(t)\n\tp := sb.Create(\"19.99\", \"EUR\", \"order-1\")\n\tsb.Pay(p, \"4242424242424242\")\n\tsb.ExpectStatus(p, client.Captured)\n\tsb.Clock.Advance(\"24h\")\n\tsb.Run(\"first.yaml\")\n}",
		Export:  "go run ./cmd/merchant export --out bug.yaml pay_01890a5d-ac96-774b-bcce-b302099a8057\ngo run ./cmd/merchant export --all > monday.yaml\ngo run ./cmd/merchant run bug.yaml",
		Off:     "go run ./cmd/processor --scenario-runs 0",
		Steps:   stepWords(), Expectations: expectWords(), Exits: exitWords(), Library: library(),
	}
}

// library lists the scenarios that ship with Sandbank.
func library() (list []Told) {
	names, err := fs.Glob(scenarios.Files(), "*.yaml")
	if err != nil {
		panic("docs: " + err.Error()) // the pattern is ours
	}
	slices.Sort(names)
	for _, name := range names {
		told, err := scenario.Read(name, func(name string) ([]byte, error) { return fs.ReadFile(scenarios.Files(), name) })
		if err == nil && len(told) > 0 { // a test reads all of them
			list = append(list, Told{name, told[0].Name, told[0].Story})
		}
	}
	return list
}

func stepWords() []Worded {
	return []Worded{
		{"create", "The merchant asks for a payment. as names it; without it the payment is called payment.", "- create: {amount: 19.99 EUR, bank: SANDNL2A, expires_in: 15m}\n  as: order"},
		{"customer", "The customer does something: pay, retry, submit_twice, cancel, walk_away or come_back_late.", "- customer: {action: pay, card: \"4000000000000002\"}"},
		{"bank", "What the bank does with a payment, or, with identifier, altogether.", "- bank: {outcome: declined, reason: lost_card, after: 3s}\n- bank: {identifier: SANDNL2A, do: offline}"},
		{"advance", "Simulated time goes on, from one due moment to the next.", "- advance: 15m\n- advance: {to: \"${order.expires_at}\"}"},
		{"capture, void, refund, cancel", "The merchant asks for it.", "- refund: {payment: order, amount: 5.00 EUR}"},
		{"dispute", "The customer disputes, the merchant sends evidence, the bank decides.", "- dispute: {reason: fraudulent}\n- dispute: {evidence: a signed receipt}\n- dispute: {decide: won}"},
		{"settle, pay out", "A bank cuts off and sends its list; merchants are paid.", "- settle: SANDNL2A\n- pay out:"},
		{"receive", "What the merchant's endpoint answers to webhooks from now on.", "- receive: {status: 503, times: 2}"},
		{"fault", "A part of the system fails, as POST /sim/faults takes it, until its bound is over or a step ends it.", "- fault: {kind: broker_cut, for: 10m}\n  as: outage\n- fault: {end: outage}"},
		{"hold, step, move", "Payments are held on their way, at the request, the result, the booking or the webhook, until a step has them go on, a move does something else, or the hold ends.", "- hold: [request, webhook]\n  as: pause\n- step\n- move: {action: drop, hop: webhook}\n- hold: {end: pause}"},
		{"call", "Any route, by the merchant, the operator or nobody.", "- call:\n    route: POST /v1/payments/${order.id}/cancel\n    by: merchant\n    key: once"},
		{"call, dialect", "Any route of /docs/stripe or /docs/mollie, with that API's key. One that asks for a payment names it, as create does.", "- call:\n    dialect: stripe\n    route: POST /v1/payment_intents\n    body: {amount: 1999, currency: eur}\n  as: order"},
		{"parallel, repeat, include", "Steps at once, several times, or from another file.", "- repeat: {times: 3, steps: [{advance: 1h}]}"},
	}
}

func expectWords() []Worded {
	return []Worded{
		{"status", "One status, or a list of which it is one.", "status: [captured, canceled]"},
		{"within", "Time goes on until all of this is so, at most for this long.", "within: 15m"},
		{"why, reason", "Which source decided, by a rule with these words; why it was declined.", "why: {source: card_number, rule: \"0002\"}"},
		{"has", "Members of the payment.", "has: {last_attempt.number: 2, captured_amount: 5.00 EUR}"},
		{"events", "How often an event came on each channel: webhook, sse, websocket, graphql, amqp, polling, or all. Once on webhook and polling, if nothing else is said.", "events: [payment.captured, {type: refund.failed, on: all, times: 0}]"},
		{"snapshot", "Everything so far is as it was recorded beside the file: every line of the transcript, or the events. merchant run --update records it, and a difference is shown line by line.", "snapshot: {of: transcript, name: after-refund}"},
		{"silence", "Nothing was told about the payment on any channel, or nothing after an event.", "silence: {after: attempt.declined}"},
		{"arrived", "The types of webhooks in the order in which they arrived.", "arrived: [payment.captured, payment.processing]"},
		{"deliveries, refused", "How the webhooks of a type fared; how many had a signature that did not fit.", "deliveries: {type: payment.captured, status: delivered, tries: 3}"},
		{"balances, breaks", "What the scenario made of the book, debits less credits, and which breaks it opened.", "balances: {\"bank:SANDNL2A:receivable\": 19.99 EUR}\nbreaks: {missing: 1}"},
		{"held", "How much of the payment is held, by hop, or none.", "held: {request: 1, webhook: 2}"},
		{"answer", "What the last call was answered: a status, a problem's code, or more of it. A call that is refused fails the scenario unless the next step expects an answer.", "answer: {status: 409, problem: payment_final}"},
		{"page", "What the checkout, or the page at a path, shows.", "page: {shows: expired}"},
	}
}

func exitWords() []Worded {
	return []Worded{
		{"0", "All held.", ""}, {"1", "An expectation failed.", ""}, {"2", "The command line is wrong.", ""},
		{"3", "A file has a mistake, which is printed as FILE:LINE:COLUMN.", ""}, {"4", "Something could not be run.", ""}, {"5", "Something took too long.", ""},
	}
}

// firstScenario is what one may begin with. A test runs it, and those that follow.
const firstScenario = `# yaml-language-server: $schema=http://127.0.0.1:8080/scenarios.schema.json
name: Declined, then paid
story: The first card is declined, the second one is not.
steps:
  - create: {amount: 19.99 EUR, bank: SANDNL2A}
    as: order
    story: The shop asks for a payment.
  - customer: {action: pay, card: "4000000000009995"}
  - expect: {status: created, reason: insufficient_funds, events: attempt.declined}
    story: The customer may try again.
  - customer: {action: retry, card: "4242424242424242"}
  - expect: {status: captured, events: payment.captured}
`

const namedScenario = `name: A refund of half
seed: 7                                 # of all that is left to chance
start: 2030-12-31T23:50:00Z             # of simulated time
parameters: {price: 20.00, half: 10.00}
steps:
  - create: {amount: "${price} EUR", bank: SANDNL2A}
    as: order
  - customer: pay
  - refund: {amount: "${half} EUR"}
    as: refund
  - call: GET /v1/payments/${order.id}/refunds/${refund.id}
  - expect: {answer: {status: 200, has: {amount: 10.00 EUR}}}
  - expect: {within: 1m, has: {refunded_amount: "${half} EUR"}}
`

const matrixScenario = `name: Each card has its outcome
matrix:
  card:
    - {name: good, number: "4242424242424242", status: captured}
    - {name: lost, number: "4000000000009987", status: declined}
  bank: [SANDNL2A, SLOWDE2A]
steps:
  - create: {amount: 5.00 EUR, bank: "${bank}", attempts: 1}
  - customer: {action: pay, card: "${card.number}"}
  - expect: {status: "${card.status}", within: 10s}
`

const repeatScenario = `name: Three customers
steps:
  - repeat:
      times: 3
      steps:
        - create: {amount: "${n}.00 EUR", bank: SANDNL2A}
          as: order${n}
        - customer: pay
  - expect: {payment: order3, status: captured, has: {captured_amount: 3.00 EUR}}
`

const raceScenario = `name: Two tabs
steps:
  - create: {amount: 5.00 EUR, bank: SANDNL2A}
    as: order
  - parallel:
      - customer: pay
      - customer: cancel
  - expect: {status: [captured, canceled]}
`

const heldScenario = `name: The shop hears later
steps:
  - hold: {hops: webhook, for: 1h}
    as: pause
  - create: {amount: 5.00 EUR, bank: SANDNL2A}
  - customer: pay
  - expect: {status: captured, held: {webhook: 2}}
  - move: {action: last, kind: payment.processing}
  - step
  - expect: {arrived: [payment.captured], held: {webhook: 1}}
  - hold: {end: pause}
  - expect: {arrived: [payment.captured, payment.processing], held: none}
`
