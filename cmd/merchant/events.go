package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/merchant/listen"
)

// eventsCommand looks at a merchant's events.
type eventsCommand struct {
	Tail eventsTail `cmd:"" help:"Print one line for each event, as it happens."`
}

type eventsTail struct {
	shopAccount
	formatFlag
	bounds
	Events []string `placeholder:"TYPE" help:"Event types to print, such as payment.captured. Default: all."`
	After  *int64   `placeholder:"N" help:"Begin after the event with this sequence number; 0 for all there are. Default: with what happens from now on."`
	Until  string   `placeholder:"TYPE" help:"End after the first event of this type, such as payment.captured."`
}

// Help is shown by events tail --help.
func (*eventsTail) Help() string {
	return `Events come in the order of their sequence, each once, also across a restart of a processor that keeps its data. At the end is printed, on standard error, where a later tail goes on.`
}

// Validate refuses what makes no sense.
func (c *eventsTail) Validate() error {
	if c.After != nil && *c.After < 0 {
		return errors.Join(c.bounds.Validate(), fmt.Errorf("--after %d: must be 0 or more", *c.After))
	}
	return c.bounds.Validate()
}

// Run prints events until ctx ends, or what it waits for has come.
func (c *eventsTail) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	begin, err := c.begin(ctx, from)
	if err != nil {
		return err
	}
	source, printed, last := listen.NewPoll(from, begin, time.Second, clock.Real{}), 0, begin
	err = c.follow(ctx, to.err, c.Until, func(ctx context.Context) (bool, error) {
		events, err := source.Next(ctx)
		for _, e := range events {
			last = e.Sequence
			if len(c.Events) > 0 && !slices.Contains(c.Events, e.Type) && !slices.Contains(c.Events, "*") && e.Type != c.Until {
				continue
			}
			if err := c.print(to, e); err != nil {
				return true, err
			}
			if printed++; e.Type == c.Until || printed == c.Count {
				return true, nil
			}
		}
		return false, err
	})
	_, _ = fmt.Fprintf(to.err, "Ended. --after %d goes on from here.\n", last)
	return err
}

// begin is the sequence after which to begin.
func (c *eventsTail) begin(ctx context.Context, from *client.Client) (int64, error) {
	if c.After != nil {
		return *c.After, nil
	}
	return listen.Newest(ctx, from)
}

func (c *eventsTail) print(to output, e client.Event) error {
	if c.json() {
		return printRaw(to.out, e.Body)
	}
	_, err := fmt.Fprintf(to.out, "%s  %5d  %-24s  %s\n", e.Timestamp.Format(clockTime), e.Sequence, e.Type, about(e))
	return err
}

// clockTime is the layout of a line's time.
const clockTime = "15:04:05.000"

// about says what an event is about: a payment with its money, or another thing by its id.
func about(e client.Event) string {
	if p, err := e.Payment(); err == nil {
		return p.ID + "  " + p.Amount.String() + after("  ", p.Reference) + after(" · ", whyOf(p))
	}
	var other struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(e.Data, &other)
	return other.ID
}
