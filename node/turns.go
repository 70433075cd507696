package node

import (
	"context"
	"fmt"
	"time"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/clock"
	"sandbank/clock/turn"
)

// openTurns makes the table of turns where a run is to be repeated: with a seed, and with everything
// that decides in this process, where it can be looked at.
func (n *life) openTurns(context.Context) error {
	c, steered := n.config.Clock.(*clock.Steered)
	if steered && n.broker != nil && n.chance.Repeats() {
		n.turns = turn.New(turn.Config{Held: func() bool { return c.State().Frozen() }, Parts: n.before, Slow: webhooks, Sick: n.troubled})
	}
	return nil
}

// troubled reports whether a fault is in force.
func (n *life) troubled() bool { return len(n.faults.List()) > 0 }

// before are the parts that have to be at rest before somebody takes a turn.
func (n *life) before(r turn.Rank) (parts []clock.Part) {
	for _, p := range n.timed() {
		switch {
		case r == turn.Command || p.Name != theProcessor && p.Name != theBroker:
		case p.Name == theProcessor: // it is what waits for the turn
			continue
		default:
			p.Look = n.requestsOnTheWay
		}
		parts = append(parts, p)
	}
	if r == turn.Due {
		parts = append(parts, clock.Part{Name: "results", Look: n.resultsOnTheWay})
	}
	return parts
}

// gatherLook is the time between two looks at whether all results have come, of the computer's.
const gatherLook = 50 * time.Microsecond

// allResults waits for the results' turn, and then until all of them have come that banks have sent: while
// they have the turn, nobody sends more.
func (n *life) allResults(ctx context.Context, more func() int) (done func()) {
	done = n.turns.Take(ctx, turn.Results)
	for n.turns.Held() && ctx.Err() == nil {
		if q, there := n.queue(broker.ResultsQueue); !there || q.Depth == 0 && more() >= q.Unacked {
			break
		}
		_ = clock.Pause(ctx, gatherLook)
	}
	return done
}

func (n *life) queue(name string) (amqpd.QueueInfo, bool) {
	for _, q := range n.broker.Queues() {
		if q.Name == name {
			return q, true
		}
	}
	return amqpd.QueueInfo{}, false
}

// resultsOnTheWay says what banks have sent that is not applied.
func (n *life) resultsOnTheWay() clock.Look {
	if q, there := n.queue(broker.ResultsQueue); there && q.Depth+q.Unacked > 0 {
		return clock.Look{Busy: fmt.Sprintf("%d results are not applied yet", q.Depth+q.Unacked)}
	}
	return clock.Look{}
}
