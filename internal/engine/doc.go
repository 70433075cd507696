// Package engine starts the real servers that Sandbank is tested and measured against, each a
// private one: RabbitMQ, PostgreSQL and Chromium, on free loopback ports, in a folder of their own.
//
// A server can be killed as by a power cut (Kill), started again on the same port and data
// (Restart), shut down politely (Shutdown) and ended for good (Stop), so a test can show what
// survives. Nothing is mocked, nothing is shared with a server the machine may already run, and
// no process outlives the program that started it, even when that program panics or is killed.
//
// In a test, the servers that a whole test binary shares are started by the first test that asks:
//
//	func TestMain(m *testing.M) { engine.Main(m) }
//
//	func TestTransfer(t *testing.T) {
//		url := engine.Database(t)    // a fresh database on the shared PostgreSQL
//		amqp := engine.VirtualHost(t) // a fresh virtual host on the shared RabbitMQ
//		...
//	}
//
// A test that kills its server takes one of its own from PrivateRabbitMQ or PrivatePostgres.
// A missing server fails the test and names the package to install: nothing is ever skipped.
//
// The package knows nothing of payments and imports nothing of the project.
package engine
