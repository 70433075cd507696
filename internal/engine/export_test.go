package engine

import "context"

// Room tells the tests where the broker lives.
func (r *RabbitMQ) Room() string { return r.room.path }

// Room tells the tests where the server lives.
func (p *Postgres) Room() string { return p.room.path }

// Sweep lets the tests clear abandoned rooms.
func Sweep() { sweep() }

// SharedMemoryID tells the tests which System V segment the server holds.
func (p *Postgres) SharedMemoryID() (int, bool) {
	return sharedMemoryID(p.room.join("data/postmaster.pid"))
}

// ByCtl has a command done by rabbitmqctl itself.
func (r *RabbitMQ) ByCtl(ctx context.Context, args ...string) (string, error) {
	return r.ctl(ctx, args...)
}

// IsTold says whether a command is told the node directly.
func IsTold(args ...string) bool { return inErlang(args) != "" }
