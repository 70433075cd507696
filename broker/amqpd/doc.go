// Package amqpd is a small AMQP 0-9-1 broker that lives inside the process.
//
// It exists so that the simulator runs with one command and yet talks real
// AMQP: the same client code runs against this package and against RabbitMQ,
// and a bank written in any language may connect over loopback TCP. Where the
// specification leaves room, the package does what RabbitMQ does, down to the
// reply codes and, where useful, the texts.
//
// It owns connections, channels, exchanges, queues and users. It does not own
// anything that outlives the process: "durable" is accepted, reported and
// compared, but every message is in memory. It knows nothing of payments.
//
//	socket ──▶ reader goroutine ──▶ channel ──▶ broker state (one lock)
//	             │  frames, methods     │          exchanges ─▶ queues
//	             │  content assembly    │                          │
//	             ▼                      ▼                          ▼
//	socket ◀── writer goroutine ◀──── outbox ◀──────── deliveries, replies
//
// Each connection has two goroutines. The reader decodes a method, takes the
// broker's lock, changes the state and appends what is to be said to the
// outboxes concerned; nothing ever waits for a socket while it holds the
// lock. The writer sends whatever has gathered in one write, so a busy
// connection coalesces and an idle one answers at once.
//
// Three bounds keep memory small: a consumer whose outbox is full gets no
// deliveries until it has been written, a client that does not read is not
// read, and a broker that holds more than Config.MemoryLimit of messages says
// connection.blocked and stops reading from whoever publishes.
//
// What RabbitMQ has and this broker has not: other virtual hosts than "/",
// TLS, priorities, streams, consumer priorities, the CC and BCC headers,
// direct reply-to, plugins and policies. What a client asks of these in a way
// that could be mistaken for granted is refused; the rest is ignored, as
// RabbitMQ ignores arguments it does not know. A quorum queue differs from a
// classic one in what may be declared, in x-delivery-count and in its delivery
// limit, which counts basic.reject and lost connections, not basic.nack, as
// RabbitMQ 4 does; there is no limit unless one is asked for. A message
// that is put back takes its old place in its queue.
package amqpd
