package graph_test

import (
	"strings"
	"testing"

	"sandbank/broker/wire"
	"sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

// A payment's captured money is settled, paid out and disputed, and all of that
// is shown; an event about a payout has that, and no payment.
func TestQuery_ShowsPayoutsAndDisputes(t *testing.T) {
	h := newHouse(t, nil)
	p := h.captured()
	r := h.Requests(p.ID)[0]
	b := wire.Settlement{
		Type: wire.SettlementType, ID: "stl-1", Bank: r.Bank, Currency: "EUR", BusinessDate: "2026-11-22", Sequence: 1,
		CoversUntil: processortest.Start, Owed: money.Zero("EUR").Net(), SentAt: processortest.Start, Lines: []wire.Line{{
			Reference: r.ID, Payment: p.ID, Kind: wire.LineCapture, Direction: wire.LineCredit, Amount: r.Amount, Fee: wire.BankFee(r.Amount), BookedAt: processortest.Start,
		}},
	}
	b.Credits, b.Debits, b.Fees, b.Net = b.Sums()
	h.Results(t.Context(), [][]byte{wire.Encode(b)})
	id := ""
	for id == "" && t.Context().Err() == nil { // the batch is matched in a step of its own
		made, err := h.PayOut(t.Context(), processor.Everyone())
		h.OK(err)
		for _, one := range made {
			id = one.ID
		}
	}
	by := processortest.Start.AddDate(0, 0, 7)
	h.Results(t.Context(), [][]byte{wire.Encode(wire.Dispute{
		Type: wire.DisputeType, ID: "dis-1", Dispute: "bank-dispute", Payment: p.ID, Attempt: 1, Bank: r.Bank, Status: payment.DisputeNeedsResponse,
		Amount: r.Amount, Reason: "fraudulent", RespondBy: &by, DecidedAt: processortest.Start,
	})})
	got := h.ask(`{
		payouts { data { id status amount { value } refunded { value currency } shares { bank amount { value } } } nextCursor }
		disputes(status: needs_response, limit: 1) { data { id payment status amount { value } fee { value } respondBy decidedAt } }
		events(types: ["payout.created"]) { data { payment { id } payout { id } } }
		payment(id: "`+p.ID+`") { dispute { status } }
	}`, nil)
	if len(got.Errors) > 0 {
		t.Fatalf("asked for payouts and disputes: want no errors, got %+v", got.Errors)
	}
	payout, dispute := at(got.Data, "payouts", "data").([]any)[0], at(got.Data, "disputes", "data").([]any)[0]
	told := at(got.Data, "events", "data").([]any)[0]
	for _, c := range []struct{ got, want any }{
		{at(payout, "id"), id}, {at(payout, "amount", "value"), "19.46"}, {at(payout, "refunded", "value"), "0.00"}, {at(payout, "refunded", "currency"), "EUR"},
		{at(dispute, "payment"), p.ID}, {at(dispute, "fee", "value"), "15.00"}, {at(dispute, "decidedAt"), nil},
		{at(told, "payment"), nil}, {at(told, "payout", "id"), id}, {at(got.Data, "payment", "dispute", "status"), "needs_response"},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
	bad := h.ask(`{ payouts(cursor: "dp_1", limit: 0) { data { id } } }`, nil)
	if len(bad.Errors) != 1 || !strings.Contains(bad.Errors[0].Message, "arguments") {
		t.Errorf("asked for payouts with a bad cursor and limit: want one error about the arguments, got %+v", bad.Errors)
	}
}
