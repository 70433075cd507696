package processortest

import (
	"testing"

	"sandbank/payment"
)

// witness takes the errors of a test that is to fail.
type witness struct {
	testing.TB
	errors int
}

func (w *witness) Errorf(string, ...any) { w.errors++ }
func (w *witness) Helper()               {}

func TestUnchanged_SeesEveryKindOfChange(t *testing.T) {
	r := New(t, nil)
	before := r.Stored()
	changed := func(what string) {
		t.Helper()
		w := &witness{TB: t}
		r.T = w
		r.Unchanged(what, before)
		if r.T = t; w.errors == 0 {
			t.Errorf("%s was not seen", what)
		}
		before = r.Stored()
		r.Unchanged("nothing", before)
	}
	p := r.Made()
	changed("a new payment")
	_, q := r.Try(p.ID)
	changed("a payment under way")
	r.Say(Answer(q, payment.OutcomeApproved))
	changed("a booking")
	late := Answer(q, payment.OutcomeDeclined)
	r.Say(late)
	changed("a message that moved nothing")
}
