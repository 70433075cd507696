package sim_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sandbank/fault"
	"sandbank/sim"
)

// A wish is a hold with all its bounds, or a complaint about its field.
func TestHoldWish_Check(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "", `{"hops": ["webhook", "request"], "for": "15m", "within": "10m", "times": 3}`: "",
		`{"payment": "pay_01890a5d-ac96-774b-bcce-b302099a8057"}`: "", `{"payment": "pay_1"}`: "/payment", `{"hops": []}`: "/hops", `{"hops": ["answer"]}`: "/hops",
		`{"hops": ["result", "result"]}`: "/hops", `{"for": "745h"}`: "/for", `{"within": "4h1s"}`: "/within", `{"within": "0s"}`: "/within", `{"times": 0}`: "/times", `{"times": 251}`: "/times",
	} {
		var w sim.HoldWish
		if err := json.Unmarshal([]byte(body), &w); err != nil {
			t.Fatal(err)
		}
		h, err := w.Check()
		if want != "" {
			if f := fault.From(err); len(f.Fields) != 1 || f.Fields[0].Pointer != want {
				t.Errorf("%s: want a complaint about %s, got %v", body, want, err)
			}
			continue
		}
		begun := h.Begun("hld_1", time.Unix(0, 0), time.Unix(0, 0))
		if err != nil || len(h.Hops) == 0 || !slices.IsSortedFunc(h.Hops, func(a, b sim.Hop) int { return slices.Index(sim.Hops(), a) - slices.Index(sim.Hops(), b) }) ||
			!begun.EndsAt.After(begun.BeganAt) || !begun.GivesUpAt.After(time.Unix(0, 0)) || h.Times < 1 || h.Times > sim.MaxHoldTimes {
			t.Errorf("%s: %+v, %v", body, begun, err)
		}
	}
}

// A hold takes what is within its hops, its merchant, its payment and its count.
func TestHold_Takes(t *testing.T) {
	h := sim.Hold{Hops: []sim.Hop{sim.HopResult}, Merchant: "m", Payment: "p", Times: 2, Taken: 1}
	for _, c := range []struct {
		held sim.Held
		want bool
	}{
		{sim.Held{Hop: sim.HopResult, Merchant: "m", Payment: "p"}, true},
		{sim.Held{Hop: sim.HopRequest, Merchant: "m", Payment: "p"}, false},
		{sim.Held{Hop: sim.HopResult, Merchant: "n", Payment: "p"}, false},
		{sim.Held{Hop: sim.HopResult, Merchant: "m", Payment: "q"}, false},
	} {
		if h.Takes(c.held) != c.want {
			t.Errorf("it takes %+v: %t", c.held, !c.want)
		}
	}
	if h.Taken = 2; h.Takes(sim.Held{Hop: sim.HopResult, Merchant: "m", Payment: "p"}) {
		t.Error("it takes more than it may")
	}
}

// A reply has a meaning only for a request that a bank answers, and only whole.
func TestMoveWish_Reply(t *testing.T) {
	for _, c := range []struct {
		wish sim.MoveWish
		part sim.Part
		want string
	}{
		{sim.MoveWish{Outcome: "approved", Twice: true}, sim.Authorize, ""},
		{sim.MoveWish{Outcome: "declined"}, sim.Refund, ""},
		{sim.MoveWish{Outcome: "challenge"}, sim.Capture, "/outcome"},
		{sim.MoveWish{Outcome: "silent", Twice: true}, sim.Authorize, "/twice"},
		{sim.MoveWish{Outcome: "approved", Reason: "lost_card"}, sim.Authorize, "/reason"},
	} {
		reply, err := c.wish.Reply(c.part)
		if c.want == "" {
			if plan := reply.Plan(c.part); err != nil || plan.AsksNothing() {
				t.Errorf("%+v: %+v, %v", c.wish, plan, err)
			}
		} else if f := fault.From(err); len(f.Fields) != 1 || f.Fields[0].Pointer != c.want {
			t.Errorf("%+v: want a complaint about %s, got %v", c.wish, c.want, err)
		}
	}
}

// FuzzHoldWish reads wishes: one that is accepted is a hold with all its bounds.
func FuzzHoldWish(f *testing.F) {
	f.Add(`{"hops": ["webhook", "request"], "for": "15m", "within": "10m", "times": 3}`)
	f.Add(`{"payment": "pay_01890a5d-ac96-774b-bcce-b302099a8057"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var w sim.HoldWish
		if json.Unmarshal([]byte(text), &w) != nil {
			return
		}
		h, err := w.Check()
		if err != nil {
			if e := fault.From(err); e.Kind != fault.Invalid || len(e.Fields) == 0 {
				t.Fatalf("%q: want a fault of form that names a field, got %+v", text, e)
			}
			return
		}
		now := time.Unix(0, 0)
		h = h.Begun("hld_1", now, now)
		if length, patience := h.EndsAt.Sub(now), h.GivesUpAt.Sub(now); length <= 0 || length > sim.MaxWhen || patience <= 0 || patience > sim.MaxHoldWithin ||
			h.Times < 1 || h.Times > sim.MaxHoldTimes || len(h.Hops) == 0 || len(h.Hops) > len(sim.Hops()) {
			t.Fatalf("%q passes as %+v", text, h)
		}
	})
}

// FuzzMoveWish reads wishes: one that is accepted is a move, and of a request a plan that the bank can carry out.
func FuzzMoveWish(f *testing.F) {
	f.Add(`{"action": "answer", "outcome": "declined", "reason": "insufficient_funds", "twice": true}`, "authorize")
	f.Add(`{"action": "drop"}`, "refund")
	f.Fuzz(func(t *testing.T, text, kind string) {
		var w sim.MoveWish
		if json.Unmarshal([]byte(text), &w) != nil {
			return
		}
		m, err := w.Check()
		part, answers := sim.Held{Hop: sim.HopRequest, Kind: kind}.Part()
		var reply sim.Reply
		if err == nil && m == sim.AnswerIt && answers {
			reply, err = w.Reply(part)
		}
		switch e := fault.From(err); {
		case err != nil && (e.Kind != fault.Invalid || len(e.Fields) == 0):
			t.Fatalf("%q: want a fault of form that names a field, got %+v", text, e)
		case err == nil && !slices.Contains(sim.Moves(), m):
			t.Fatalf("%q passes as %q", text, m)
		case err == nil && reply != (sim.Reply{}) && reply.Plan(part).AsksNothing():
			t.Fatalf("%q passes as %+v, which asks for nothing", text, reply)
		}
	})
}
