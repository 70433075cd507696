package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/sim"
	"sandbank/web/graph/generated"
	"sandbank/web/graph/model"
)

// The bounds of an operation. Each field costs 1, one that asks the store
// lookup more, and a list its maximum length.
const (
	maxTokens = 2000
	maxCost   = 5000
	lookup    = 50
	advance   = 2000 // what may take long
	keptTexts = 256  // parsed operations
)

// executor is what runs operations, however they arrive.
func (s *Server) executor() http.Handler {
	h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: root{s}, Complexity: costs()}))
	limit := int64(maxMessage)
	h.AddTransport(transport.Websocket{
		Implementation: sockets{}, InitFunc: s.hello, InitTimeout: s.Patience, PingPongInterval: s.Heartbeat, PayloadReadLimit: &limit,
	})
	h.AddTransport(transport.SSE{KeepAlivePingInterval: s.Heartbeat}) // before POST, which would take it
	h.AddTransport(transport.POST{})
	h.SetQueryCache(lru.New[*ast.QueryDocument](keptTexts))
	h.SetParserTokenLimit(maxTokens)
	h.Use(extension.Introspection{})
	h.Use(extension.FixedComplexityLimit(maxCost))
	h.SetErrorPresenter(s.present)
	h.SetRecoverFunc(func(_ context.Context, panicked any) error {
		s.Log.Error("a resolver panicked", "panic", panicked, "stack", string(debug.Stack()))
		return fault.From(nil)
	})
	h.AroundOperations(s.guard)
	return h
}

// costs says what lists and look-ups cost.
func costs() (c generated.ComplexityRoot) {
	c.Query.Payments = func(child int, _ *model.PaymentFilter, _ *string, limit int) int {
		return lookup + child*bounded(limit)
	}
	c.Query.Events = func(child, _ int, _ *string, _ []string, limit int) int { return lookup + child*bounded(limit) }
	c.Query.Disputes = func(child int, _ *payment.DisputeStatus, _ *string, limit int) int {
		return lookup + child*bounded(limit)
	}
	c.Query.Payouts = func(child int, _ *settlement.PayoutStatus, _ *string, limit int) int {
		return lookup + child*bounded(limit)
	}
	c.Query.Payment = func(child int, _ string) int { return lookup + child }
	c.Query.Event = func(child int, _ string) int { return lookup + child }
	c.Query.LastSequence = func(child int) int { return lookup + child }
	c.Query.WebhookEndpoints = func(child int) int { return lookup + 20*child }
	c.Query.Banks = func(child int) int { return 20 * child }
	c.Query.Faults = func(child int) int { return sim.MaxFaults * child }
	c.Query.Holds = func(child int) int { return sim.MaxHolds * child }
	c.Query.Held = func(child int, _ *string, limit int) int { return lookup + child*bounded(limit) }
	c.Mutation.BeginHold = func(child int, _ sim.HoldWish) int { return lookup + child }
	c.Mutation.EndHold = func(child int, _ string) int { return lookup + child }
	c.Mutation.MoveHeld = func(child int, _ string, _ sim.MoveWish) int { return lookup + child }
	c.Mutation.Step = func(child int, _ *string) int { return lookup + child }
	c.Mutation.Simulate = func(child int, _ string, _ model.Simulation) int { return lookup + child }
	c.Mutation.SimulateCustomer = func(child int, _ string, _ sim.WishedAct) int { return lookup + child }
	c.Mutation.SimulateBank = func(child int, _ string, _ sim.WishedBank) int { return lookup + child }
	c.Mutation.SteerClock = func(child int, _ steer.Wish) int { return advance + child }
	c.Mutation.BeginFault = func(child int, _ sim.FaultWish) int { return lookup + child }
	c.Mutation.EndFault = func(child int, _ string) int { return lookup + child }
	c.Mutation.Reset = func(child int) int { return advance + child }
	return c
}

func bounded(limit int) int { return max(1, min(limit, maxLimit)) }

// guard refuses operations over a connection whose token has expired, operations
// beyond the caller's permissions or limits, and subscriptions where the transport
// cannot carry them.
func (s *Server) guard(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	l := lineOf(ctx)
	refuse := func(err error) graphql.ResponseHandler {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{s.present(ctx, err)}})
	}
	op := graphql.GetOperationContext(ctx).Operation
	switch {
	case l.expired():
		l.end(errExpired)
		return refuse(expired())
	case op.Operation == ast.Subscription && l.seatless():
		return refuse(fault.New(fault.Invalid, "graphql_invalid", "A subscription needs an answer that goes on.").
			Hinting("Use WebSocket with %s, or send \"Accept: text/event-stream\".", Subprotocol))
	}
	if op.Operation == ast.Mutation && l.request == nil {
		return refuse(fault.New(fault.Invalid, "graphql_invalid", "A mutation is a request of its own, with one answer.").
			Hinting("Send it as POST /graphql, without \"text/event-stream\" in Accept."))
	}
	if l.socket && s.Admit != nil {
		if err := s.Admit(l.principal().Client); err != nil {
			return refuse(err)
		}
	}
	if refused, err := permit(ctx, l.principal()); err != nil {
		if refused.Action != "" {
			s.note(ctx, refused.Action, err)
		}
		return refuse(err)
	}
	return next(ctx)
}

// placeError is a subscription that cannot begin where it was asked to.
type placeError struct {
	fault *fault.Error
	last  int64
}

func (e placeError) Error() string { return e.fault.Error() }

// Unwrap shows what kind of failure it is.
func (e placeError) Unwrap() error { return e.fault }

// present is an error in GraphQL's form: extensions.code is the HTTP
// interface's code; internal errors go to the log.
func (s *Server) present(ctx context.Context, err error) *gqlerror.Error {
	out := graphql.DefaultErrorPresenter(ctx, err)
	f := s.explain(out, err)
	out = &gqlerror.Error{Message: f.Message, Path: out.Path, Locations: out.Locations, Extensions: map[string]any{"code": f.Code}}
	if f.Hint != "" {
		out.Extensions["hint"] = f.Hint
	}
	if len(f.Fields) > 0 {
		out.Extensions["errors"] = f.Fields
	}
	var place placeError
	if errors.As(err, &place) {
		out.Extensions["lastSequence"] = place.last
	}
	return out
}

// explain finds the fault behind an error. An error without one comes from the
// executor, which found a mistake in the operation, or is our own failure.
func (s *Server) explain(out *gqlerror.Error, err error) *fault.Error {
	var f *fault.Error
	var own *gqlerror.Error
	switch {
	case errors.As(err, &f):
	case out.Extensions["code"] == "COMPLEXITY_LIMIT_EXCEEDED":
		f = fault.New(fault.Invalid, "query_too_costly", "The %s.", out.Message).
			Hinting("Ask for fewer fields or shorter lists, or send several requests.")
	case out.Extensions["code"] == errcode.ParseFailed, out.Extensions["code"] == errcode.ValidationFailed,
		errors.As(err, &own) && own.Err == nil:
		f = fault.New(fault.Invalid, "graphql_invalid", "%s", out.Message).
			Hinting("Compare it with the schema at /graphql/schema.graphql.")
	default:
		f = fault.From(err)
	}
	if f.Kind == fault.Internal {
		s.Log.Error("a GraphQL operation failed", "path", fmt.Sprint(out.Path), "error", err)
	}
	return f
}
