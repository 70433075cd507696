package processor

import (
	"testing"
	"time"

	"sandbank/chance"
	"sandbank/fault"
)

// Times are bounds of ids, to the millisecond: from the first one at or after From to the last one before To.
func TestPaymentQuery_TimesBoundIds(t *testing.T) {
	luck, noon := chance.Seeded(7), time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	id := func(at time.Time) string { return luck.ID("pay", at) }
	within := func(q PaymentQuery, cursor, id string) bool {
		f := q.filter("m1", cursor, 1)
		return id >= f.From && (f.Before == "" || id < f.Before)
	}
	ms := time.Millisecond
	for name, c := range map[string]struct {
		q    PaymentQuery
		at   time.Time
		want bool
	}{
		"at from":                 {PaymentQuery{From: noon}, noon, true},
		"just before from":        {PaymentQuery{From: noon}, noon.Add(-ms), false},
		"in the millisecond":      {PaymentQuery{From: noon.Add(400 * time.Microsecond)}, noon, false},
		"at to":                   {PaymentQuery{To: noon}, noon, false},
		"just before to":          {PaymentQuery{To: noon}, noon.Add(-ms), true},
		"between":                 {PaymentQuery{From: noon, To: noon.Add(time.Hour)}, noon.Add(ms), true},
		"before the epoch":        {PaymentQuery{From: time.Unix(-5, 0)}, noon, true},
		"ever":                    {PaymentQuery{}, noon, true},
		"in the decades after it": {PaymentQuery{From: noon}, noon.AddDate(80, 0, 0), true},
	} {
		if got := within(c.q, "", id(c.at)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	// A page's cursor goes on within the bounds, whichever is the lower.
	early, late := id(noon), id(noon.Add(2*time.Hour))
	q := PaymentQuery{To: noon.Add(time.Hour)}
	if within(q, late, id(noon.Add(90*time.Minute))) || !within(q, late, early) || within(q, early, id(noon.Add(time.Minute))) {
		t.Error("the cursor and the bound are not both held to")
	}
}

func TestPaymentQuery_Check(t *testing.T) {
	noon := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	problem := fault.New(fault.Invalid, "query_invalid", "")
	PaymentQuery{Status: "paid", Bank: "sandnl2a", Method: "cash", From: noon, To: noon, Reference: "4242424242424242"}.Check(problem)
	got := map[string]bool{}
	for _, f := range problem.Fields {
		got[f.Pointer] = true
	}
	for _, field := range []string{"status", "bank", "method", "to", "reference"} {
		if !got[field] || len(problem.Fields) != 5 {
			t.Errorf("no complaint about %s among %+v", field, problem.Fields)
		}
	}
	fine := fault.New(fault.Invalid, "query_invalid", "")
	PaymentQuery{Status: "captured", Bank: "SANDNL2A", Method: "card", From: noon, To: noon.Add(1)}.Check(fine)
	PaymentQuery{}.Check(fine)
	if len(fine.Fields) > 0 {
		t.Errorf("complaints about what is fine: %+v", fine.Fields)
	}
}
