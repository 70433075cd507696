package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

// Listener forwards a source's events until its context ends.
type Listener struct {
	Source  Source
	Forward func(context.Context, client.Event) Answer
	// Events are the types to forward: as for a webhook endpoint, none means the
	// usual ones and "*" all.
	Events []string
	// Tries is how often an event is forwarded before it is skipped; Pause is
	// the time between two tries.
	Tries int
	Pause time.Duration
	// Patience is how long a processor may be away before the listener ends; 0 is
	// for ever. The listener reports every minute that it waits.
	Patience time.Duration
	Clock    clock.Computer
	Out      io.Writer
	// Report tells what the receiver made of an event, for a program that reads along; its error ends the
	// listener. Nil has a line for each written to Out, for a person.
	Report func(client.Event, Answer) error
	// Commands are the lines that a person types; nil for nobody. See [Help].
	Commands <-chan string

	kept []client.Event // the newest, to send again
	last int64          // sequence of the newest event seen
}

// Help lists the commands that a person can type.
const Help = "Type r to send the last event again, r evt_… for another one, q to end."

// ErrQuit is the error of Run when a person has typed q.
var ErrQuit = errors.New("listen: ended by a person")

// maxKept is how many past events can be sent again.
const maxKept = 1000

// told is one message from a source.
type told struct {
	events []client.Event
	err    error
}

// Run forwards events until ctx ends, and then returns its error, or until the
// source fails with an error that waiting does not cure.
func (l *Listener) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	heard := make(chan told)
	var reading sync.WaitGroup
	reading.Go(func() { l.read(ctx, heard) })
	defer reading.Wait()
	defer stop()
	var gone absence
	quiet := l.Clock.NewTimer(reminder)
	defer func() { quiet.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-quiet.C():
			l.say("Nothing has happened for %s. Awaited: %s.", reminder, l.awaited())
		case line, open := <-l.Commands:
			if !open {
				l.Commands = nil
			} else if err := l.obey(ctx, line); err != nil {
				return err
			}
		case t := <-heard:
			if t.err != nil && !client.Temporary(t.err) {
				return t.err
			}
			if err := l.away(&gone, t.err); err != nil {
				return err
			}
			quiet.Stop() // an event, or a word about the processor's absence, is no silence
			quiet = l.Clock.NewTimer(reminder)
			for _, e := range t.events {
				if err := l.take(ctx, e); err != nil {
					return err
				}
			}
		}
	}
}

// reminder is the time between two reports that the listener waits.
const reminder = time.Minute

// absence records since when the processor has been away, and when that was last
// reported.
type absence struct{ since, said time.Time }

// away reports that the processor is away, at first and every minute; after the
// listener's patience it returns an error.
func (l *Listener) away(gone *absence, err error) error {
	if err == nil {
		*gone = absence{}
		return nil
	}
	now := l.Clock.Now()
	if gone.since.IsZero() {
		*gone = absence{now, now}
		l.say("The processor is away (%v). Still asking.", err)
		return nil
	}
	span := now.Sub(gone.since).Round(time.Second)
	if l.Patience > 0 && span >= l.Patience {
		return fmt.Errorf("the processor has been away for %s: %w; start it, and listen again", span, err)
	}
	if now.Sub(gone.said) >= reminder {
		gone.said = now
		l.say("The processor has been away for %s (%v). Still asking.", span, err)
	}
	return nil
}

// awaited is the cause of the wait, in words.
func (l *Listener) awaited() string {
	if len(l.Events) == 0 {
		return "the result of a payment"
	}
	return "events of type " + strings.Join(l.Events, ", ")
}

// Last returns the sequence of the newest event that was seen, so that a later
// listener can continue there.
func (l *Listener) Last() int64 { return l.last }

// read asks the source, and asks again after a failure.
func (l *Listener) read(ctx context.Context, heard chan<- told) {
	for ctx.Err() == nil {
		events, err := l.Source.Next(ctx)
		select {
		case heard <- told{events, err}:
		case <-ctx.Done():
			return
		}
		if err != nil && clock.Sleep(ctx, l.Clock, l.Pause) != nil {
			return
		}
	}
}

// take forwards an event, several times if necessary, and reports the result.
func (l *Listener) take(ctx context.Context, e client.Event) error {
	l.last = max(l.last, e.Sequence)
	if !(webhook.Endpoint{Enabled: true, Events: l.Events}).Wants(e.Type) {
		return nil
	}
	if l.kept = append(l.kept, e); len(l.kept) > maxKept {
		l.kept = l.kept[1:]
	}
	for try := 1; ; try++ {
		a := l.Forward(ctx, e)
		if ctx.Err() != nil {
			return nil // Run says so
		}
		if err := l.report(e, a); err != nil || a.Taken() {
			return err
		}
		if try >= l.Tries {
			l.say("    passed over after %d tries; r %s sends it again", try, e.ID)
			return nil
		}
		if clock.Sleep(ctx, l.Clock, l.Pause) != nil {
			return nil
		}
	}
}

func (l *Listener) report(e client.Event, a Answer) error {
	if l.Report != nil {
		return l.Report(e, a)
	}
	l.say("%s", Line(l.Clock.Now(), e, a))
	if body := strings.TrimSpace(a.Body); body != "" && !a.Taken() {
		l.say("    %q", body)
	}
	return nil
}

// Line describes one event and the receiver's answer to it.
func Line(at time.Time, e client.Event, a Answer) string {
	var about struct {
		ID string `json:"id"`
	}
	_ = e.Read(&about) // an event about nothing shows nothing
	return fmt.Sprintf("%s  #%-5d %-24s %s  %s → %s", at.Format("15:04:05"), e.Sequence, e.Type, about.ID, e.ID, a)
}

// obey carries out a command that a person has typed.
func (l *Listener) obey(ctx context.Context, line string) error {
	words := strings.Fields(line)
	switch {
	case len(words) == 1 && words[0] == "q":
		return ErrQuit
	case len(words) == 0, words[0] != "r", len(words) > 2:
		l.say("%s", Help)
		return nil
	case len(l.kept) == 0:
		l.say("Nothing was forwarded yet.")
		return nil
	}
	e := l.kept[len(l.kept)-1]
	if len(words) == 2 {
		var ok bool
		if e, ok = l.find(words[1]); !ok {
			l.say("%s was not among the last %d; \"merchant resend %s\" sends any event.", words[1], len(l.kept), words[1])
			return nil
		}
	}
	return l.report(e, l.Forward(ctx, e))
}

func (l *Listener) find(id string) (client.Event, bool) {
	for _, e := range l.kept {
		if e.ID == id {
			return e, true
		}
	}
	return client.Event{}, false
}

func (l *Listener) say(format string, args ...any) {
	_, _ = fmt.Fprintf(l.Out, format+"\n", args...) // a failed write to a terminal loses nothing else
}
