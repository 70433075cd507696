// Package node makes one whole processor of its parts: the store, the broker, the use cases, the
// transports, and, where they are asked for, the banks and the demo shop of the same process.
// Programs, tests and benchmarks build a processor here and nowhere else.
//
//	Config ──▶ New ──▶ Node ──▶ Start ──▶ ready ──▶ Close
//	            │                 │
//	            │                 └─ parts begin, each after those it needs
//	            └─ opens the database, the broker and the listeners; serves nothing yet
//
// The zero Config is an embedded Sandbank in memory on free ports of this machine. A node keeps
// nothing in package variables, so that many can run in one process, and leaves to its program what
// is a program's: flags, signals, printing, tuning the garbage collector, exiting.
package node
