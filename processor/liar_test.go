package processor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/bank"
	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/sqlite"
)

// liar is a bank that works as any, and besides sends every message of valid
// form: about its own payments and other banks'.
var liar = bank.Temper{Identifier: "LIARFR2A", Currencies: []money.Currency{"EUR"}}

// forge is a few things that the liar says, and what becomes of them.
func (m *model) forge() {
	for range rapid.IntRange(1, 5).Draw(m.T, "lies") {
		m.lie()
	}
	m.proc.Sweep(m.ctx)
	m.holds()
}

// lie is one of them. It may be refused, but never for now.
func (m *model) lie() {
	var body []byte
	switch rapid.IntRange(0, 2).Draw(m.T, "a lie") {
	case 0:
		body = m.lieOfRequest()
	case 1:
		body = m.lieOfDispute()
	default:
		body = m.lieOfSettlement()
	}
	if body == nil {
		return
	}
	for range rapid.IntRange(1, 2).Draw(m.T, "times") {
		for _, h := range m.proc.Results(m.ctx, [][]byte{body}) {

			if h.Err != nil && !errors.Is(h.Err, processor.ErrEarly) {
				m.Fatalf("%s: %v", body, h.Err)
			}
		}
	}
}

func (m *model) lieOfRequest() []byte {
	if len(m.asked) == 0 {
		return nil
	}
	q := m.asked[rapid.IntRange(0, len(m.asked)-1).Draw(m.T, "request")]
	r := Answer(q, rapid.SampledFrom([]payment.Outcome{payment.OutcomeApproved, payment.OutcomeDeclined, payment.OutcomeError}).Draw(m.T, "outcome"))
	r.Bank, r.ID, r.DecidedAt = liar.Identifier, fmt.Sprintf("lie-%d", rapid.IntRange(1, 20).Draw(m.T, "id")), m.clock.Now()
	if rapid.Bool().Draw(m.T, "amount") {
		r.Amount = m.amount(q.Amount.Currency(), 5000)
	}
	return wire.Encode(r)
}

func (m *model) lieOfDispute() []byte {
	if len(m.ids) == 0 {
		return nil
	}
	p := m.payment(m.ids[len(m.ids)-1])
	for _, id := range m.ids {
		if one := m.payment(id); one.Bank == liar.Identifier && one.Refundable().IsPositive() && rapid.Bool().Draw(m.T, "own") {
			p = one
		}
	}
	by := m.clock.Now().Add(time.Hour)
	d := wire.Dispute{
		Type: wire.DisputeType, ID: fmt.Sprintf("lie-%d", rapid.IntRange(21, 40).Draw(m.T, "id")), Dispute: fmt.Sprintf("dispute-%d", rapid.IntRange(1, 3).Draw(m.T, "name")),
		Payment: p.ID, Attempt: max(1, len(p.Attempts)), Bank: liar.Identifier, Reason: "fraudulent", DecidedAt: m.clock.Now(), Amount: p.Refundable(),
		Status: rapid.SampledFrom([]payment.DisputeStatus{payment.DisputeNeedsResponse, payment.DisputeWon, payment.DisputeLost}).Draw(m.T, "status"),
	}
	if !d.Amount.IsPositive() || rapid.Bool().Draw(m.T, "another amount") {
		d.Amount = m.amount(rapid.SampledFrom([]money.Currency{"EUR", "JPY"}).Draw(m.T, "currency"), 5000)
	}
	if !d.Status.Final() {
		d.RespondBy = &by
	}
	return wire.Encode(d)
}

func (m *model) lieOfSettlement() []byte {
	s := wire.Settlement{
		Type: wire.SettlementType, ID: fmt.Sprintf("lie-%d", rapid.IntRange(41, 60).Draw(m.T, "id")), Bank: liar.Identifier,
		Currency:     rapid.SampledFrom([]money.Currency{"EUR", "JPY"}).Draw(m.T, "currency"),
		BusinessDate: m.clock.Now().Format(time.DateOnly), Sequence: rapid.IntRange(1, 5).Draw(m.T, "sequence"), SentAt: m.clock.Now(),
		CoversUntil: m.clock.Now().Add(time.Duration(rapid.IntRange(-100, 100).Draw(m.T, "covers")) * time.Minute),
	}
	references := []string{"nobody's", "dispute-1", "dispute-2"}
	for _, q := range m.asked {
		references = append(references, q.ID)
	}
	kinds := []wire.LineKind{wire.LineCapture, wire.LineRefund, wire.LineChargeback, wire.LineReversal, wire.LineCorrection}
	for range rapid.IntRange(0, 4).Draw(m.T, "lines") {
		s.Lines = append(s.Lines, wire.Line{
			Reference: rapid.SampledFrom(references).Draw(m.T, "reference"), Payment: "pay_x", Kind: rapid.SampledFrom(kinds).Draw(m.T, "kind"),
			Direction: rapid.SampledFrom([]string{wire.LineCredit, wire.LineDebit}).Draw(m.T, "direction"),
			Amount:    m.amount(s.Currency, 5000), Fee: m.amount(s.Currency, 10), BookedAt: m.clock.Now(),
		})
	}
	s.Credits, s.Debits, s.Fees, s.Net = s.Sums()
	s.Owed = m.amount(s.Currency, 9000).Net()
	return wire.Encode(s)
}

// With a bank that invents messages, the money adds up, and no other bank's is
// touched.
func TestMoney_AddsUpWhateverABankMakesUp(t *testing.T) {
	forged, believed, disputed := 0, 0, 0
	property := func(rt *rapid.T) {
		store, err := sqlite.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		w := newWorld(rt, t.Context(), store, brisk, liar)
		defer func() { w.end() }()
		m := &model{world: w, T: rt}
		steps := m.steps()
		for _, more := range []string{"forge", "forge more", "forge still more"} {
			steps[more] = func(*rapid.T) { m.forge() }
		}
		rt.Repeat(steps)
		m.lastCutOff()
		m.payOut()
		m.wait(2 * time.Hour)
		m.holds()
		m.agree(false)
		for _, k := range recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord, Bank: brisk.Identifier}) {
			if k.Kind == wire.BreakUnknown && slices.Contains([]string{"nobody's", "dispute-1", "dispute-2"}, k.Reference) {
				m.Errorf("a lie became another bank's break: %+v", k)
			}
		}
		for _, id := range m.ids {
			p := m.payment(id)
			for _, d := range p.Disputes {
				if made := strings.HasPrefix(d.BankDispute, "dispute-"); made && p.Bank != liar.Identifier {
					m.Errorf("a lie disputes another bank's payment: %+v", d)
				} else if made {
					disputed++
				}
			}
		}
		for _, k := range recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord, Bank: liar.Identifier}) {
			if forged++; k.Kind != wire.BreakUnknown {
				believed++
			}
		}
	}
	// A busy machine gets few cases into the time: it takes further rounds until enough was tried.
	for round := 0; round < 10 && !t.Failed() && (forged < 20 || believed+disputed == 0); round++ {
		during(t, 8*time.Second, func() bool { return true }, property)
	}
	if forged < 20 || believed+disputed == 0 {
		t.Errorf("%d breaks came of it, %d of them about something, and %d disputes: the test tried nothing", forged, believed, disputed)
	}
}
