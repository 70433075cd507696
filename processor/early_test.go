package processor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
)

// disputed is a bank's message on a dispute over the whole amount of a request.
func disputed(q wire.Request, status payment.DisputeStatus) []byte {
	d := wire.Dispute{
		Type: wire.DisputeType, ID: "dsp-1-" + string(status), Dispute: "dsp-1", Payment: q.Payment, Attempt: q.Attempt, Bank: q.Bank, Status: status,
		Amount: q.Amount, Reason: "fraudulent", DecidedAt: Start,
	}
	if by := Start.Add(time.Hour); !status.Final() {
		d.RespondBy = &by
	}
	return wire.Encode(d)
}

// With processors side by side, a bank's message on a dispute may overtake its
// answer, or the message that opened the dispute: it is tried again, and then
// counts.
func TestDispute_MayComeBeforeWhatItIsAbout(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	opened, lost := disputed(q, payment.DisputeNeedsResponse), disputed(q, payment.DisputeLost)
	say := func(body []byte, early bool) {
		t.Helper()
		h := r.Results(t.Context(), [][]byte{body})[0]
		if errors.Is(h.Err, processor.ErrEarly) != early || h.Err != nil && !early || h.Reject {
			t.Errorf("rejected %t, %v; early is %t", h.Reject, h.Err, early)
		}
	}
	say(opened, true)
	say(lost, true)
	if kept := r.Story(p.ID).Messages; len(kept) != 1 {
		t.Errorf("what is tried again is recorded already: %+v", kept)
	}
	r.Say(Answer(q, payment.OutcomeApproved))
	say(lost, true)
	say(opened, false)
	say(lost, false)
	if got := r.Now(p.ID); len(got.Disputes) != 1 || got.Disputes[0].Status != payment.DisputeLost || !got.ChargedBack().Equal(p.Amount) {
		t.Errorf("the disputes are %+v", got.Disputes)
	}
}

// A message that refers to an answer which never comes goes to the dead
// letters.
func TestHandleResults_GivesUpADisputeAboutNothing(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	in.publish(disputed(q, payment.DisputeNeedsResponse))
	in.await("the dead letter", func() bool { n, _ := in.queue(broker.DeadLetters); return n == 1 })
	in.settled()
	if got := in.Now(p.ID); len(got.Disputes) != 0 || got.Status != payment.Processing {
		t.Errorf("a dispute came about a payment that has captured nothing: want processing and no dispute, got %+v", got)
	}
	if said := in.Log.String(); !strings.Contains(said, "an answer of the bank may be on its way") {
		t.Errorf("the log does not say why it was tried again:\n%s", said)
	}
	kept := in.Story(p.ID).Messages
	if !slices.ContainsFunc(kept, func(m processor.Message) bool {
		return m.Kind == wire.DisputeType && m.Verdict == payment.VerdictMismatch && m.Note != ""
	}) {
		t.Errorf("the payment's story does not tell of it: %+v", kept)
	}
}
