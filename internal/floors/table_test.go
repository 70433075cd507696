package floors

// floors lists every room of the house by its path, lowest floor first. A package belongs to the
// longest path here that is its own or that of a folder above it: store/sqlite/migrations stands
// where store/sqlite does, payment/reason where it is named itself. A package imports only
// packages of lower floors.
var floors = []string{
	0: "money clock fault chance web/look web/host web/contract certificate audit/chain secret scenarios merchant/rule",
	1: "clock/steer clock/turn sim payment payment/instrument payment/reason payment/form ledger broker/wire event event/format identity identity/grant settlement settlement/statement audit",
	2: "sim/outage processor processor/routing processor/invariant web/gate event/feed event/sink bank bank/book broker broker/outbox webhook audit/trail scenario scenario/replay",
	// Transports, stores and the embedded broker: neighbours who do not know each other.
	3: `hostedpage web/api web/stream web/graph web/dashboard web/docs web/oauth bank/page bank/journal
		merchant/shop merchant/load merchant/listen merchant/client merchant/check merchant/naive store store/sqlite store/postgres
		broker/amqpd broker/rabbitmq event/kafka scenario/runner scenario/report`,
	// One processor made of all its parts. It alone sees them all.
	4: "node scenario/embedded",
	5: "cmd sandbanktest",
}

// beside lists the packages that stand beside the floors, for tests and tools: nothing on a floor
// imports them, save in its tests. web/contract/check is for tests as well, and is held out of the
// programs by a test of its own.
const beside = "examples internal internal/engine broker/amqptest store/storetest"

// alone lists the packages that import nothing of the project, so that each could leave it.
const alone = "broker/amqpd internal/engine web/look web/host web/contract certificate audit/chain secret scenarios merchant/rule"

// sideways allows single imports within a floor: importer, then imported. Each is a decision.
// Floor 3 has none, by rule, but for what stands outside and comes in as any merchant does.
var sideways = map[string]string{
	"money": "fault",
	// The words of the domain are built on money, and on one another.
	"sim":                  "payment/instrument payment/reason",
	"payment":              "event payment/instrument payment/reason sim",
	"payment/instrument":   "payment/reason",
	"payment/form":         "payment payment/instrument event",
	"broker/wire":          "payment/instrument payment payment/reason payment/form sim",
	"event":                "sim",
	"settlement":           "ledger broker/wire",
	"settlement/statement": "broker/wire",

	// Package grant issues to the principals of package identity, and stands above
	// it.
	"identity/grant": "identity",
	// How an event is written is one list beside it.
	"event/format": "event",

	// Use cases hand over to the services of the same floor.
	"processor":     "broker processor/routing webhook scenario/replay",
	"bank":          "bank/book broker",
	"broker/outbox": "broker",

	"processor/invariant": "processor",
	// The shop and the load know the processor's public interface only.
	"merchant/shop":   "merchant/client",
	"merchant/load":   "merchant/client",
	"merchant/listen": "merchant/client",
	"merchant/check":  "merchant/client",
	"merchant/naive":  "merchant/client",
	"scenario/runner": "merchant/client",
	// A scenario's own Sandbank is a node, and a stage.
	"scenario/embedded": "node",
}
