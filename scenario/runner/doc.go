// Package runner carries scenarios out. It knows a Sandbank by its public interface alone, as any
// stranger does: it is the merchant, whose server and webhook endpoint it plays, and the operator, who
// steers what is simulated. So an embedded processor and one far away are one to it.
//
//	Scenario ─▶ step ─▶ HTTP ─▶ wait until everything is at rest ─▶ what was heard ─▶ next step
//	               expect ─▶ look ─▶ not so yet? advance to the next due moment ─▶ look ─▶ …
//
// Simulated time stands still unless a step has it go on, and nothing waits for the computer's time
// but what has no clock at all: a stream that is on its way. A run therefore comes to the same each
// time, and a transcript shows it.
package runner
