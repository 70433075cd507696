package graph

import (
	"context"
	"regexp"
	"strings"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/clock/steer"
	"sandbank/clock/turn"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/gate"
	"sandbank/web/graph/generated"
	"sandbank/web/graph/model"
)

// Lives begins a processor anew.
type Lives interface {
	// Reset puts everything back to the beginning.
	Reset(ctx context.Context) error
}

// Mutation implements [generated.ResolverRoot].
func (r root) Mutation() generated.MutationResolver { return mutations(r) }

type mutations struct{ *Server }

// Clock is simulated time.
func (q queries) Clock(context.Context) (*model.Clock, error) {
	shown := model.NewClock(q.show())
	return &shown, nil
}

// show is what the clock shows, also one that cannot be steered.
func (s *Server) show() steer.View {
	if s.Hand == nil {
		return steer.View{Now: s.Simulated.Now(), Mode: steer.Following, Rate: 1, Real: s.Config.Clock.Now()}
	}
	return s.Hand.Show()
}

// Faults are those in force.
func (q queries) Faults(context.Context) ([]model.Fault, error) {
	list := []model.Fault{}
	for _, f := range q.Config.Faults.List() {
		list = append(list, *model.NewFault(f))
	}
	return list, nil
}

func (m mutations) Simulate(ctx context.Context, id string, plan model.Simulation) (*payment.Resource, error) {
	return m.simulate(ctx, id, func(problem *fault.Error) sim.Plan { return plan.Wish().Check(problem, "") }, m.Processor.Simulate)
}

func (m mutations) SimulateCustomer(ctx context.Context, id string, act sim.WishedAct) (*payment.Resource, error) {
	return m.simulate(ctx, id, func(problem *fault.Error) sim.Plan {
		return sim.Plan{Customer: []sim.Act{act.Check(problem, "")}}
	}, func(ctx context.Context, merchant, id string, plan sim.Plan) (payment.Payment, error) {
		return m.Processor.Act(ctx, merchant, id, plan.Customer[0])
	})
}

func (m mutations) SimulateBank(ctx context.Context, id string, answers sim.WishedBank) (*payment.Resource, error) {
	return m.simulate(ctx, id, func(problem *fault.Error) sim.Plan {
		b := answers.Check(problem, "")
		return sim.Plan{Bank: &b}
	}, m.Processor.Simulate)
}

// simulate has something happen on purpose to a payment of the caller's merchant.
func (m mutations) simulate(ctx context.Context, id string, check func(*fault.Error) sim.Plan,
	do func(ctx context.Context, merchant, id string, plan sim.Plan) (payment.Payment, error),
) (*payment.Resource, error) {
	var shown payment.Resource
	err := m.act(ctx, "mutation simulate", func(ctx context.Context) error {
		problem := wrong()
		plan := check(problem)
		if plan.AsksNothing() {
			problem.At("", "must ask for something")
		}
		if len(problem.Fields) > 0 {
			return inCamelCase(problem)
		}
		if !chance.ValidID("pay", id) {
			return processor.NoPayment(id)
		}
		audit.Of(ctx).About(id)
		p, err := do(ctx, lineOf(ctx).merchant(), id, plan)
		shown = p.Resource(m.Address)
		return err
	})
	return &shown, err
}

// wrong begins the complaints about an input.
func wrong() *fault.Error {
	return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
}

var underscored = regexp.MustCompile(`_[a-z]`)

// inCamelCase names the fields of a complaint as the schema does.
func inCamelCase(err *fault.Error) *fault.Error {
	for i := range err.Fields {
		err.Fields[i].Pointer = underscored.ReplaceAllStringFunc(err.Fields[i].Pointer, func(s string) string { return strings.ToUpper(s[1:]) })
	}
	return err
}

func (m mutations) SteerClock(ctx context.Context, wish steer.Wish) (*model.ClockReport, error) {
	var shown *model.ClockReport
	err := m.act(ctx, "mutation steerClock", func(ctx context.Context) error {
		if err := wish.Check(); err != nil {
			return err
		}
		if m.Hand == nil {
			return steer.NotSteerable()
		}
		turn.Yield(ctx) // an advance waits for what others decide
		report, err := m.Hand.Steer(ctx, wish)
		shown = model.NewClockReport(report)
		return err
	})
	return shown, err
}

func (m mutations) BeginFault(ctx context.Context, wish sim.FaultWish) (*model.Fault, error) {
	var begun sim.Fault
	err := m.act(ctx, "mutation beginFault", func(ctx context.Context) error {
		f, err := wish.Check()
		if err != nil {
			return err
		}
		if err := m.Processor.FaultsOff(); err != nil {
			return err
		}
		if begun, err = m.Config.Faults.Begin(ctx, f); err == nil {
			audit.Of(ctx).About(begun.ID)
		}
		return err
	})
	return model.NewFault(begun), err
}

func (m mutations) EndFault(ctx context.Context, id string) (*model.Fault, error) {
	var ended sim.Fault
	err := m.act(ctx, "mutation endFault", func(ctx context.Context) (err error) {
		audit.Of(ctx).About(id)
		ended, err = m.Config.Faults.End(ctx, id)
		return err
	})
	return model.NewFault(ended), err
}

func (m mutations) Reset(ctx context.Context) (bool, error) {
	err := m.act(ctx, "mutation reset", m.Lives.Reset)
	return err == nil, err
}

// act does something on purpose, and has it recorded in the audit log.
func (m mutations) act(ctx context.Context, field string, do func(context.Context) error) error {
	ctx, record := m.begin(ctx, fields[field].Action)
	err := do(ctx)
	m.Gate.End(record, err)
	return err
}

// begin opens the audit record of a mutation.
func (s *Server) begin(ctx context.Context, action audit.Action) (context.Context, *audit.Act) {
	l := lineOf(ctx)
	caller := l.principal()
	r, record := s.Gate.Begin(l.request.WithContext(ctx), action, gate.ActorOf(caller), l.requestID)
	record.By(gate.ActorOf(caller), string(caller.Role), caller.Merchant.ID)
	return r.Context(), record
}

// note records a mutation that was refused before it began.
func (s *Server) note(ctx context.Context, action audit.Action, err error) {
	_, record := s.begin(ctx, action)
	s.Gate.End(record, err)
}
