package audit

import "context"

// Act is an action that somebody is about to take. The context carries it from
// the request to the code that carries the action out. It belongs to the
// request's goroutine.
type Act struct {
	Record Record
	kept   bool
	ended  bool
}

type actKey struct{}

// With returns a context that carries the act.
func With(ctx context.Context, a *Act) context.Context { return context.WithValue(ctx, actKey{}, a) }

// Of returns the act in the context, or nil if nobody asked for the present
// work.
func Of(ctx context.Context) *Act {
	a, _ := ctx.Value(actKey{}).(*Act)
	return a
}

// By sets the actor, once it is known.
func (a *Act) By(who Actor, role, merchant string) {
	if a != nil {
		a.Record.Actor, a.Record.Role, a.Record.Merchant = who, role, merchant
	}
}

// About sets the object of the act; only the first call counts.
func (a *Act) About(object string) {
	if a != nil && a.Record.Object == "" {
		a.Record.Object = object
	}
}

// Sketch returns the record as known so far, for a caller that completes and
// commits it; its action is "" without an act, and once one has committed it: what
// else the same request changes is part of the same act.
func (a *Act) Sketch() Record {
	if a == nil || a.kept {
		return Record{}
	}
	return a.Record
}

// Keep marks the act's record as committed together with the change.
func (a *Act) Keep() {
	if a != nil {
		a.kept = true
	}
}

// End ends the act, and reports whether a record still has to be written. Only
// the first call counts.
func (a *Act) End(allowed bool) (write bool) {
	if a == nil || a.ended || a.Record.Action == "" {
		return false
	}
	a.ended = true
	return !allowed || !a.kept
}
