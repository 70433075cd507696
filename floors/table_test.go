package floors

// floors lists every package by its first path element, lowest floor first; what lies below a
// package (sqlite/migrations) belongs to it. A package imports only packages of lower floors.
var floors = []string{
	0: "money clock fault chance look contract",
	1: "payment ledger wire event identity scenario card",
	2: "processor bank broker routing settlement webhook merchant audit outbox",
	// Transports, stores and the embedded broker: neighbours who do not know each other.
	3: "hostedpage api stream graph dashboard docs oauth shop load client sqlite postgres amqpd",
	4: "cmd",
}

// beside lists the packages that stand beside the floors, for tests and tools: nothing on a floor
// imports them, save in its tests. contract/check is for tests as well, and is held out of the
// programs by a test of its own.
const beside = "floors internal engine amqptest storetest browsertest faulttest e2e soak bench"

// alone lists the packages that import nothing of the project, so that each could leave it.
const alone = "amqpd engine look contract"

// sideways allows single imports within a floor: importer, then imported. Each is a decision.
// Floor 3 has none, by rule.
var sideways = map[string]string{
	// The words of the domain are built on money, and on one another.
	"payment": "card identity",
	"wire":    "payment",
	"event":   "payment identity",
	// Use cases hand over to the services of the same floor.
	"processor":  "routing settlement webhook audit outbox",
	"bank":       "broker",
	"outbox":     "broker",
	"settlement": "audit",
	"merchant":   "webhook",
}
