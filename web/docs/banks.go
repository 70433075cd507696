package docs

import (
	"strings"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/payment"
)

// BanksView explains how the simulated banks behave and are steered.
type BanksView struct {
	Frame
	Banks    []bank.Temper
	Commands string
	Breaks   string
	Days     int // that an authorization lives

	File, Run, Look, Slow, Settle, Plant string // that one may copy
}

func banks() BanksView {
	const control = "curl -s -X PATCH http://127.0.0.1:8082/control/SANDNL2A -H 'Content-Type: application/json' \\\n  -d '"
	return BanksView{
		Frame: Frame{Section: "banks"}, Banks: bank.Seven(), Commands: wordsOf(wire.Commands()), Breaks: wordsOf(wire.BreakKinds()),
		Days:   int(payment.AuthorizationLife.Hours() / 24),
		File:   banksFile,
		Run:    "go run ./cmd/processor --banks-config banks.yaml\ngo run ./cmd/bank --config banks.yaml --data ./banks --amqp-url amqp://…\ngo run ./cmd/bank --banks SANDNL2A --min-delay 2s --max-delay 9s --declines 0.1 --amqp-url amqp://…",
		Look:   "curl -s http://127.0.0.1:8082/control/SANDNL2A",
		Slow:   control + `{"command": "temper", "temper": {"min_delay_ms": 2000, "max_delay_ms": 9000}}'`,
		Settle: control + `{"command": "settle"}'`, Plant: control + `{"command": "plant", "breaks": [{"kind": "missing", "currency": "EUR"}]}'`,
	}
}

func wordsOf[T ~string](words []T) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return strings.Join(text, ", ")
}

// banksFile is what one may begin with. A test reads it.
const banksFile = `banks:
  - identifier: SANDNL2A          # one of the seven: changed where this says something
    delay: {min: 100ms, max: 800ms, tail: {share: 0.01, delay: 20s}}
    refunds_rejected: 0.05
  - identifier: NIGHTS2A          # a new one
    name: Nightly Bank
    behavior: is away every night, and sends some answers twice or out of order
    currencies: [EUR, USD]
    declines: 0.1
    twice: 0.1
    reorders: 0.1
    outages: [{from: "02:00", until: "02:15"}, {after: 1h, for: 2m}]
    cut_off: "18:00"
    amount_rules: true            # 10.51 is declined for insufficient funds
    disputes: {share: 0.02, after: 5s, decides_after: 2s, respond_within: 168h}
    plants: [missing, fee_mismatch]
`
