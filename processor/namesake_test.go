package processor_test

import (
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/chance"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// namesakes are two banks that choose the same name for everything: messages,
// disputes, batches. Each has captured one payment.
type namesakes struct {
	*Rig
	payments map[string]payment.Payment
}

func newNamesakes(t *testing.T) namesakes {
	n := namesakes{New(t, nil), map[string]payment.Payment{}}
	for _, bic := range []string{"SANDNL2A", "SLOWDE2A"} {
		wish := Wish()
		wish.Bank = bic
		p, _, err := n.Create(t.Context(), wish)
		n.OK(err)
		_, q := n.Try(p.ID)
		said := Answer(q, payment.OutcomeApproved)
		said.ID = "message-1"
		if h := n.Say(said); h.Err != nil || h.Reject || h.Note != "" {
			t.Fatalf("%s said message-1: want it taken, got %+v", bic, h)
		}
		if n.payments[bic] = n.Now(p.ID); n.payments[bic].Status != payment.Captured {
			t.Fatalf("%s is not heard: %s", bic, n.payments[bic].Status)
		}
	}
	return n
}

// says hands in a bank's message.
func (n namesakes) says(message any) {
	n.T.Helper()
	if h := n.Results(n.T.Context(), [][]byte{wire.Encode(message)})[0]; h.Err != nil || h.Reject || h.Note != "" {
		n.T.Fatalf("%+v", h)
	}
}

func (n namesakes) claim(p payment.Payment, id string, status payment.DisputeStatus) wire.Dispute {
	by := Start.Add(time.Hour)
	return wire.Dispute{
		Type: wire.DisputeType, ID: id, Dispute: "dispute-1", Payment: p.ID, Attempt: 1, Bank: p.Bank, Status: status,
		Amount: p.Amount, Reason: "fraudulent", RespondBy: &by, DecidedAt: Start,
	}
}

// batch is the capture and the chargeback of a bank.
func (n namesakes) batch(p payment.Payment) wire.Settlement {
	none := money.Zero("EUR")
	line := func(kind wire.LineKind, direction, name string, fee money.Amount) wire.Line {
		return wire.Line{Reference: name, Payment: p.ID, Kind: kind, Direction: direction, Amount: p.Amount, Fee: fee, BookedAt: Start}
	}
	s := wire.Settlement{
		Type: wire.SettlementType, ID: "batch-1", Bank: p.Bank, Currency: "EUR", BusinessDate: "2026-11-22", Sequence: 1,
		CoversUntil: Start.Add(time.Second), SentAt: Start, Owed: none.Net(),
		Lines: []wire.Line{
			line(wire.LineCapture, wire.LineCredit, p.Last().RequestID, wire.BankFee(p.Amount)),
			line(wire.LineChargeback, wire.LineDebit, "dispute-1", none),
		},
	}
	s.Credits, s.Debits, s.Fees, s.Net = s.Sums()
	return s
}

// A bank may give its answer the id of the request that it answers.
func TestResults_MayHaveTheRequestsID(t *testing.T) {
	r := New(t, nil)
	p, q := r.Paid()
	said := Answer(q, payment.OutcomeApproved)
	said.ID = q.ID
	for range 2 { // and say it twice
		if h := r.Say(said); h.Err != nil || h.Reject {
			t.Fatalf("the bank answered under the request's id: want it taken, got %+v", h)
		}
	}
	if got := r.Now(p.ID); got.Status != payment.Captured || len(r.Story(p.ID).Messages) != 2 || len(r.Told(p.ID)) != 2 {
		t.Errorf("%s, recorded %+v", got.Status, r.Story(p.ID).Messages)
	}
}

// Two banks that choose the same names stay apart: each dispute is lost, each
// chargeback settled, and nothing of one is taken for the other's.
func TestNamesakes_AreToldApart(t *testing.T) {
	n := newNamesakes(t)
	for _, p := range n.payments {
		n.says(n.claim(p, "message-2", payment.DisputeNeedsResponse))
		n.says(n.claim(p, "message-3", payment.DisputeLost))
	}
	for bic, p := range n.payments {
		id := settlement.ChargebackID(bic, p.ID, "dispute-1")
		list, err := n.Disk.Items(t.Context(), processor.ItemFilter{IDs: []string{id}, Limit: 2})
		n.OK(err)
		if len(list) != 1 || list[0].Bank != bic || list[0].Payment != p.ID || list[0].State != settlement.ItemOpen || list[0].Named() != "dispute-1" {
			t.Fatalf("the chargeback at %s: %+v", bic, list)
		}
	}
	for _, p := range n.payments {
		n.says(n.batch(p))
	}
	for range 20 {
		n.Sweep(time.Second)
	}
	list, err := n.Disk.Records(t.Context(), processor.RecordFilter{Kind: processor.SettlementRecord, Limit: 3})
	n.OK(err)
	if len(list) != 2 || list[0].Status != string(settlement.Matched) || list[1].Status != string(settlement.Matched) {
		t.Errorf("the batches are %+v", list)
	}
}

// A bank may give disputes of two payments one name, even at the same instant: each is opened, and booked on its own payment.
func TestDispute_MayHaveTheNameOfAnother(t *testing.T) {
	r := New(t, func(c *processor.Config) { c.Chance = chance.Seeded(1) }) // identifiers are made of what they belong to
	ids := map[string]string{}
	for _, message := range []string{"message-2", "message-3"} {
		p, q := r.Paid()
		r.Say(Answer(q, payment.OutcomeApproved))
		n := namesakes{Rig: r}
		n.says(n.claim(r.Now(p.ID), message, payment.DisputeNeedsResponse))
		list := r.Now(p.ID).Disputes
		if len(list) != 1 || ids[list[0].ID] != "" {
			t.Fatalf("payment %s is disputed as dispute-1: want one dispute with an id of its own, got %+v beside %v", p.ID, list, ids)
		}
		ids[list[0].ID] = p.ID
	}
}

// Two disputes of one bank with one name are both lost: each chargeback has an item of its own, which its own line settles.
func TestDispute_LostBesideItsNamesake(t *testing.T) {
	n := namesakes{New(t, nil), map[string]payment.Payment{}}
	batch := wire.Settlement{}
	for i, first := range []string{"message-2", "message-4"} {
		p, q := n.Paid()
		n.Say(Answer(q, payment.OutcomeApproved))
		n.payments[p.ID] = n.Now(p.ID)
		n.says(n.claim(n.payments[p.ID], first, payment.DisputeNeedsResponse))
		n.says(n.claim(n.payments[p.ID], first+"-end", payment.DisputeLost))
		if one := n.batch(n.payments[p.ID]); i == 0 {
			batch = one
		} else { // the later payment's first
			batch.Lines = append(one.Lines, batch.Lines...)
		}
	}
	list, err := n.Disk.Items(t.Context(), processor.ItemFilter{Limit: 100})
	n.OK(err)
	lost := map[string]bool{}
	for _, i := range list {
		if i.Kind == settlement.ItemChargeback {
			lost[i.Payment] = true
		}
	}
	if len(lost) != 2 {
		t.Fatalf("two disputes called dispute-1 were lost: want a chargeback on each of their payments, got %v", lost)
	}
	batch.Credits, batch.Debits, batch.Fees, batch.Net = batch.Sums()
	n.says(batch)
	for range 20 {
		n.Sweep(time.Second)
	}
	settled, err := n.Disk.Records(t.Context(), processor.RecordFilter{Kind: processor.SettlementRecord, Limit: 2})
	n.OK(err)
	if len(settled) != 1 || settled[0].Status != string(settlement.Matched) {
		t.Errorf("a batch that lists both: want it matched, got %+v", settled)
	}
}
