package processor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/fault"
)

// Letter is a dead letter: a message that nobody could use, kept for people.
type Letter struct {
	ID         string
	At         time.Time
	MessageID  string
	Exchange   string // where it was published first
	Key        string
	Queue      string // where it died
	Reason     string // "rejected", "delivery_limit", "expired"
	Type       string
	Deliveries int
	Headers    string // JSON
	Body       []byte // possibly not JSON
}

// Letters keeps dead letters.
type Letters interface {
	AddLetters(ctx context.Context, list []Letter) error
	// Letters lists the newest first, and counts them all.
	Letters(ctx context.Context, limit int) (list []Letter, count int, err error)
	// TakeLetter removes one and returns it; [fault.NotFound] where it is gone.
	TakeLetter(ctx context.Context, id string) (Letter, error)
}

// HandleLetters moves dead letters from their queue into the store, where
// people see them.
func (p *Processor) HandleLetters(ctx context.Context, deliveries []broker.Delivery) {
	list := make([]Letter, 0, len(deliveries))
	for _, d := range deliveries {
		if l := p.letter(d); !l.uncalled() {
			list = append(list, l)
		}
	}
	for len(list) > 0 {
		err := p.store.AddLetters(ctx, list)
		if err == nil {
			break
		}
		p.config.Log.Warn("dead letters wait for the store", "letters", len(list), "error", err)
		if clock.Pause(ctx, time.Second) != nil {
			return
		}
	}
	if ctx.Err() == nil {
		deliveries[len(deliveries)-1].AckAll()
	}
}

func (p *Processor) letter(d broker.Delivery) Letter {
	id, kind, exchange, key, headers := d.Info()
	l := Letter{
		ID: p.newID("ded"), At: p.now(), MessageID: id, Exchange: exchange, Key: key, Type: kind,
		Reason: "published here", Body: d.Body(),
	}
	if deaths, ok := headers["x-death"].([]any); ok && len(deaths) > 0 {
		if death, ok := deaths[0].(amqp.Table); ok {
			l.readDeath(death)
		}
	}
	if n, ok := headers["x-delivery-count"]; ok {
		_, _ = fmt.Sscan(fmt.Sprint(n), &l.Deliveries)
	}
	if shown, err := json.MarshalIndent(headers, "", "  "); err == nil && len(headers) > 0 {
		l.Headers = string(shown)
	}
	return l
}

// uncalled reports whether this is a call to all banks that one did not take in time. That is nobody's concern.
func (l Letter) uncalled() bool {
	return l.Type == wire.CallType && l.Key == broker.AllBanks && l.Reason == "expired"
}

// readDeath takes what RabbitMQ and the embedded broker write about a death. They
// go on with a history that the sender wrote: the routing key, which says whose
// message it was, is therefore the delivery's own, and no queue of ours changes it.
func (l *Letter) readDeath(death amqp.Table) {
	l.Queue, _ = death["queue"].(string)
	l.Reason, _ = death["reason"].(string)
	l.Exchange, _ = death["exchange"].(string)
	l.Deliveries = 1
}

// Letters lists the newest dead letters, and counts them all.
func (p *Processor) Letters(ctx context.Context, limit int) (list []Letter, count int, err error) {
	return p.store.Letters(ctx, limit)
}

// Replay publishes a dead letter again, to where it was published first.
func (p *Processor) Replay(ctx context.Context, id string) error {
	l, err := p.store.TakeLetter(ctx, id)
	if err != nil {
		return err
	}
	fates, err := p.config.Publish(ctx, []broker.Message{{
		Exchange: l.Exchange, Key: l.Key, ID: l.MessageID, Type: l.Type, Body: l.Body, At: p.now(), Mandatory: true,
	}})
	if err == nil && fates[0] == broker.Confirmed {
		return nil
	}
	// It did not get out: back it goes, under the same id.
	if back := p.store.AddLetters(context.WithoutCancel(ctx), []Letter{l}); back != nil {
		return back
	}
	return fault.New(fault.Unavailable, "not_published", "The message could not be published again.").
		Hinting("It is still among the dead letters.").Because(err)
}

// Discard forgets a dead letter.
func (p *Processor) Discard(ctx context.Context, id string) error {
	_, err := p.store.TakeLetter(ctx, id)
	return err
}

// NoLetter is the error for a dead letter that is gone.
func NoLetter(id string) error {
	return fault.New(fault.NotFound, "dead_letter_not_found", "There is no dead letter %q; perhaps somebody replayed or discarded it.", id)
}
