package dashboard

import (
	"strconv"

	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/look"
	"sandbank/web/sequence"
)

// actSteps are the customer's acts on purpose.
func actSteps(p payment.Payment) (list []step) {
	if p.Simulation == nil {
		return nil
	}
	for i, a := range p.Simulation.Done {
		list = append(list, step{Hop: sequence.Hop{
			ID: "act-" + strconv.Itoa(i), At: a.At, Kind: "page", From: laneCustomer, To: laneSandbank, Tone: "wait", Title: a.Says() + ", on purpose", Detail: a.Refused,
		}, Note: "On purpose, the customer " + a.Says(), Minor: a.Action.Pays() && a.Refused == ""}) // paying is a step of its own
	}
	return list
}

// faultSteps are the faults that a payment met.
func faultSteps(p payment.Payment) (list []step) {
	for _, t := range p.Touched {
		at := t.At
		if at.Before(p.CreatedAt) {
			at = p.CreatedAt
		}
		list = append(list, step{
			Hop:  sequence.Hop{ID: t.Fault, At: at, Kind: "fault", From: laneSandbank, To: laneSandbank, Tone: "bad", Title: look.Sentence(t.Says), Detail: "on purpose"},
			Note: "the fault " + t.Fault,
		})
	}
	return list
}

// rankHeld is the rank of a step by the hop at which something was held.
var rankHeld = map[sim.Hop]int{
	sim.HopRequest: rankAsked, sim.HopResult: rankAnswered, sim.HopBooking: rankAnswered, sim.HopWebhook: rankTold,
}

// heldSteps are the times at which something was held on purpose, and when that was over.
func heldSteps(s processor.Story) (list []step) {
	for _, h := range s.Held {
		note := sequence.Hop{ID: h.ID, At: h.Since, Kind: "hold", From: laneSandbank, To: laneSandbank, Tone: "wait", Title: h.Hop.Says() + " is held, on purpose", Detail: h.Says}
		if h.CopyOf != "" {
			note.Title = "a copy of " + note.Title
		}
		phase, rank := len(s.Payment.Attempts), rankHeld[h.Hop]
		list = append(list, step{Hop: note, Note: "the hold " + h.Hold, Payload: bodyOf(h.Message), Phase: phase, Rank: rank})
		if h.Status == sim.HeldNow {
			continue
		}
		end := sequence.Hop{ID: h.ID + "-end", At: h.EndedAt, Kind: "hold", From: laneSandbank, To: laneSandbank, Title: h.Hop.Says() + " is " + string(h.Status), Tone: "good", Gap: "it is held"}
		if h.Status == sim.HeldDropped {
			end.Tone = "bad"
		}
		list = append(list, step{Hop: end, Note: "after " + sequence.Elapsed(h.EndedAt.Sub(h.Since)), Minor: h.Status == sim.HeldReleased, Phase: phase, Rank: rank})
	}
	return list
}
