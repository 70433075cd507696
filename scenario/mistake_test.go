package scenario_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"sandbank/scenario"
)

// begun begins a file whose steps follow.
const begun = "name: N\nsteps:\n  - create: {amount: 1.00 EUR}\n"

// files gives the content of files, of which the first is read.
func files(contents map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if body, ok := contents[name]; ok {
			return []byte(body), nil
		}
		return nil, fs.ErrNotExist
	}
}

// mistakes are files that are wrong, and what is said of each: where, and what would be right.
var mistakes = map[string]struct{ body, want string }{
	"empty":                 {"", "f.yaml:1:1: must be one document"},
	"not YAML":              {"name: [", "f.yaml:1:"},
	"two documents":         {"name: N\n---\nname: M\n", "f.yaml:1:1: must be one document"},
	"a list":                {"- 1", "f.yaml:1:1: must have keys and values: matrix, name"},
	"brackets in brackets":  {"name: " + strings.Repeat("[", 5000), "f.yaml:1:67: has more brackets and quotes than such a file needs"},
	"lists in lists":        {strings.Repeat("- ", 5000), "f.yaml:1:60: is set in by 10000 columns; 60 are allowed"},
	"a line of quotes":      {"name: " + strings.Repeat(`"`, 5000), "f.yaml:1:307: has more brackets and quotes"},
	"a line too long":       {"name: " + strings.Repeat("x", 9000), "f.yaml:1:8000: has 9006 bytes in one line; 8000 are allowed"},
	"too many lines":        {strings.Repeat("# x\n", 30_001), "has 30001 lines; 30000 are allowed"},
	"a matrix too large":    {"matrix:\n  n: [" + strings.Repeat("1, ", 99) + "1]\n" + begun + "  - repeat: {times: 300, steps: [{advance: 1s}]}\n  - expect: {status: created}\n", "there are more than 20000 steps in all combinations"},
	"snapshot unknown":      {begun + "  - expect: {snapshot: transcrypt}\n", `steps[1].expect.snapshot: "transcrypt" is not known here; did you mean "transcript"?`},
	"snapshot of nothing":   {begun + "  - expect: {snapshot: {name: x}}\n", "steps[1].expect.snapshot: needs what is recorded, such as transcript"},
	"snapshot twice":        {begun + "  - expect: {snapshot: events}\n  - expect: {snapshot: events}\n", `f.yaml:5:24: steps[2].expect.snapshot: another snapshot is called "events": give this one a name`},
	"snapshot no name":      {begun + "  - expect: {snapshot: {of: events, name: ../x}}\n", `steps[1].expect.snapshot: "../x" is no name`},
	"snapshot within":       {begun + "  - expect: {snapshot: events, within: 1h}\n", "steps[1].expect: a snapshot is of now: advance first, and leave out within"},
	"unknown key":           {begun + "stroy: x\n", `f.yaml:4:1: stroy: "stroy" is not known here; did you mean "story"?`},
	"no near word":          {begun + "colour: x\n", `f.yaml:4:1: colour: "colour" is not known here; it is one of matrix, name,`},
	"a key twice":           {"name: N\nname: M\nsteps: []", "f.yaml:2:"},
	"no name":               {"steps:\n  - create: {amount: 1.00 EUR}\n  - expect: {status: created}\n", "f.yaml:1:1: name is required"},
	"name a list":           {"name: [a]\nsteps: []", "f.yaml:1:7: name: must be a text"},
	"no steps":              {"name: N\n", "no step expects anything"},
	"empty steps":           {"name: N\nsteps: []\n", "f.yaml:2:8: steps: must have at least one step"},
	"steps no list":         {"name: N\nsteps: {create: {amount: 1.00 EUR}}\n", "f.yaml:2:8: steps: must be a list"},
	"no expect":             {begun, "f.yaml:1:1: no step expects anything, so this scenario cannot fail"},
	"seed in words":         {"seed: many\n" + begun, "f.yaml:1:7: seed: must be a whole number from 1"},
	"seed zero":             {"seed: 0\n" + begun, "seed: must be a whole number from 1"},
	"start in words":        {"start: monday\n" + begun, "f.yaml:1:8: start: must be a time of the years 2000 to 2189"},
	"start too late":        {"start: 2200-01-01T00:00:00Z\n" + begun, "f.yaml:1:8: start: must be a time"},
	"alias":                 {"name: &n N\nsteps:\n  - call: {route: GET /livez, body: *n}\n", "must be plain: anchors, aliases and tags are not read"},
	"step unknown":          {begun + "  - crate: {amount: 1.00 EUR}\n", `f.yaml:4:5: steps[1].crate: "crate" is not known here; did you mean "create"?`},
	"a customer's word":     {begun + "  - pay\n", `f.yaml:4:5: steps[1]: must be a step; did you mean "customer: pay"?`},
	"a verb misspelt":       {begun + "  - refnd\n", `f.yaml:4:5: steps[1]: must be a step; did you mean "refund"?`},
	"create an amount":      {"name: N\nsteps:\n  - create: 19.99 EUR\n", "f.yaml:3:13: steps[0].create: needs an amount, such as create: {amount: 19.99 EUR}"},
	"move a hop":            {begun + "  - move: {drop: webhook}\n", "f.yaml:4:18: steps[1].move.drop: is no key: move: {action: drop, hop: webhook}"},
	"step a text":           {begun + "  - nothing\n", "f.yaml:4:5: steps[1]: must be a step"},
	"step without verb":     {begun + "  - story: x\n", "f.yaml:4:5: steps[1]: does nothing"},
	"two verbs":             {begun + "  - customer: pay\n    cancel: payment\n", "f.yaml:5:5: steps[1]: a step does one thing, and this one does two: customer and cancel"},
	"ask without answer":    {begun + "  - advance: 1s\n    story: x\n    ask: {question: Why?}\n", "f.yaml:6:10: steps[1].ask: needs a question and its answer"},
	"ask unknown":           {begun + "  - advance: 1s\n    story: x\n    ask: {question: Why?, answr: So}\n", `f.yaml:6:27: steps[1].ask.answr: "answr" is not known here; did you mean "answer"?`},
	"ask one choice":        {begun + "  - advance: 1s\n    story: x\n    ask: {question: Why?, choices: [So], answer: So}\n", "steps[1].ask.choices: must have 2 to 6 choices"},
	"ask other answer":      {begun + "  - advance: 1s\n    story: x\n    ask: {question: Why?, choices: [So, No], answer: Maybe}\n", "steps[1].ask: has an answer that is none of its choices"},
	"notes without story":   {begun + "  - advance: 1s\n    notes: x\n", "f.yaml:4:5: steps[1]: has notes or a question, and needs a story"},
	"notes a list":          {begun + "  - advance: 1s\n    story: x\n    notes: [x]\n", "steps[1].notes: must be a text"},
	"as of expect":          {begun + "  - expect: {status: created}\n    as: x\n", `f.yaml:5:5: steps[1].as: "as" is not known here`},
	"as no name":            {begun + "  - create: {amount: 1.00 EUR}\n    as: 2nd\n", `f.yaml:5:9: steps[1].as: "2nd" is no name`},
	"create nothing":        {"name: N\nsteps:\n  - create:\n", "steps[0].create: needs an amount"},
	"no amount":             {"name: N\nsteps:\n  - create: {bank: SANDNL2A}\n", "f.yaml:3:13: steps[0].create: needs an amount"},
	"amount no sum":         {"name: N\nsteps:\n  - create: {amount: much}\n", "f.yaml:3:22: steps[0].create.amount: must be an amount and its currency, such as 19.99 EUR"},
	"no currency":           {"name: N\nsteps:\n  - create: {amount: 19.99}\n", "must be an amount and its currency"},
	"currency":              {"name: N\nsteps:\n  - create: {amount: 19.99 ERU}\n", "must be an amount and its currency"},
	"decimals":              {"name: N\nsteps:\n  - create: {amount: 19.999 EUR}\n", "19.999 is no amount of EUR"},
	"yen with decimals":     {"name: N\nsteps:\n  - create: {amount: 19.99 JPY}\n", "19.99 is no amount of JPY"},
	"negative":              {"name: N\nsteps:\n  - create: {amount: -1.00 EUR}\n", "-1.00 is no amount of EUR"},
	"bank no BIC":           {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, bank: sandbank}\n", `f.yaml:3:38: steps[0].create.bank: "sandbank" has not the form of a bank identifier`},
	"capture":               {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, capture: manuel}\n", `steps[0].create.capture: "manuel" is not known here; did you mean "manual"?`},
	"attempts":              {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, attempts: 11}\n", "steps[0].create.attempts: must be a whole number from 1 to 10"},
	"expires_in":            {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, expires_in: 900}\n", "steps[0].create.expires_in: must be a duration, such as 30s, 15m or 36h"},
	"metadata":              {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, metadata: x}\n", "steps[0].create.metadata: must have keys and values"},
	"simulate key":          {"name: N\nsteps:\n  - create:\n      amount: 1.00 EUR\n      simulate: {custmer: []}\n", `f.yaml:5:18: steps[0].create.simulate.custmer: "custmer" is not known here; did you mean "customer"?`},
	"simulate action":       {"name: N\nsteps:\n  - create:\n      amount: 1.00 EUR\n      simulate: {customer: [{action: pya}]}\n", `f.yaml:5:38: steps[0].create.simulate.customer[0].action: must be one of`},
	"simulate way":          {"name: N\nsteps:\n  - create:\n      amount: 1.00 EUR\n      simulate: {channels: {webhook: {how: [twise]}}}\n", `did you mean "twice"?`},
	"simulate type":         {"name: N\nsteps:\n  - create:\n      amount: 1.00 EUR\n      simulate: {bank: {times: often}}\n", "f.yaml:5:32: steps[0].create.simulate.bank.times: must be"},
	"customer too early":    {"name: N\nsteps:\n  - customer: pay\n", "f.yaml:3:15: steps[0].customer: no step before this one creates a payment"},
	"customer word":         {begun + "  - customer: buy\n", `f.yaml:4:15: steps[1].customer: "buy" is not known here; did you mean "pay"?`},
	"customer nothing":      {begun + "  - customer\n", "f.yaml:4:5: steps[1].customer: must say what the customer does, such as pay"},
	"customer key":          {begun + "  - customer: {action: pay, crad: 1}\n", `f.yaml:4:29: steps[1].customer.crad: "crad" is not known here; did you mean "card"?`},
	"customer card":         {begun + "  - customer: {action: pay, card: 4242424242424241}\n", "f.yaml:4:35: steps[1].customer.card: must be one of the published test cards"},
	"customer payment":      {begun + "  - customer: {action: pay, payment: paymnt}\n", `f.yaml:4:38: steps[1].customer.payment: "paymnt" is not known here; did you mean "payment"?`},
	"bank says nothing":     {begun + "  - bank: {payment: payment}\n", "f.yaml:4:11: steps[1].bank: says nothing about what the bank does"},
	"bank a word":           {begun + "  - bank: offline\n", "f.yaml:4:11: steps[1].bank: must say what the bank does with a payment"},
	"bank outcome":          {begun + "  - bank: {outcome: aproved}\n", `f.yaml:4:21: steps[1].bank.outcome: must be one of`},
	"bank do":               {begun + "  - bank: {identifier: SANDNL2A, do: offlin}\n", `did you mean "offline"?`},
	"bank does nothing":     {begun + "  - bank: {identifier: SANDNL2A}\n", "f.yaml:4:11: steps[1].bank: needs one of do, temper and plant"},
	"bank temper":           {begun + "  - bank: {identifier: SANDNL2A, temper: {decline: 1}}\n", `f.yaml:4:43: steps[1].bank.temper.decline: "decline" is not known here; did you mean "declines"?`},
	"bank plant":            {begun + "  - bank: {identifier: SANDNL2A, plant: [mising]}\n", `f.yaml:4:42: steps[1].bank.plant[0]: "mising" is not known here; did you mean "missing"?`},
	"a word of other tools": {begun + "  - wait: 5m\n", `f.yaml:4:5: steps[1].wait: "wait" is not known here; did you mean "advance"?`},
	"a status elsewhere":    {begun + "  - expect: {status: paid}\n", `steps[1].expect.status: "paid" is not known here; did you mean "captured"?`},
	"a part of an event":    {begun + "  - expect: {events: captured}\n", `steps[1].expect.events: "captured" is not known here; did you mean "payment.captured"?`},
	"a part of a key":       {"name: N\nsteps:\n  - create: {amount: 1.00 EUR, expires: 15m}\n", `steps[0].create.expires: "expires" is not known here; did you mean "expires_in"?`},
	"advance days":          {begun + "  - advance: 1d\n", "steps[1].advance: must be a duration, such as 30s, 15m or 36h; a day is 24h"},
	"advance words":         {begun + "  - advance: tomorrow\n", "f.yaml:4:14: steps[1].advance: must be a duration, such as 30s, 15m or 36h"},
	"advance back":          {begun + "  - advance: -5m\n", "steps[1].advance: must be a duration"},
	"advance two":           {begun + "  - advance: {by: 5m, next: true}\n", "f.yaml:4:14: steps[1].advance: needs one of by, to and next"},
	"advance next":          {begun + "  - advance: {next: perhaps}\n", "f.yaml:4:21: steps[1].advance.next: must be true or false"},
	"fault no kind":         {begun + "  - fault: {for: 5m}\n", "f.yaml:4:12: steps[1].fault: is required"},
	"fault kind":            {begun + "  - fault: {kind: broker_cot}\n", "did you mean \"broker_cut\"?"},
	"fault key":             {begun + "  - fault: {kind: broker_cut, untl: 5m}\n", "f.yaml:4:31: steps[1].fault.untl: \"untl\" is not known here"},
	"fault no bank":         {begun + "  - fault: {kind: bank_slow}\n", "is required with bank_slow"},
	"fault share":           {begun + "  - fault: {kind: database_refusing, share: 2}\n", "f.yaml:4:45: steps[1].fault.share: must be more than 0 and at most 1"},
	"fault a word":          {begun + "  - fault: broker_cut\n", "f.yaml:4:12: steps[1].fault: needs a kind of fault"},
	"fault unknown end":     {begun + "  - fault: {end: outage}\n", `f.yaml:4:18: steps[1].fault.end: no fault is called "outage" before this step: give the step that begins it a name with "as"`},
	"fault ends payment":    {begun + "  - fault: {end: payment}\n", `f.yaml:4:18: steps[1].fault.end: no fault is called "payment" before this step`},
	"fault end misspelt":    {begun + "  - fault: {kind: broker_cut}\n    as: outage\n  - fault: {end: outrage}\n", `f.yaml:6:18: steps[2].fault.end: no fault is called "outrage" before this step; did you mean "outage"?`},
	"hold a hop":            {begun + "  - hold: requst\n", `f.yaml:4:11: steps[1].hold: "requst" is not known here; did you mean "request"?`},
	"hold a hop of many":    {begun + "  - hold: [request, webhok]\n", `f.yaml:4:21: steps[1].hold[1]: "webhok" is not known here; did you mean "webhook"?`},
	"hold a hop twice":      {begun + "  - hold: {hops: [webhook, webhook]}\n", `f.yaml:4:18: steps[1].hold.hops: must name "webhook" once`},
	"hold nowhere":          {begun + "  - hold: {hops: []}\n", "f.yaml:4:18: steps[1].hold.hops: must name one of [request result booking webhook], or be left out for all of them"},
	"hold key":              {begun + "  - hold: {hop: webhook}\n", `f.yaml:4:12: steps[1].hold.hop: "hop" is not known here; did you mean "hops"?`},
	"hold payment":          {begun + "  - hold: {payment: paymnt}\n", `f.yaml:4:21: steps[1].hold.payment: "paymnt" is not known here; did you mean "payment"?`},
	"hold for":              {begun + "  - hold: {for: 1y}\n", "f.yaml:4:17: steps[1].hold.for: must be a duration, such as 30s, 15m or 36h"},
	"hold for too long":     {begun + "  - hold: {for: 9000h}\n", "f.yaml:4:17: steps[1].hold.for: must be"},
	"hold times":            {begun + "  - hold: {times: 251}\n", "f.yaml:4:19: steps[1].hold.times: must be a whole number from 1 to 250"},
	"hold moves":            {begun + "  - hold: {action: drop}\n", "f.yaml:4:20: steps[1].hold: what is held is moved by a step of its own: move: {action: drop}"},
	"hold end":              {begun + "  - hold: {end: pause}\n", `f.yaml:4:17: steps[1].hold.end: no hold is called "pause" before this step: give the step that begins it a name with "as"`},
	"hold ends a fault":     {begun + "  - fault: {kind: broker_cut}\n    as: cut\n  - hold: {end: cut}\n", `no hold is called "cut" before this step`},
	"hold end and more":     {begun + "  - hold: webhook\n    as: pause\n  - hold: {end: pause, hops: webhook}\n", `f.yaml:6:24: steps[2].hold.hops: "hops" is not known here`},
	"move nothing":          {begun + "  - move:\n", "f.yaml:4:11: steps[1].move: must say what becomes of what is held, such as drop"},
	"move word":             {begun + "  - move: relase\n", `f.yaml:4:11: steps[1].move: "relase" is not known here; did you mean "release"?`},
	"move action":           {begun + "  - move: {action: skip}\n", "f.yaml:4:20: steps[1].move.action: must be one of [release drop duplicate first last answer]"},
	"move no action":        {begun + "  - move: {hop: webhook}\n", "f.yaml:4:11: steps[1].move: is required; must be one of [release drop"},
	"move hop":              {begun + "  - move: {action: drop, hop: webhok}\n", `f.yaml:4:31: steps[1].move.hop: "webhok" is not known here; did you mean "webhook"?`},
	"move kind":             {begun + "  - move: {action: drop, kind: payment.captred}\n", `f.yaml:4:32: steps[1].move.kind: "payment.captred" is not known here; did you mean "payment.captured"?`},
	"move too early":        {"name: N\nsteps:\n  - move: drop\n", "f.yaml:3:11: steps[0].move: no step before this one creates a payment"},
	"move outcome":          {begun + "  - move: {action: drop, outcome: approved}\n", `f.yaml:4:35: steps[1].move.outcome: has a meaning only with "action": "answer"`},
	"move no outcome":       {begun + "  - move: {action: answer}\n", "f.yaml:4:11: steps[1].move: is required with answer"},
	"move a bare answer":    {begun + "  - move: answer\n", "f.yaml:4:11: steps[1].move: is required with answer"},
	"move wrong outcome":    {begun + "  - move: {action: answer, outcome: aproved}\n", `did you mean "approved"?`},
	"move answers webhook":  {begun + "  - move: {action: answer, hop: webhook, outcome: approved}\n", "f.yaml:4:33: steps[1].move.hop: only a request to a bank is answered: hop: request"},
	"step of nothing":       {"name: N\nsteps:\n  - step\n", "f.yaml:3:5: steps[0].step: no step before this one creates a payment"},
	"step of nobody":        {begun + "  - step: order\n", `f.yaml:4:11: steps[1].step: "order" is not known here; it is one of payment`},
	"held key":              {begun + "  - expect: {held: {webhok: 1}}\n", `f.yaml:4:21: steps[1].expect.held.webhok: "webhok" is not known here; did you mean "webhook"?`},
	"held a word":           {begun + "  - expect: {held: many}\n", "f.yaml:4:20: steps[1].expect.held: must have keys and values: booking, request, result, webhook"},
	"settle nothing":        {begun + "  - settle: everybody\n", "f.yaml:4:13: steps[1].settle: \"everybody\" has not the form of a bank identifier"},
	"pay out somebody":      {begun + "  - pay out: me\n", "f.yaml:4:14: steps[1].pay out: pays everybody what is due"},
	"dispute two":           {begun + "  - dispute: {evidence: a, decide: won}\n", "f.yaml:4:14: steps[1].dispute: says one of reason"},
	"dispute decide":        {begun + "  - dispute: {decide: win}\n", `f.yaml:4:23: steps[1].dispute.decide: "win" is not known here; did you mean "won"?`},
	"void an amount":        {begun + "  - void: {amount: 1.00 EUR}\n", `f.yaml:4:12: steps[1].void.amount: "amount" is not known here`},
	"refund final":          {begun + "  - refund: {final: true}\n", `steps[1].refund.final: "final" is not known here`},
	"call no route":         {begun + "  - call: {by: operator}\n", "f.yaml:4:11: steps[1].call: needs a route, such as GET /v1/payments"},
	"call no method":        {begun + "  - call: /v1/payments\n", "f.yaml:4:11: steps[1].call: must be a method and a path"},
	"call small":            {begun + "  - call: get /v1/payments\n", "steps[1].call: must be a method and a path"},
	"call by":               {begun + "  - call: {route: GET /livez, by: oprator}\n", `f.yaml:4:35: steps[1].call.by: "oprator" is not known here; did you mean "operator"?`},
	"receive words":         {begun + "  - receive: nothing\n", "f.yaml:4:14: steps[1].receive: must be a whole number from 200 to 599"},
	"receive no status":     {begun + "  - receive: {times: 2}\n", "f.yaml:4:14: steps[1].receive: needs a status, such as 500"},
	"name unknown":          {begun + "  - call: GET /v1/payments/${paymnt.id}\n", `f.yaml:4:11: steps[1].call: nothing is called "paymnt" before this step; did you mean "payment"?`},
	"name nowhere near":     {begun + "  - call: GET /v1/payments/${x.id}\n", `nothing is called "x" before this step: parameters, the matrix and earlier steps with "as" give names`},
	"name unclosed":         {begun + "  - call: GET /v1/payments/${payment.id\n", "has a ${ without its }"},
	"a mapping inside":      {"parameters: {card: {number: 1}}\n" + begun + "  - call: GET /v1/${card}\n", "${card} is no text, and cannot stand inside of one"},
	"parameters a list":     {"parameters: [a]\n" + begun, "f.yaml:1:13: parameters: must have names and values"},
	"parameter name":        {"parameters: {my-card: 1}\n" + begun, `"my-card" is no name`},
	"matrix a list":         {"matrix: [a]\n" + begun, "f.yaml:1:9: matrix: must have names, each with a list of values"},
	"matrix no list":        {"matrix: {card: 1}\n" + begun, "f.yaml:1:16: matrix.card: must be a list"},
	"matrix empty":          {"matrix: {card: []}\n" + begun, "f.yaml:1:16: matrix.card: must have at least one value"},
	"matrix unnamed":        {"matrix: {card: [[1]]}\n" + begun, "must be a text, or have a text as its first member"},
	"matrix huge":           {"matrix: {a: [1,2,3,4,5,6,7,8], b: [1,2,3,4,5,6,7,8], c: [1,2,3,4,5,6,7,8]}\n" + begun, "f.yaml:1:9: matrix: has more than 500 combinations"},
	"repeat no times":       {begun + "  - repeat: {steps: [{customer: pay}]}\n", "f.yaml:4:13: steps[1].repeat: needs times and steps"},
	"repeat too often":      {begun + "  - repeat: {times: 100000, steps: [{customer: pay}]}\n", "f.yaml:4:21: steps[1].repeat.times: must be a whole number from 1 to 1000"},
	"repeat in repeat":      {begun + "  - repeat: {times: 900, steps: [{repeat: {times: 900, steps: [{customer: pay}]}}]}\n", "there are more than 2000 steps"},
	"parallel of one":       {begun + "  - parallel: [{customer: pay}]\n", "f.yaml:4:15: steps[1].parallel: needs at least two things to do at once"},
	"include nothing":       {begun + "  - include: none.yaml\n", "f.yaml:4:14: steps[1].include: cannot be read"},
	"include itself":        {begun + "  - include: f.yaml\n", "f.yaml:4:14: steps[1].include: f.yaml includes itself"},
	"include in a ring":     {begun + "  - include: ring.yaml\n", "ring.yaml:2:14: steps[0].include: ring.yaml includes itself"},
	"included mistake":      {begun + "  - include: wrong.yaml\n", `wrong.yaml:2:15: steps[0].customer: "buy" is not known here`},
	"expect nothing":        {begun + "  - expect: {}\n", "f.yaml:4:13: steps[1].expect: must expect something"},
	"only a payment":        {begun + "  - expect: {payment: payment}\n", "f.yaml:4:13: steps[1].expect: must expect something"},
	"expect key":            {begun + "  - expect: {statsu: captured}\n", `f.yaml:4:14: steps[1].expect.statsu: "statsu" is not known here; did you mean "status"?`},
	"status":                {begun + "  - expect: {status: captrued}\n", `f.yaml:4:22: steps[1].expect.status: "captrued" is not known here; did you mean "captured"?`},
	"reason":                {begun + "  - expect: {reason: insuficient_funds}\n", `did you mean "insufficient_funds"?`},
	"why":                   {begun + "  - expect: {why: card_numbr}\n", `did you mean "card_number"?`},
	"event":                 {begun + "  - expect: {events: payment.captred}\n", `f.yaml:4:22: steps[1].expect.events: "payment.captred" is not known here; did you mean "payment.captured"?`},
	"event abandoned":       {begun + "  - expect: {events: payment.abandoned}\n", `"payment.abandoned" is not known here`},
	"event channel":         {begun + "  - expect: {events: {type: payment.captured, on: webhok}}\n", `f.yaml:4:51: steps[1].expect.events.on: "webhok" is not known here; did you mean "webhook"?`},
	"event untyped":         {begun + "  - expect: {events: {times: 2}}\n", "f.yaml:4:22: steps[1].expect.events: needs the type of an event"},
	"event times":           {begun + "  - expect: {events: {type: payment.captured, times: often}}\n", "steps[1].expect.events.times: must be a whole number"},
	"silence false":         {begun + "  - expect: {silence: false}\n", "f.yaml:4:23: steps[1].expect.silence: is true, or is left out"},
	"silence in time":       {begun + "  - expect: {silence: true, within: 5m}\n", "steps[1].expect: silence holds now or not at all: advance first, and leave out within"},
	"deliveries":            {begun + "  - expect: {deliveries: {type: payment.captured}}\n", "f.yaml:4:26: steps[1].expect.deliveries: needs a type, and status or tries"},
	"balance":               {begun + "  - expect: {balances: {fees: much}}\n", "f.yaml:4:31: steps[1].expect.balances.fees: must be an amount and its currency"},
	"break":                 {begun + "  - expect: {breaks: {mising: 1}}\n", `f.yaml:4:23: steps[1].expect.breaks.mising: "mising" is not known here; did you mean "missing"?`},
	"problem":               {begun + "  - expect: {answer: bank_ofline}\n", `f.yaml:4:22: steps[1].expect.answer: "bank_ofline" is not known here; did you mean "bank_offline"?`},
	"answer":                {begun + "  - expect: {answer: 1000}\n", "steps[1].expect.answer: must be a whole number from 100 to 599"},
	"page":                  {begun + "  - expect: {page: {path: /docs}}\n", "f.yaml:4:20: steps[1].expect.page: needs a text that the page shows or hides"},
}

func TestRead_SaysWhereAndWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	if len(mistakes) < 60 {
		t.Fatalf("there are %d mistakes, expected 60 at least", len(mistakes))
	}
	for name, c := range mistakes {
		list, err := scenario.Read("f.yaml", files(map[string]string{
			"f.yaml": c.body, "ring.yaml": "steps:\n  - include: ring.yaml\n", "wrong.yaml": "steps:\n  - customer: buy\n",
		}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the file\n%s\nwas read as %d scenarios with the error\n%v\nexpected\n%s", name, c.body, len(list), err, c.want)
		}
	}
}

func TestRead_SaysAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := scenario.Read("f.yaml", files(map[string]string{"f.yaml": begun + "  - customer: buy\n  - expect: {status: paid, reason: poor}\n"}))
	wrong, ok := errors.AsType[scenario.Mistakes](err)
	if !ok || len(wrong) != 3 {
		t.Errorf("a file with three mistakes says\n%v", err)
	}
}

func TestRead_AFileThatIsNotThereIsNoMistake(t *testing.T) {
	t.Parallel()
	if _, err := scenario.Read("f.yaml", files(nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading a file that is not there says %v, expected that it does not exist", err)
	}
}
