package floors

// floors lists every room of the house by its path, lowest floor first. A package belongs to the
// longest path here that is its own or that of a folder above it: store/sqlite/migrations stands
// where store/sqlite does, payment/reason where it is named itself. A package imports only
// packages of lower floors.
var floors = []string{
	0: "store/migration money clock fault chance dialect/alias dialect/bracket web/look web/host web/contract web/sequence certificate audit/chain secret scenarios scenario/junit scenario/form merchant/rule telemetry/meter telemetry/trace cmd/internal/terminal",
	1: "clock/steer clock/turn sim payment payment/instrument payment/reason payment/form ledger broker/wire event event/format dialect/stripe/object dialect/mollie/object identity identity/grant identity/guest identity/class settlement settlement/statement audit",
	2: "sim/outage processor processor/routing processor/invariant processor/archive web/gate event/feed event/sink bank bank/book broker broker/outbox webhook dialect/answer dialect/simulate audit/trail scenario scenario/replay scenario/board scenario/run scenario/lesson scenario/sequence",
	// Transports, stores and the embedded broker: neighbours who do not know each other.
	3: `hostedpage web/api web/stream web/graph web/dashboard web/class web/docs web/oauth dialect/stripe dialect/mollie bank/page bank/journal
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
const alone = "store/migration broker/amqpd internal/engine web/look web/host web/contract web/sequence certificate audit/chain secret scenarios scenario/junit scenario/form merchant/rule telemetry/meter telemetry/trace cmd/internal/terminal"

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
	// A class's students have merchants.
	"identity/guest": "identity",
	"identity/class": "identity identity/guest",
	// How an event is written is one list beside it.
	"event/format": "event",
	// A dialect's objects are views of payments.
	"dialect/stripe/object": "identity payment payment/instrument payment/reason settlement",
	"dialect/mollie/object": "event/format identity ledger payment payment/instrument payment/reason settlement",
	// Identifiers of other APIs are made of the house's; their answers are documents of its use cases.
	"dialect/alias":  "chance",
	"dialect/answer": "processor",

	// Use cases hand over to the services of the same floor.
	"processor":     "broker processor/routing webhook scenario/replay",
	"bank":          "bank/book broker",
	"broker/outbox": "broker",

	"processor/invariant": "processor",
	"processor/archive":   "processor",
	// The shop and the load know the processor's public interface only.
	"merchant/shop":   "merchant/client",
	"merchant/load":   "merchant/client",
	"merchant/listen": "merchant/client",
	"merchant/check":  "merchant/client",
	"merchant/naive":  "merchant/client",
	"scenario/runner": "merchant/client",
	// What scenarios are run, and how they are drawn.
	"scenario/run":      "scenario scenario/board",
	"scenario/lesson":   "scenario scenario/board",
	"scenario/sequence": "scenario",
	// A scenario's own Sandbank is a node, and a stage.
	"scenario/embedded": "node",
}
