package processor

import (
	"context"
	"errors"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/scenario/replay"
	"sandbank/settlement"
	"sandbank/sim"
)

// Scenario is a payment as a scenario file that brings it about again.
func (p *Processor) Scenario(ctx context.Context, in Reach, id string) ([]byte, error) {
	pay, err := p.Payment(ctx, in, id)
	if err != nil {
		return nil, err
	}
	story, err := p.story(ctx, pay)
	if err != nil {
		return nil, err
	}
	run := replay.Run{Name: "Payment " + pay.Reference, Payments: []replay.Story{story}}
	if err := p.operators(ctx, &run, pay.Merchant); err != nil {
		return nil, err
	}
	return p.written(run.About(story))
}

// RunScenario is all that happened to a merchant's payments as one scenario file.
func (p *Processor) RunScenario(ctx context.Context, merchant string) ([]byte, error) {
	run := replay.Run{Name: "All payments of " + merchant}
	for before := ""; ; {
		list, err := p.store.Payments(ctx, Filter{Merchant: merchant, Before: before, Limit: transcriptPage})
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		if len(run.Payments)+len(list) > replay.MaxSteps {
			return nil, tooLong()
		}
		for _, pay := range list {
			story, err := p.story(ctx, pay)
			if err != nil {
				return nil, err
			}
			run.Payments = append(run.Payments, story)
		}
		before = list[len(list)-1].ID
	}
	if err := p.operators(ctx, &run, merchant); err != nil {
		return nil, err
	}
	return p.written(run)
}

// written has the file written, with what the processor knows of its own chance.
func (p *Processor) written(run replay.Run) ([]byte, error) {
	run.Seed = p.config.Chance.Seed()
	file, err := replay.Write(run)
	switch {
	case errors.Is(err, replay.ErrTooLong):
		return nil, tooLong()
	case errors.Is(err, replay.ErrEmpty):
		return nil, fault.New(fault.Conflict, "scenario_empty", "There is no payment yet that a scenario could tell of.").Hinting("Make a payment, and ask again.")
	}
	return file, err
}

func tooLong() error {
	return fault.New(fault.Conflict, "scenario_too_long", "The run has more than the %d steps that a scenario may have.", replay.MaxSteps).
		Hinting("Export the payments that matter one by one: GET /sim/payments/{id}/scenario.")
}

// story gathers what is stored about a payment.
func (p *Processor) story(ctx context.Context, pay payment.Payment) (replay.Story, error) {
	kept, err := p.store.Timeline(ctx, pay.ID)
	if err != nil {
		return replay.Story{}, err
	}
	s := replay.Story{Payment: pay, Events: kept.Events, Last: pay.UpdatedAt}
	happened := func(at time.Time) {
		if at.After(s.Last) {
			s.Last = at
		}
	}
	for _, m := range kept.Messages {
		happened(m.At)
		if m.Direction == Out {
			s.Messages = append(s.Messages, replay.Message{At: m.At, Bank: m.Bank, Kind: m.Kind, Body: m.Body})
		}
	}
	held, err := p.HeldEver(ctx, pay.ID)
	if err != nil {
		return replay.Story{}, err
	}
	s.Held = held
	for _, h := range held {
		happened(h.EndedAt)
	}
	if s.Ended, err = p.endedFaults(ctx, pay.Touched); err != nil {
		return replay.Story{}, err
	}
	for _, d := range kept.Deliveries {
		for _, a := range d.Attempts {
			happened(a.At)
		}
	}
	return s, nil
}

// endedFaults finds when somebody ended faults before their time. Those that nobody ended end by themselves again.
func (p *Processor) endedFaults(ctx context.Context, touched []sim.Touch) (map[string]time.Time, error) {
	ended := map[string]time.Time{}
	for _, f := range touched {
		list, err := p.store.ListAudits(ctx, audit.Filter{Object: f.Fault, Action: audit.FaultEnd, Outcome: audit.Allowed, Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if s.Record.Actor.Kind != audit.System {
				ended[f.Fault] = s.Record.At
			}
		}
	}
	return ended, nil
}

// operators adds what operators did besides to banks and merchants. A payout that time brought about is
// brought about again, and asking for it then changes nothing.
func (p *Processor) operators(ctx context.Context, run *replay.Run, merchant string) error {
	t := transcript{ctx: ctx, store: p.store, in: Only(merchant)}
	err := t.records(PayoutRecord, func(r Record) error {
		out, err := Decode[settlement.Payout](r)
		if at := out.CreatedAt; err == nil && !slices.ContainsFunc(run.PaidOut, at.Equal) {
			run.PaidOut = append(run.PaidOut, at)
		}
		return err
	})
	if err != nil {
		return err
	}
	about, err := p.store.Timeline(ctx, noPayment)
	for _, m := range about.Messages {
		if m.Direction == Out {
			run.Commands = append(run.Commands, replay.Message{At: m.At, Bank: m.Bank, Kind: m.Kind, Body: m.Body})
		}
	}
	return err
}

// noPayment has the messages that are about none.
const noPayment = ""
