// Package amqpd is a small AMQP 0-9-1 broker that lives inside the process.
//
// It exists so that the simulator runs with one command and yet talks real AMQP:
// the same client code runs against this package and against RabbitMQ, and a
// bank written in any language may connect over TCP, with or without TLS. Where
// the specification leaves room, the package does what RabbitMQ does, down to
// the reply codes and, where useful, the texts.
//
// It owns connections, channels, exchanges, queues and users. It keeps nothing
// that outlives the process: "durable" is accepted, reported and compared, but
// every message is in memory. It knows nothing of payments.
//
//	socket ──▶ reader goroutine ──▶ channel ──▶ broker state (one lock)
//	             │  frames, methods     │          exchanges ─▶ queues
//	             │  content assembly    │                          │
//	             ▼                      ▼                          ▼
//	socket ◀── writer goroutine ◀──── outbox ◀──────── deliveries, replies
//
// Each connection has two goroutines. The reader decodes a method, takes the
// broker's lock, changes the state and appends the answers to the outboxes
// concerned; no goroutine waits for a socket while it holds the lock. The writer
// sends everything that has gathered in one write, so that a busy connection
// writes rarely and an idle one answers at once.
//
// Three bounds keep memory small. A consumer whose outbox is full gets no
// deliveries until the outbox has been written. A client that does not read its
// answers is not read from. And a broker that holds more than Config.MemoryLimit
// of messages says connection.blocked and stops reading from publishers. Two
// more protect it from strangers: the number of connections, and of wrong
// passwords, is limited for each address.
//
// RabbitMQ has these features and this broker has not: virtual hosts other than
// "/", priorities, streams, consumer priorities, the CC and BCC headers, direct
// reply-to, plugins, and policies other than Config.Bounds. A request for one of
// them that could be mistaken for granted is refused; others are ignored, as
// RabbitMQ ignores arguments it does not know.
//
// A quorum queue differs from a classic one in its allowed arguments, in
// x-delivery-count and in its delivery limit. As in RabbitMQ 4, that limit
// counts basic.reject and lost connections, not basic.nack; unlike there, it
// applies only if a client asks for one. A message that is put back takes its
// old place in its queue.
package amqpd
