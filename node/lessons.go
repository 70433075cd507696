package node

import (
	"context"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/identity/class"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/web/sequence"
)

// openLessons makes the board of lessons that people give. They end with the life.
func (n *life) openLessons() *lesson.Board {
	c := n.config
	n.lessons = lesson.New(lesson.Config{Play: c.Teach, Clock: c.Clock, Chance: chance.Crypto()})
	n.parts.Add(lifecycle.Part{Name: "lessons", Stop: n.lessons.Close})
	return n.lessons
}

// openClass opens the class; nil for none.
func (n *life) openClass() *class.Class {
	c := n.config.Class
	if c == nil {
		return nil
	}
	return class.New(class.Config{Most: c.Students, Life: c.Life, Clock: clock.Real{}, Merchants: n.guests})
}

// Picture draws a payment, of whatever merchant.
func (n *Node) Picture(ctx context.Context, id string) (sequence.Picture, error) {
	return n.door.present().board.Picture(ctx, processor.Everyone(), id)
}

// Now is the simulated time.
func (n *Node) Now() time.Time { return n.door.present().config.Clock.Now() }
