package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"sandbank/scenario/embedded"
)

// Scenarios that move time, lose webhooks and wait out deadlines go on side by side at one Sandbank, under its one clock, each with
// a merchant of its own: whatever the others do, each sees what it would see alone.
func TestRun_SeveralAtATimeAtOneSandbank(t *testing.T) {
	t.Parallel()
	n, err := embedded.Start(t.Context(), embedded.Config{Seed: 7, Start: time.Date(2031, 3, 3, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	args := []string{"run", "--url", n.URL(), "--amqp-url", n.AMQPURL(), "--parallel", "8", "--repeat", "2"}
	for _, name := range []string{"paid", "abandoned", "late-success", "webhook-twice", "webhook-lost", "challenge", "second-card", "refund-fails"} {
		args = append(args, "../../scenarios/"+name+".yaml")
	}
	var out, said bytes.Buffer
	if code := run(t.Context(), args, &out, &said); code != 0 || !bytes.Contains(out.Bytes(), []byte("scenarios held.")) {
		t.Errorf("run %q ended with %d and said\n%s%s\nexpected that all hold", args, code, out.String(), said.String())
	}
}
