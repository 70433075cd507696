package bank

import (
	"context"
	"fmt"

	"sandbank/broker/wire"
	"sandbank/money"
)

// Status is the state of a bank, for the API that steers it.
type Status struct {
	Bank     string      `json:"bank"`
	Name     string      `json:"name"`
	Behavior string      `json:"behavior"`
	Online   bool        `json:"online"`
	Temper   wire.Temper `json:"temper"` // at present
	Owed     []money.Net `json:"owed"`   // debts to the processor, not settled yet
}

// Status returns the state of a running bank.
func (c *Challenges) Status(bic string) (Status, bool) {
	b := c.bank(bic)
	if b == nil {
		return Status{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.temper()
	s := Status{Bank: t.Identifier, Name: t.Name, Behavior: t.Behavior, Online: !b.away(), Owed: []money.Net{}, Temper: t.forWire()}
	for _, c := range t.Currencies {
		if owed := b.book.Owed(c); !owed.IsZero() {
			s.Owed = append(s.Owed, owed)
		}
	}
	return s, true
}

// Command carries out a command as if it came by a control request.
func (c *Challenges) Command(ctx context.Context, bic string, command wire.Controls) (Status, bool) {
	b := c.bank(bic)
	if b == nil {
		return Status{}, false
	}
	b.mu.Lock()
	now, life := b.Clock.Now(), b.life
	b.commands++
	id := fmt.Sprintf("ctl_%s_%d_%d", bic, b.started.UnixMicro(), b.commands)
	b.mu.Unlock()
	if ctx.Err() == nil {
		b.command(life, wire.Request{Type: wire.Control, ID: id, Bank: bic, Controls: &command, CreatedAt: now}, func() {})
	}
	return c.Status(bic)
}
