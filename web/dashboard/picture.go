package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/sequence"
)

// Picture is one payment as a class sees it. The receiver of webhooks is drawn as the merchant's server,
// which it is, and large enough to be read from the last row.
func (d *Dashboard) Picture(ctx context.Context, in processor.Reach, id string) (sequence.Picture, error) {
	s, err := d.Processor.Story(ctx, in, id)
	if err != nil {
		return sequence.Picture{}, err
	}
	drawn, beliefs := heldBack(s, oneServer(d.drawn(d.narrate(s), viewStory)), known(s), d.Faults.List())
	l := sequence.Lay(drawn, sequence.Options{Large: true, Waited: d.pace() == 0})
	p := sequence.Paint(l, "The sequence of hops; the same follows as a list")
	p.Title, p.Amount, p.Status, p.Known = cmp.Or(s.Payment.Reference, id), inWords(s.Payment.Amount), string(s.Payment.Status), beliefs
	return p, nil
}

// oneServer draws the lanes of a merchant's receivers as its server's.
func oneServer(s sequence.Story) sequence.Story {
	same := func(lane *string) {
		if strings.HasPrefix(*lane, laneReceiver) {
			*lane = laneServer
		}
	}
	s.Lanes = slices.DeleteFunc(slices.Clone(s.Lanes), func(l sequence.Lane) bool { return strings.HasPrefix(l.ID, laneReceiver) })
	for _, list := range []*[]sequence.Hop{&s.Hops, &s.Coming} {
		*list = slices.Clone(*list)
		for i := range *list {
			same(&(*list)[i].From)
			same(&(*list)[i].To)
			same(&(*list)[i].Via)
		}
	}
	return s
}

// heldBack draws a request that cannot have left, since the broker is cut off, as one that waits. Nobody has said
// so: a message is told when it is written down, and a bank is believed to have it once it could.
func heldBack(s processor.Story, drawn sequence.Story, beliefs []Belief, faults []sim.Fault) (sequence.Story, []Belief) {
	cut := slices.IndexFunc(faults, func(f sim.Fault) bool {
		return (f.Kind == sim.BrokerCut || f.Kind == sim.BrokerBlocked) && f.Times == 0 && (f.Share == 0 || f.Share == 1)
	})
	if cut < 0 || len(s.Messages) == 0 {
		return drawn, beliefs
	}
	last := s.Messages[len(s.Messages)-1]
	if last.Direction != processor.Out || last.At.Before(faults[cut].BeganAt) {
		return drawn, beliefs
	}
	for i, h := range drawn.Hops {
		if h.ID == stepID(last.ID) {
			h.To, h.Via, h.Tone, h.Title, h.Detail, h.Behind = h.From, "", "wait", h.Title+": it waits in the outbox", "written down with the payment", ""
			drawn.Hops[i], drawn.Next = h, "The request leaves when the broker is back"
		}
	}
	drawn.Spans = slices.DeleteFunc(drawn.Spans, func(one sequence.Span) bool { return one.From == stepID(last.ID) })
	if len(s.Messages) == 1 {
		beliefs[len(beliefs)-1].Says, beliefs[len(beliefs)-1].Tone = "never asked", "" // the bank's
	}
	return drawn, beliefs
}
