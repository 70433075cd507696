package broker

import (
	"slices"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// session is a broker's side: which tags wait for an acknowledgement, and how many frames came.
type session struct {
	t        rapid.TB
	waits    map[uint64]bool
	rejected []uint64
	frames   int
}

func (s *session) Ack(tag uint64, multiple bool) error {
	if s.frames++; !s.waits[tag] {
		s.t.Errorf("tag %d was acknowledged, and does not wait", tag)
	}
	for other := range s.waits {
		if other == tag || multiple && other < tag {
			delete(s.waits, other)
		}
	}
	return nil
}

func (s *session) Nack(uint64, bool, bool) error { panic("not used") }

func (s *session) Reject(tag uint64, _ bool) error {
	if s.frames++; !s.waits[tag] {
		s.t.Errorf("tag %d was rejected, and does not wait", tag)
	}
	delete(s.waits, tag)
	s.rejected = append(s.rejected, tag)
	return nil
}

func (s *session) deliver(tags ...uint64) (list []Delivery) {
	for _, tag := range tags {
		s.waits[tag] = true
		list = append(list, Delivery{amqp.Delivery{Acknowledger: s, DeliveryTag: tag}})
	}
	return list
}

func newSession(t rapid.TB) *session { return &session{t: t, waits: map[uint64]bool{}} }

func TestHand_AcknowledgesTogetherWhatNothingOlderIsHeldOf(t *testing.T) {
	s, h := newSession(t), &Hand{}
	list := s.deliver(1, 2, 3, 4, 5)
	h.Take(list)
	for _, i := range []int{2, 0, 1, 4} {
		h.Done(list[i])
	}
	if h.Len() != 1 || s.frames != 0 {
		t.Errorf("%d are held after %d frames", h.Len(), s.frames)
	}
	if h.Settle(); s.frames != 2 || len(s.waits) != 1 || !s.waits[4] {
		t.Errorf("after %d frames %v wait; want 4 after 2: one for 1 to 3, one for 5", s.frames, s.waits)
	}
	h.Done(list[3])
	h.Done(list[3])
	if h.Settle(); s.frames != 3 || len(s.waits) != 0 {
		t.Errorf("after %d frames %v wait", s.frames, s.waits)
	}
}

func TestHand_ForgetsAnEarlierSession(t *testing.T) {
	earlier, s, h := newSession(t), newSession(t), &Hand{}
	old, list := earlier.deliver(1, 2), s.deliver(1, 2)
	h.Take(old)
	h.Done(old[0])
	h.Take(list)
	h.Done(old[1])
	h.Reject(old[0])
	if h.Settle(); earlier.frames+s.frames != 0 || h.Len() != 2 {
		t.Errorf("%d frames for the earlier session, %d for the present one, %d held", earlier.frames, s.frames, h.Len())
	}
}

// In whatever order deliveries come, are done and rejected: the broker is told of exactly those that were, once.
func TestHand_TellsTheBrokerOfExactlyWhatIsDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, h := newSession(rt), &Hand{}
		var held []Delivery
		var next uint64
		ended := map[uint64]bool{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch what := rapid.SampledFrom([]string{"take", "done", "reject", "settle"}).Draw(rt, "what"); {
			case what == "take":
				next++
				d := s.deliver(next)
				h.Take(d)
				held = append(held, d...)
			case what == "settle":
				h.Settle()
				for tag := range s.waits {
					if ended[tag] {
						rt.Fatalf("tag %d waits, and is done", tag)
					}
				}
			case len(held) > 0:
				i := rapid.IntRange(0, len(held)-1).Draw(rt, "which")
				if ended[held[i].d.DeliveryTag] = true; what == "done" {
					h.Done(held[i])
				} else {
					h.Reject(held[i])
				}
				held = slices.Delete(held, i, i+1)
			}
			for _, d := range held {
				if !s.waits[d.d.DeliveryTag] {
					rt.Fatalf("the broker was told of tag %d, which is held", d.d.DeliveryTag)
				}
			}
			if h.Len() != len(held) {
				rt.Fatalf("%d are held, the hand says %d", len(held), h.Len())
			}
		}
	})
}
