package engine

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
