package node

import (
	"crypto/rand"
	"fmt"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/event/sink"
	"sandbank/node/lifecycle"
)

// streams wakes the readers of the event log here: listeners, and the sinks.
type streams struct {
	*feed.Feed
	sinks []*sink.Sink
}

// Committed implements processor.Streams.
func (s streams) Committed(events []event.Event) {
	s.Feed.Committed(events)
	s.wake()
}

// Stale tells that another processor committed. That one writes its events
// itself; this one helps.
func (s streams) Stale(merchant string) {
	s.Feed.Stale(merchant)
	s.wake()
}

func (s streams) wake() {
	for _, one := range s.sinks {
		one.Wake()
	}
}

// openSinks makes what takes the events to each sink, and returns the names of these parts.
func (n *life) openSinks() (names []string, err error) {
	for _, s := range n.config.Sinks {
		writer, err := s.Open()
		if err != nil {
			return nil, fmt.Errorf("sink %s: %w", s.Name, err)
		}
		taker := sink.New(s.Name, rand.Text(), n.store, writer, clock.Real{}, n.log)
		n.streams.sinks = append(n.streams.sinks, taker)
		name := "sink " + s.Name
		n.parts.Add(lifecycle.Part{Name: name, Needs: []string{"store"}, Run: taker.Run, Close: func() error { writer.Close(); return nil }})
		names = append(names, name)
	}
	return names, nil
}
