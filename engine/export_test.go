package engine

// Room tells the tests where the broker lives.
func (r *RabbitMQ) Room() string { return r.room.path }

// Room tells the tests where the server lives.
func (p *Postgres) Room() string { return p.room.path }
