package dashboard

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/look/looktest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/wire"
)

// monied is a board after a day: a capture of 19.99 that is disputed and settled,
// a line that nobody knows, and a payout.
type monied struct {
	*board
	payment                             payment.Payment
	settlement, broken, payout, dispute string
}

func newMonied(t *testing.T) monied {
	t.Helper()
	m := monied{board: newBoard(t)}
	list, err := m.Processor.Store.Payments(t.Context(), processor.Filter{Limit: 1})
	m.OK(err)
	m.payment = list[0]
	eur, none := money.Must("5.00", "EUR"), money.Zero("EUR")
	line := func(reference string, amount, fee money.Amount) wire.Line {
		return wire.Line{Reference: reference, Payment: m.payment.ID, Kind: wire.LineCapture, Direction: wire.CreditLine, Amount: amount, Fee: fee, BookedAt: m.Clock.Now()}
	}
	batch := wire.Settlement{
		Type: wire.SettlementType, ID: "stl-SANDNL2A-EUR-20261122-1", Bank: "SANDNL2A", Currency: "EUR", BusinessDate: "2026-11-22", Sequence: 1,
		CoversUntil: m.Clock.Now().Add(time.Second), SentAt: m.Clock.Now(), Owed: none.Net(),
		Lines: []wire.Line{line(m.payment.Attempts[0].RequestID, m.payment.Amount, wire.BankFee(m.payment.Amount)), line("req_strange", eur, none)},
	}
	batch.Credits, batch.Debits, batch.Fees, batch.Net = batch.Sums()
	m.handle(wire.Encode(batch))
	m.settlement = m.settled()
	m.broken = m.only(processor.BreakRecord)
	_, err = m.PayOut(t.Context(), "")
	m.OK(err)
	m.payout = m.only(processor.PayoutRecord)
	by := m.Clock.Now().Add(7 * 24 * time.Hour)
	m.handle(wire.Encode(wire.Dispute{
		Type: wire.DisputeType, ID: "dsp_1", Dispute: "dispute-1", Payment: m.payment.ID, Attempt: 1, Bank: "SANDNL2A", Status: payment.NeedsResponse,
		Amount: eur, Reason: looktest.Hostile, RespondBy: &by, DecidedAt: m.Clock.Now(),
	}))
	m.dispute = m.only(processor.DisputeRecord)
	return m
}

func (m monied) handle(body []byte) {
	m.T.Helper()
	if h := m.Results(m.T.Context(), [][]byte{body})[0]; h.Reject || h.Err != nil {
		m.T.Fatalf("%+v", h)
	}
}

// settled moves the clock until the batch is matched.
func (m monied) settled() string {
	m.T.Helper()
	for range 20 {
		m.Clock.AwaitTimers(1)
		m.Clock.Advance(time.Second)
		m.Clock.AwaitTimers(1)
		list, err := m.Processor.Store.Records(m.T.Context(), processor.RecordFilter{Kind: processor.SettlementRecord, Status: string(settlement.Broken), Limit: 1})
		m.OK(err)
		if len(list) == 1 {
			return list[0].ID
		}
	}
	m.T.Fatal("the batch is not matched")
	return ""
}

func (m monied) only(kind processor.RecordKind) string {
	m.T.Helper()
	list, err := m.Processor.Store.Records(m.T.Context(), processor.RecordFilter{Kind: kind, Limit: 2})
	m.OK(err)
	if len(list) != 1 {
		m.T.Fatalf("%d of the kind %s", len(list), kind)
	}
	return list[0].ID
}

func TestMoney_PagesShowTheDay(t *testing.T) {
	m := newMonied(t)
	for path, wants := range map[string][]string{
		"/settlements":                        {"stl-SANDNL2A-EUR-20261122-1", "Has breaks", "24.95", "/banks/SANDNL2A/settle"},
		"/settlements/" + m.settlement:        {"unknown", "req_strange", "−€5.00", "/breaks/" + m.broken + "/claim", "/breaks/" + m.broken + "/write-off", "Settled"},
		"/payouts":                            {m.payout, "19.46"},
		"/payouts/" + m.payout:                {"19.46", "0.53", "SANDNL2A", "/payments/" + m.payment.ID},
		"/disputes":                           {m.dispute, "Needs response", html.EscapeString(looktest.Hostile)},
		"/disputes/" + m.dispute:              {"15.00", "name=\"evidence\"", html.EscapeString(looktest.Hostile)},
		"/ledger":                             {"/ledger/accounts/bank:SANDNL2A:breaks"},
		"/ledger/accounts/bank:SANDNL2A:cash": {"Settled by SANDNL2A", "24.95"},
		"/payments/" + m.payment.ID:           {"/payments/" + m.payment.ID + "/refund", "Refund"},
	} {
		code, body := m.get(path)
		for _, want := range wants {
			if code != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: %d, and not there: %s", path, code, want)
			}
		}
		if strings.Contains(body, looktest.Hostile) {
			t.Errorf("%s shows a bank's text as it came", path)
		}
		looktest.Gallery(t, "dashboard/money"+strings.ReplaceAll(strings.Trim(path, "/"), "/", "-")[:min(8, len(strings.Trim(path, "/")))], body)
	}
}

func TestMoney_ButtonsDoWhatTheySay(t *testing.T) {
	m := newMonied(t)
	press := func(path string, form url.Values) {
		t.Helper()
		if w := m.post(path, form); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	press("/breaks/"+m.broken+"/claim", nil)
	press("/breaks/"+m.broken+"/write-off", nil)
	press("/banks/SANDNL2A/settle", nil)
	press("/disputes/"+m.dispute+"/win", nil)
	press("/disputes/"+m.dispute+"/evidence", url.Values{"evidence": {"Delivered."}})
	press("/payments/"+m.payment.ID+"/refund", nil)
	kinds := map[string]int{}
	for _, msg := range m.Messages() {
		kinds[msg.Type]++
	}
	if kinds["control"] != 3 || kinds["evidence"] != 1 || kinds["refund"] != 1 {
		t.Errorf("asked of the bank: %v", kinds)
	}
	s, err := m.Processor.Store.RecordOf(t.Context(), processor.SettlementRecord, m.settlement)
	m.OK(err)
	if s.Status != string(settlement.Resolved) {
		t.Errorf("after its only break was written off the settlement is %s", s.Status)
	}
	if w := m.post("/disputes/"+m.dispute+"/evidence", url.Values{"evidence": {"Again."}}); w.Code != http.StatusConflict {
		t.Errorf("evidence a second time: %d", w.Code)
	}
	if w := m.post("/disputes/"+m.dispute+"/evidence", url.Values{"evidence": {" "}}); w.Code != http.StatusBadRequest {
		t.Errorf("no evidence: %d", w.Code)
	}
	if code, _ := m.get("/ledger/accounts/nobody"); code != http.StatusNotFound {
		t.Errorf("an account that is not there: %d", code)
	}
	if w := m.post("/payments/"+m.payment.ID+"/capture", nil); w.Code != http.StatusConflict {
		t.Errorf("a capture of what is captured: %d", w.Code)
	}
}

// Another merchant's people see nothing of it.
func TestMoney_IsTheMerchantsOwn(t *testing.T) {
	m := newMonied(t)
	other := m.as(identity.Principal{Person: "ann", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	for _, path := range []string{"/payouts/" + m.payout, "/disputes/" + m.dispute} {
		if code, _ := other.get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	for _, path := range []string{"/payouts", "/disputes"} {
		if code, body := other.get(path); code != http.StatusOK || strings.Contains(body, m.payout) || strings.Contains(body, m.dispute) {
			t.Errorf("%s: %d, and shows another's", path, code)
		}
	}
}
