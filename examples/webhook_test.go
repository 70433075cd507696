package examples_test

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Both receivers register themselves, and verify with the libraries of Standard
// Webhooks what comes.
func TestExamples_OverWebhooks(t *testing.T) {
	s := newStage(t, "--no-shop", "--banks", "SANDNL2A")
	s.ready()
	said := map[string]bool{}
	listeners := []*process{s.inGo("webhook"), s.inNode("webhook")}
	for _, p := range listeners {
		s.await(p.name+" to be registered", func(context.Context) error {
			if !strings.Contains(p.err.String(), "listening") {
				return errors.New("it says nothing")
			}
			return nil
		})
	}
	s.pay()
	for _, p := range listeners {
		line := s.heard(p)
		if !strings.HasPrefix(line, "payment.captured pay_") {
			t.Errorf("%s heard %q", p.name, line)
		}
		said[line] = true
	}
	if len(said) != 1 {
		t.Errorf("they do not agree: %v", said)
	}
}
