package floors

// floors lists every package by its first path element, lowest floor first; what lies below a
// package (sqlite/migrations) belongs to it. A package imports only packages of lower floors.
var floors = []string{
	0: "money clock fault chance look contract certificate chain secret",
	1: "payment ledger wire event identity instrument reason settlement statement grant audit",
	2: "processor gate feed bank book broker routing webhook outbox sink invariant trail",
	// Transports, stores and the embedded broker: neighbours who do not know each other.
	3: "bankpage bankbook hostedpage api stream graph dashboard docs oauth shop load listen client sqlite postgres amqpd rabbitmq kafka",
	4: "cmd",
}

// beside lists the packages that stand beside the floors, for tests and tools: nothing on a floor
// imports them, save in its tests. contract/check is for tests as well, and is held out of the
// programs by a test of its own.
const beside = "examples floors internal engine amqptest storetest processortest bustest browsertest e2e bench"

// alone lists the packages that import nothing of the project, so that each could leave it.
const alone = "amqpd engine look contract certificate chain secret"

// sideways allows single imports within a floor: importer, then imported. Each is a decision.
// Floor 3 has none, by rule, but for what stands outside and comes in as any merchant does.
var sideways = map[string]string{
	"money": "fault",
	// The words of the domain are built on money, and on one another.
	"payment":    "instrument reason",
	"instrument": "reason",
	"wire":       "instrument payment reason",
	"settlement": "ledger wire",
	"statement":  "wire",

	// What is granted is granted to somebody.
	"grant": "identity",

	// Use cases hand over to the services of the same floor.
	"processor": "broker routing webhook",
	"bank":      "book broker",
	"outbox":    "broker",

	"invariant": "processor",
	// The shop and the load know the processor's public interface only.
	"shop":   "client",
	"load":   "client",
	"listen": "client",
}
