package payment

import (
	"maps"
	"slices"
	"time"

	"sandbank/fault"
	"sandbank/sim"
)

// Simulation is what is simulated on purpose for one payment, and how far it has
// come.
type Simulation struct {
	Plan sim.Plan `json:"plan"`
	// First is the plan that the payment was made with, where Plan was changed
	// since: the first answer shows it. It is written also where it is no plan at all, which is not nil.
	First    *sim.Plan        `json:"first"`
	Scenario *sim.Plan        `json:"scenario,omitempty"` // what Plan does not say
	Asked    []Asked          `json:"asked,omitempty"`    // what was asked for since the creation, oldest first
	Waiting  []WaitingAct     `json:"waiting,omitempty"`  // in their order
	Done     []DoneAct        `json:"done,omitempty"`
	Spent    map[sim.Part]int `json:"spent,omitempty"` // requests that had an order since it was given
	Told     int              `json:"told,omitempty"`  // events about the payment
}

// Asked is what somebody asked for at one time: a plan, or one act of the customer.
type Asked struct {
	At   time.Time `json:"at"`
	Plan *sim.Plan `json:"plan,omitempty"` // nil for an act
	Act  *sim.Act  `json:"act,omitempty"`
}

// maxAsked bounds how much of what was asked for is kept. What comes later has its effect, and cannot be
// told again.
const maxAsked = 100

// ask notes what was asked for.
func (s *Simulation) ask(a Asked) {
	if len(s.Asked) < maxAsked {
		s.Asked = append(slices.Clip(s.Asked), a)
	}
}

// WaitingAct is an act of the customer that is to come.
type WaitingAct struct {
	sim.Act
	Since time.Time `json:"since"` // of the act before it, or when it was asked for
}

// DoneAct is an act of the customer that was done, or refused as a person's
// would have been.
type DoneAct struct {
	sim.Act
	At      time.Time `json:"at"`
	Refused string    `json:"refused,omitempty"` // why, "" where it was done
}

// ruleOfAct is the rule of what an act of the customer brings about.
func ruleOfAct(a sim.Action) string {
	return "simulate.customer " + sim.Act{Action: a}.Says()
}

// Planned is a new payment with what is to be simulated for it. Zero plans are
// none.
func (p Payment) Planned(plan sim.Plan, scenario *sim.Plan) Payment {
	if plan.IsZero() && scenario == nil {
		return p
	}
	s := Simulation{Plan: plan, Scenario: scenario}
	acts := plan.Customer
	if len(acts) == 0 && scenario != nil {
		acts = scenario.Customer
	}
	s.wait(acts, p.CreatedAt)
	p.Simulation = &s
	return p
}

// simulation is a copy of the payment's simulation, to be changed.
func (p *Payment) simulation() *Simulation {
	var s Simulation
	if p.Simulation != nil {
		s = *p.Simulation
	}
	s.Waiting, s.Done, s.Spent = slices.Clone(s.Waiting), slices.Clone(s.Done), maps.Clone(s.Spent)
	return &s
}

func (s *Simulation) wait(acts []sim.Act, since time.Time) {
	for _, a := range acts {
		s.Waiting = append(s.Waiting, WaitingAct{a, since})
	}
}

// change puts another plan in the place of the present one, and keeps the first.
func (s *Simulation) change(plan sim.Plan) {
	if s.First == nil {
		first := s.Plan
		s.First = &first
	}
	s.Plan = plan
}

// Simulate changes the part of the plan that has not happened yet. Members that
// the new plan leaves out stay; the customer's acts replace all that wait. It is
// refused with [fault.Conflict] where no part of it can happen any more.
func (p Payment) Simulate(now time.Time, plan sim.Plan) (Payment, error) {
	if plan.HoldsAnswer() {
		return p, fault.New(fault.Conflict, "simulation_too_late", "The answer to this payment's creation was given already.").
			At("/travel", "before_accepted can be asked for only when the payment is made")
	}
	if len(plan.Customer) > 0 {
		if err := p.takesActs(plan.Customer[0]); err != nil {
			return p, err
		}
	}
	if _, authorize := plan.Bank.Of(sim.Authorize); authorize || plan.Travel != "" {
		if err := p.asksBank("/bank/outcome"); err != nil {
			return p, err
		}
	}
	s := p.simulation()
	if len(plan.Customer) > 0 {
		s.Waiting = nil
		s.wait(plan.Customer, now)
	}
	for _, part := range sim.Parts() {
		if _, ok := plan.Bank.Of(part); ok {
			delete(s.Spent, part)
		}
	}
	s.change(plan.Over(s.Plan))
	s.ask(Asked{At: now, Plan: &plan})
	p.Simulation = s
	p.Version++
	return p, nil
}

// takesActs refuses acts on a payment that is over for its customer.
func (p *Payment) takesActs(first sim.Act) error {
	if !p.Status.Final() && p.Status != Authorized || p.Status == Abandoned && first.Action == sim.ComeBackLate {
		return nil
	}
	return p.open(p.ExpiresAt.Add(-1))
}

// asksBank refuses an answer to an authorization that is not asked for any more.
func (p *Payment) asksBank(at string) error {
	if !p.Status.Final() && p.Status != Authorized {
		return nil
	}
	return fault.New(fault.Conflict, "simulation_too_late", "This payment is %s; its bank is not asked to authorize it any more.", p.Status).
		At(at, "has no effect any more; capture, refund and dispute may")
}

// Schedule has the customer do something later.
func (p Payment) Schedule(now time.Time, a sim.Act) (Payment, error) {
	if err := p.takesActs(a); err != nil {
		return p, err
	}
	s := p.simulation()
	if len(s.Waiting) >= sim.MaxActs {
		return p, fault.New(fault.Conflict, "too_many_acts", "The customer has %d acts to come already.", len(s.Waiting)).
			Hinting("Wait until some are done, or replace them: POST /sim/payments/{id}/simulate.")
	}
	plan := s.Plan
	plan.Customer = append(slices.Clone(plan.Customer), a)
	s.change(plan)
	s.wait([]sim.Act{a}, now)
	s.ask(Asked{At: now, Act: &a})
	p.Simulation = s
	p.Version++
	return p, nil
}

// ActAt is when the customer's next act is due, zero for never or not yet known:
// one that takes the customer's turn waits until the bank has given it back.
func (p *Payment) ActAt() time.Time {
	if p.Simulation == nil || len(p.Simulation.Waiting) == 0 {
		return time.Time{}
	}
	next := p.Simulation.Waiting[0]
	after, _ := next.After.Duration()
	from := next.Since
	switch next.Action {
	case sim.ComeBackLate:
		from = latest(from, p.ExpiresAt)
		after = max(after, sim.PastDeadline)
	case sim.Pay, sim.Retry, sim.SubmitTwice:
		if p.Status == Processing || p.Status == ActionRequired {
			return time.Time{}
		}
		if p.Status == Created {
			from = latest(from, p.UpdatedAt)
		}
	case sim.Cancel, sim.WalkAway:
	}
	return from.Add(after)
}

// WakeAt is when time has work to do on the payment: the earlier of
// [Payment.DueAt] and [Payment.ActAt]; zero for never.
func (p *Payment) WakeAt() time.Time {
	at := p.ActAt()
	if at.IsZero() || !p.DueAt.IsZero() && p.DueAt.Before(at) {
		return p.DueAt
	}
	return at
}

// NextAct is the customer's act whose time has come; false where none is due,
// or where something else is due before it.
func (p *Payment) NextAct(now time.Time) (sim.Act, bool) {
	at := p.ActAt()
	if at.IsZero() || now.Before(at) || !p.DueAt.IsZero() && p.DueAt.Before(at) {
		return sim.Act{}, false
	}
	return p.Simulation.Waiting[0].Act, true
}

// Acted notes that the act whose time had come was done, or refused. Those
// behind it count from now.
func (p Payment) Acted(now time.Time, refused string) Payment {
	s := p.simulation()
	s.Done = append(s.Done, DoneAct{Act: s.Waiting[0].Act, At: now, Refused: refused})
	s.Waiting = s.Waiting[1:]
	for i := range s.Waiting {
		s.Waiting[i].Since = now
	}
	p.Simulation = s
	p.Version++
	return p
}

// ActedNow notes an act that did not wait.
func (p Payment) ActedNow(now time.Time, a sim.Act, refused string) Payment {
	s := p.simulation()
	s.Done = append(s.Done, DoneAct{Act: a, At: now, Refused: refused})
	s.ask(Asked{At: now, Act: &a})
	if s.First == nil {
		first := s.Plan
		s.First = &first
	}
	p.Simulation = s
	p.Version++
	return p
}

// Tell counts an event about the payment, and says how it is to be delivered.
func (p Payment) Tell() (Payment, sim.Courses) {
	if p.Simulation == nil {
		return p, nil
	}
	s := p.simulation()
	s.Told++
	plan := s.Plan
	if s.Scenario != nil {
		plan = plan.Over(*s.Scenario)
	}
	p.Simulation = s
	return p, plan.CoursesOf(s.Told)
}

// asCreated is the simulation as the payment's creation was answered.
func (s *Simulation) asCreated() *Simulation {
	if s == nil {
		return nil
	}
	plan := s.Plan
	if s.First != nil {
		plan = *s.First
	}
	if plan.IsZero() {
		return nil
	}
	return &Simulation{Plan: plan}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
