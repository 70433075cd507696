package processor_test

import (
	"slices"
	"testing"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
)

// Pages of any size follow one another without a gap or a repeat, and the last
// one says that it is the last.
func TestReads_PagesFollowOneAnother(t *testing.T) {
	r := New(t, nil)
	const made = 7
	var all []string
	for range made {
		all = append(all, r.Made().ID)
	}
	slices.Sort(all)
	slices.Reverse(all) // newest first; within a millisecond, by luck
	for limit := 1; limit <= made+1; limit++ {
		var seen []string
		for at := (processor.Window{Limit: limit}); ; {
			page, err := r.Payments(t.Context(), processor.Only("demo-shop"), processor.PaymentQuery{}, at)
			r.OK(err)
			if len(page.Items) > limit || len(page.Items) == 0 {
				t.Fatalf("%d at a time: a page after %q has %d payments", limit, at.Cursor, len(page.Items))
			}
			for _, p := range page.Items {
				seen = append(seen, p.ID)
			}
			if at.Cursor = page.Next; at.Cursor == "" {
				break
			}
		}
		if !slices.Equal(seen, all) {
			t.Errorf("%d at a time: the pages have %v, expected %v", limit, seen, all)
		}
	}
}

// A thing out of reach looks as if it did not exist.
func TestReads_ReachAsFarAsTheyMay(t *testing.T) {
	r := New(t, nil)
	p, _ := r.Paid()
	r.OK(r.Disk.AddAudits(t.Context(), []audit.Record{{ID: chance.Crypto().ID("aud", Start), At: Start, Merchant: p.Merchant, Action: audit.Read, Outcome: audit.Refused}}))
	e, err := r.AddEndpoint(t.Context(), p.Merchant, processor.NewEndpoint{URL: "http://127.0.0.1:9/hook"})
	r.OK(err)
	for name, c := range map[string]struct {
		in   processor.Reach
		sees bool
	}{
		"its merchant":        {processor.Only(p.Merchant), true},
		"everyone":            {processor.Everyone(), true},
		"another merchant":    {processor.Only("other-shop"), false},
		"no merchant":         {processor.Only(""), false},
		"the zero value":      {processor.Reach{}, false},
		"a merchant's prefix": {processor.Only(p.Merchant[:4]), false},
	} {
		ctx, at, want := t.Context(), processor.Window{Limit: 5}, 0
		if c.sees {
			want = 1
		}
		_, onePayment := r.Payment(ctx, c.in, p.ID)
		_, _, story := r.Timeline(ctx, c.in, p.ID)
		_, oneEndpoint := r.Endpoint(ctx, c.in, e.ID)
		for what, err := range map[string]error{"the payment": onePayment, "its story": story, "the endpoint": oneEndpoint} {
			if c.sees != (err == nil) || err != nil && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s asks for %s: %v, expected it to be seen: %t", name, what, err, c.sees)
			}
		}
		payments, err := r.Payments(ctx, c.in, processor.PaymentQuery{Status: payment.Processing}, at)
		r.OK(err)
		audits, err := r.Audits(ctx, c.in, audit.Filter{}, at)
		r.OK(err)
		events, err := r.LatestEvents(ctx, c.in, "", at)
		r.OK(err)
		endpoints, err := r.Endpoints(ctx, c.in)
		r.OK(err)
		for what, n := range map[string]int{"payments": len(payments.Items), "audit records": len(audits.Items), "events": len(events.Items), "endpoints": len(endpoints)} {
			if n != want {
				t.Errorf("%s lists %d %s, expected %d", name, n, what, want)
			}
		}
	}
}
