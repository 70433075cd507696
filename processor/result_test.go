package processor_test

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
)

func TestResults_ApprovalAfterDeclineIsUndone(t *testing.T) {
	r := New(t, nil)
	p, first := r.Paid()
	r.Say(Answer(first, payment.OutcomeDeclined))
	_, second := r.Try(p.ID)
	// The first bank changes its mind, while the second one is asked.
	for range 2 {
		if h := r.Say(Answer(first, payment.OutcomeApproved)); h.Reject || h.Err != nil {
			t.Errorf("the first bank approved after its decline: want the result taken, got %+v", h)
		}
	}
	asked := r.Requests(p.ID)
	if got := r.Now(p.ID); got.Status != payment.Processing || entries(r, p.ID) != 0 || len(asked) != 3 || asked[2].Reverses != first.ID {
		t.Errorf("%+v, asked %+v", got, asked)
	}
	r.Say(Answer(second, payment.OutcomeApproved))
	if got := r.Now(p.ID); got.Status != payment.Captured || entries(r, p.ID) != 1 || got.Attempts[0].Status != payment.AttemptDeclined {
		t.Errorf("the second bank approved: want captured with one entry, and the first attempt refused, got %+v", got)
	}
}

func TestResults_DuplicatesCountOnce(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	yes := Answer(q, payment.OutcomeApproved)
	other := yes
	other.ID += "-again"
	bodies := [][]byte{wire.Encode(yes), wire.Encode(yes), wire.Encode(other)}
	for range 2 { // within one batch, and again in another
		for i, h := range r.Results(t.Context(), bodies) {
			if h.Reject || h.Err != nil {
				t.Errorf("said the same three times, message %d: want it taken, got %+v", i, h)
			}
		}
	}
	story := r.Story(p.ID)
	if len(story.Entries) != 1 || len(story.Events) != 2 || len(story.Messages) != 3 { // the request, the answer, its copy under another id
		t.Errorf("%d entries, %d events, %d messages", len(story.Entries), len(story.Events), len(story.Messages))
	}
	if len(r.Requests(p.ID)) != 1 {
		t.Errorf("asked %+v", r.Requests(p.ID))
	}
}

func TestResults_OfOnePaymentInOneBatchKeepTheirOrder(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	r.Results(t.Context(), [][]byte{wire.Encode(Answer(q, payment.OutcomeChallenge)), wire.Encode(Answer(q, payment.OutcomeApproved)), wire.Encode(Answer(q, payment.OutcomeDeclined))})
	if got := r.Now(p.ID); got.Status != payment.Captured {
		t.Errorf("a challenge, an approval and a decline in one batch: want captured, got %+v", got)
	}
	if told := r.Told(p.ID); !slices.Equal(told, []string{"payment.processing", "payment.action_required", "payment.captured"}) {
		t.Errorf("told %v", told)
	}
}

func TestResults_ContradictionsAreRejectedAndChangeNothing(t *testing.T) {
	for name, spoil := range map[string]func(*wire.Result){
		"more":            func(w *wire.Result) { w.Amount = money.Must("20.00", "EUR") },
		"less":            func(w *wire.Result) { w.Amount = money.Must("19.98", "EUR") },
		"currency":        func(w *wire.Result) { w.Amount = money.Must("19.99", "USD") },
		"bank":            func(w *wire.Result) { w.Bank = "SLOWDE2A" },
		"attempt":         func(w *wire.Result) { w.Attempt = 2 },
		"no attempt":      func(w *wire.Result) { w.Attempt = 0 },
		"request":         func(w *wire.Result) { w.RequestID = "req_other" },
		"outcome":         func(w *wire.Result) { w.Outcome = "perhaps" },
		"no such payment": func(w *wire.Result) { w.Payment = "pay_01890a5d-ac96-774b-bcce-b302099a8057" },
	} {
		r := New(t, nil)
		p, q := r.Paid()
		yes := Answer(q, payment.OutcomeApproved)
		spoil(&yes)
		if h := r.Say(yes); !h.Reject || h.Err != nil || h.Note == "" {
			t.Errorf("a result with a wrong %s: want it rejected with a note, got %+v", name, h)
		}
		if got := r.Now(p.ID); !reflect.DeepEqual(got, p) || entries(r, p.ID) != 0 || len(r.Told(p.ID)) != 1 || len(r.Requests(p.ID)) != 1 {
			t.Errorf("%s: changed to %+v", name, got)
		}
		// The right answer still counts.
		if r.Say(Answer(q, payment.OutcomeError)); r.Now(p.ID).Status != payment.Failed {
			t.Errorf("%s: the right answer came to nothing: %+v", name, r.Now(p.ID))
		}
	}
}

func TestResults_PoisonHarmsNobodyBesideIt(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	good := wire.Encode(Answer(q, payment.OutcomeApproved))
	poison := [][]byte{
		nil, []byte("{"), []byte("null"), []byte("\x00\xff"), bytes.Repeat([]byte("["), 50_000), append(slices.Clone(good), '}'),
		bytes.Replace(good, []byte("SANDNL2A"), []byte("\xff"), 1), bytes.Replace(good, []byte(`"attempt":1`), []byte(`"attempt":1e30`), 1),
		bytes.Replace(good, []byte(`"value":"19.99"`), []byte(`"value":19.99`), 1), bytes.Repeat([]byte(" "), wire.MaxBody+1),
	}
	batch := append(slices.Clone(poison), good)
	for i, h := range r.Results(t.Context(), batch) {
		if wantReject := i < len(poison); h.Reject != wantReject || h.Err != nil || wantReject && h.Note == "" {
			t.Errorf("message %d of a batch with %d poisonous ones before a good one: want these rejected with a note, got %+v", i, len(poison), h)
		}
	}
	if got := r.Now(p.ID); got.Status != payment.Captured {
		t.Errorf("a good result beside poison: want captured, got %+v", got)
	}
}

// sleepy is a store whose processor never hears that a payment is due.
type sleepy struct{ processor.Store }

func (sleepy) Due(context.Context, time.Time, int) (ids []string, next time.Time, err error) {
	return nil, time.Time{}, nil
}

// An answer that comes after its deadline is late, even before the sweep: the
// money does not depend on which of the two is quicker.
func TestResults_AfterTheDeadlineMoveNoMoney(t *testing.T) {
	for _, outcome := range []payment.Outcome{payment.OutcomeApproved, payment.OutcomeDeclined, payment.OutcomeChallenge} {
		r := NewOver(t, func(s processor.Store) processor.Store { return sleepy{s} }, nil)
		p, q := r.Paid()
		r.Clock.Advance(Deadline)
		if h := r.Say(Answer(q, outcome)); h.Err != nil || h.Reject {
			t.Errorf("%s after the deadline: want the result taken, got %+v", outcome, h)
		}
		got, story := r.Now(p.ID), r.Story(p.ID)
		if got.Status != payment.Failed || got.Reason.Code != reason.BankTimeout || len(story.Entries) != 0 {
			t.Errorf("%s: %s, %+v, %d entries", outcome, got.Status, got.Reason, len(story.Entries))
		}
		kinds := map[string]int{}
		for _, m := range story.Messages {
			kinds[m.Kind+" "+string(m.Verdict)]++
		}
		if kinds["reverse "] != 1 || kinds["result late"] != 1 {
			t.Errorf("%s after the deadline: want one reversal and one late result, got %v", outcome, kinds)
		}
		if told := r.Told(p.ID); !slices.Equal(told, []string{"payment.processing", "payment.failed"}) {
			t.Errorf("%s: told %v", outcome, told)
		}
	}
}
