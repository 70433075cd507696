package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/merchant/listen"
	"sandbank/secret"
)

// account has the listener's credentials, and the destination of the events.
type account struct {
	URL           string      `name:"url" default:"http://127.0.0.1:8080" help:"Address of the processor."`
	ClientID      string      `default:"demo-shop" help:"The merchant's client id."`
	ClientSecret  secret.Text `default:"demo-shop-secret" help:"The merchant's client secret."`
	ForwardTo     string      `required:"" placeholder:"URL" help:"Address of your receiver, such as http://localhost:3000/hooks."`
	WebhookSecret secret.Text `help:"Signing secret, whsec_ and 24 to 64 bytes in base64. Default: one that follows from the credentials, the same each time."`

	trust *tls.Config // nil is the system's authorities
}

// open makes the client and the forwarder.
func (c *account) open() (*client.Client, *listen.Forwarder, error) {
	from, err := client.New(client.Config{Base: c.URL, ID: c.ClientID, Secret: c.ClientSecret, Trust: c.trust})
	if err != nil {
		return nil, nil, fmt.Errorf("--url, --client-id, --client-secret: %w", err)
	}
	to, err := listen.NewForwarder(c.ForwardTo, c.secret(), clock.Real{})
	if err != nil {
		return nil, nil, fmt.Errorf("--forward-to, --webhook-secret: %w", err)
	}
	return from, to, nil
}

func (c *account) secret() string {
	return cmp.Or(c.WebhookSecret.Reveal(), listen.Secret(c.ClientID, c.ClientSecret.Reveal()))
}

// listenCommand forwards events to a receiver that no processor can reach.
type listenCommand struct {
	account
	formatFlag
	Events []string      `placeholder:"TYPE" help:"Event types to forward, such as payment.captured, or \"*\". Default: every result, and none of the steps in between."`
	After  *int64        `placeholder:"N" help:"Begin after the event with this sequence number; 0 for all there are. Default: with what happens from now on."`
	Tries  int           `default:"3" help:"How often an event is forwarded before it is passed over."`
	Pause  time.Duration `default:"1s" help:"How long to wait between tries."`
	GiveUp time.Duration `default:"10m" help:"How long the processor may be away before this ends; 0 is for ever."`
	Poll   time.Duration `default:"500ms" help:"How long to wait between questions if the processor does not hold its answer back."`
}

// Help is shown by listen --help.
func (*listenCommand) Help() string {
	return `Asks the processor for the merchant's events and posts each to the address, signed as a webhook with the secret that is printed: give it to your receiver. Nothing has to be registered, and no port has to be open.

Events are forwarded one at a time, in the order of their sequence. Each arrives at least once while this runs: if an answer is lost it comes again, under the same webhook-id. One that is refused --tries times is passed over, and said so; webhook endpoints keep trying for longer, and in no order, so do not rely on the order here.

While it runs: r and Enter sends the last event again, r evt_… another one, q ends. "merchant resend evt_…" does it from elsewhere.

With --format json each try is one line of JSON, and what is said to a person beside goes to standard error.`
}

// Validate refuses what makes no sense.
func (c *listenCommand) Validate() error {
	var faults []error
	if c.Tries < 1 {
		faults = append(faults, fmt.Errorf("--tries %d: must be 1 or more", c.Tries))
	}
	if c.Pause < time.Millisecond || c.Poll < 10*time.Millisecond {
		faults = append(faults, fmt.Errorf("--pause %s, --poll %s: must be 1ms and 10ms or more", c.Pause, c.Poll))
	}
	if c.GiveUp < 0 {
		faults = append(faults, fmt.Errorf("--give-up %s: must be 0 or more", c.GiveUp))
	}
	if c.After != nil && *c.After < 0 {
		faults = append(faults, fmt.Errorf("--after %d: must be 0 or more", *c.After))
	}
	return errors.Join(faults...)
}

// Run forwards until ctx ends.
func (c *listenCommand) Run(ctx context.Context, to output) error {
	from, forwarder, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	defer forwarder.Close()
	after, err := c.begin(ctx, from)
	if err != nil {
		return err
	}
	listener := &listen.Listener{
		Source: listen.NewPoll(from, after, c.Poll, clock.Real{}), Forward: forwarder.Forward, Events: c.Events,
		Tries: c.Tries, Pause: c.Pause, Patience: c.GiveUp, Clock: clock.Real{}, Out: to.out, Commands: typed(os.Stdin),
	}
	if c.json() {
		listener.Out = to.err
		listener.Report = func(e client.Event, answer listen.Answer) error { return printForwarded(to.out, e, answer) }
	}
	fmt.Fprintf(listener.Out, "Events of %s after number %d go to %s\n", c.ClientID, after, c.ForwardTo)
	fmt.Fprintf(listener.Out, "They are signed with %s\n%s\n\n", c.secret(), listen.Help)
	err = listener.Run(ctx)
	fmt.Fprintf(listener.Out, "Ended. --after %d goes on from here.\n", max(after, listener.Last()))
	if errors.Is(err, context.Canceled) || errors.Is(err, listen.ErrQuit) {
		return nil
	}
	return err
}

// begin is the sequence after which to begin.
func (c *listenCommand) begin(ctx context.Context, from *client.Client) (int64, error) {
	if c.After != nil {
		return *c.After, nil
	}
	return listen.Newest(ctx, from)
}

// typed are the lines typed by a person. A read of a terminal cannot be
// canceled: its goroutine ends with the input, or with the process.
func typed(in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// print tells what the receiver made of an event.
func (c *resendCommand) print(out io.Writer, e client.Event, answer listen.Answer) error {
	if c.json() {
		return printForwarded(out, e, answer)
	}
	_, err := fmt.Fprintln(out, listen.Line(clock.Real{}.Now(), e, answer))
	return err
}

// printForwarded prints as JSON what the receiver made of an event.
func printForwarded(out io.Writer, e client.Event, answer listen.Answer) error {
	return printJSON(out, struct {
		Event    string `json:"event"`
		Type     string `json:"type"`
		Sequence int64  `json:"sequence"`
		Taken    bool   `json:"taken"`
		Status   int    `json:"status,omitempty"` // 0, where no answer came
		Answer   string `json:"answer"`
	}{e.ID, e.Type, e.Sequence, answer.Taken(), answer.Code, answer.String()})
}

// resendCommand forwards single events again.
type resendCommand struct {
	account
	formatFlag
	Event []string `arg:"" name:"event" help:"Ids of events, evt_…"`
}

// Help is shown by resend --help.
func (*resendCommand) Help() string {
	return `Reads each event from the processor and posts it to the address once, signed with the same secret as "merchant listen" uses. The webhook-id is the event's, so a receiver that drops what it has seen will drop it.`
}

// Run forwards each event once. One that is not taken is an error.
func (c *resendCommand) Run(ctx context.Context, to output) error {
	from, forwarder, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	defer forwarder.Close()
	refused := 0
	for _, id := range c.Event {
		e, err := from.Event(ctx, id)
		if err != nil {
			return err
		}
		answer := forwarder.Forward(ctx, e)
		if err := c.print(to.out, e, answer); err != nil {
			return err
		}
		if !answer.Taken() {
			refused++
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d were not taken", refused, len(c.Event))
	}
	return nil
}
