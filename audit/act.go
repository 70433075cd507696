package audit

import "context"

// Act is what somebody is about to do, on its way from the request to whoever
// carries it out. It belongs to the request's goroutine.
type Act struct {
	Record Record
	kept   bool
	ended  bool
}

type actKey struct{}

// With carries an act.
func With(ctx context.Context, a *Act) context.Context { return context.WithValue(ctx, actKey{}, a) }

// Of is the act that is carried, or nil: nobody asked for this.
func Of(ctx context.Context) *Act {
	a, _ := ctx.Value(actKey{}).(*Act)
	return a
}

// By says who it is, once that is known.
func (a *Act) By(who Actor, role, merchant string) {
	if a != nil {
		a.Record.Actor, a.Record.Role, a.Record.Merchant = who, role, merchant
	}
}

// About says what it is done to. It is done to one thing: the first that is said.
func (a *Act) About(object string) {
	if a != nil && a.Record.Object == "" {
		a.Record.Object = object
	}
}

// Sketch is the record so far, for somebody who will complete and commit it; its
// action is "" where there is no act.
func (a *Act) Sketch() Record {
	if a == nil {
		return Record{}
	}
	return a.Record
}

// Keep says that its record was committed with what was done.
func (a *Act) Keep() {
	if a != nil {
		a.kept = true
	}
}

// End says that it is over, and reports whether a record is still to be written.
// Only the first end counts.
func (a *Act) End(allowed bool) (write bool) {
	if a == nil || a.ended || a.Record.Action == "" {
		return false
	}
	a.ended = true
	return !allowed || !a.kept
}
