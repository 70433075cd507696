package dashboard

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/identity"
	"sandbank/internal/iso20022"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
	"sandbank/web/gate"
	"sandbank/web/look/looktest"
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
	list, err := m.Disk.Payments(t.Context(), processor.Filter{Limit: 1})
	m.OK(err)
	m.payment = list[0]
	eur, none := money.Must("5.00", "EUR"), money.Zero("EUR")
	line := func(reference string, amount, fee money.Amount) wire.Line {
		return wire.Line{Reference: reference, Payment: m.payment.ID, Kind: wire.LineCapture, Direction: wire.LineCredit, Amount: amount, Fee: fee, BookedAt: m.Clock.Now()}
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
	_, err = m.PayOut(t.Context(), processor.Everyone())
	m.OK(err)
	m.payout = m.only(processor.PayoutRecord)
	by := m.Clock.Now().Add(7 * 24 * time.Hour)
	m.handle(wire.Encode(wire.Dispute{
		Type: wire.DisputeType, ID: "dsp_1", Dispute: "dispute-1", Payment: m.payment.ID, Attempt: 1, Bank: "SANDNL2A", Status: payment.DisputeNeedsResponse,
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
		m.Sweep(time.Second)
		list, err := m.Disk.Records(m.T.Context(), processor.RecordFilter{Kind: processor.SettlementRecord, Status: string(settlement.Broken), Limit: 1})
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
	list, err := m.Disk.Records(m.T.Context(), processor.RecordFilter{Kind: kind, Limit: 2})
	m.OK(err)
	if len(list) != 1 {
		m.T.Fatalf("%d of the kind %s", len(list), kind)
	}
	return list[0].ID
}

func TestSettlement_GivesTheBanksFiles(t *testing.T) {
	m := newMonied(t)
	for _, f := range statement.Formats() {
		code, body := m.get("/settlements/" + m.settlement + "/file?format=" + string(f))
		if code != http.StatusOK || !strings.Contains(body, "req_strange") {
			t.Errorf("asked for the settlement's file as %s: want 200 with the line req_strange, got %d: %s", f, code, body)
		}
		if f != statement.CSV && f != statement.Camt053v2 { // whose schema no module carries
			iso20022.Validate(t, string(f)+".001.08", []byte(body))
		}
	}
	if code, body := m.get("/settlements/" + m.settlement + "/file?format=pdf"); code != http.StatusBadRequest || !strings.Contains(body, "The query is not right") {
		t.Errorf("asked for the settlement's file as pdf: want 400 about the query, got %d: %s", code, body)
	}
}

func TestMoney_PagesShowTheDay(t *testing.T) {
	m := newMonied(t)
	for path, wants := range map[string][]string{
		"/settlements": {"stl-SANDNL2A-EUR-20261122-1", "Has breaks", "24.95"},
		"/settlements/" + m.settlement: {
			"Unknown", "req_strange", "−€5.00", "/settlements/" + m.settlement + "/file?format=camt.053", "/breaks/" + m.broken + "/claim", "href=\"/breaks/" + m.broken + "\"", "Settled",
		},
		"/breaks?status=open":                 {"/breaks/" + m.broken, "/settlements/" + m.settlement, "value=\"open\" selected"},
		"/breaks?status=corrected":            {"None."},
		"/breaks/" + m.broken:                 {"/breaks/" + m.broken + "/claim", "/breaks/" + m.broken + "/write-off", "name=\"note\"", "knows nothing of"},
		"/reconciliation":                     {"SANDNL2A", "Unexplained"},
		"/banks":                              {"/banks/SANDNL2A/settle", "/banks/SANDNL2A/offline", "/banks/SANDNL2A/plant", "wrong_amount"},
		"/payouts":                            {m.payout, "19.46", "action=\"/payouts\""},
		"/payouts/" + m.payout:                {"19.46", "0.53", "SANDNL2A", "/payments/" + m.payment.ID},
		"/disputes":                           {m.dispute, "Needs response", html.EscapeString(looktest.Hostile)},
		"/disputes/" + m.dispute:              {"15.00", "name=\"evidence\"", html.EscapeString(looktest.Hostile)},
		"/ledger":                             {"/ledger/accounts/bank:SANDNL2A:breaks"},
		"/ledger/accounts/bank:SANDNL2A:cash": {"Settled by SANDNL2A", "24.95"},
		"/payments/" + m.payment.ID: {
			"/payments/" + m.payment.ID + "/refund", "name=\"amount\"", "value=\"14.99\"", "/disputes/" + m.dispute,
			", the merchant named it", "(SANDNL2A): the merchant named it",
		},
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
			t.Fatalf("pressed the button of %s: want 303, got %d %s", path, w.Code, w.Body)
		}
	}
	press("/breaks/"+m.broken+"/claim", nil)
	press("/breaks/"+m.broken+"/write-off", url.Values{"note": {"Not worth a letter."}})
	press("/banks/SANDNL2A/settle", nil)
	press("/banks/SANDNL2A/offline", nil)
	press("/banks/SANDNL2A/online", nil)
	press("/banks/SANDNL2A/plant", url.Values{"kind": {"missing"}, "currency": {"EUR"}})
	press("/disputes/"+m.dispute+"/win", nil)
	press("/disputes/"+m.dispute+"/evidence", url.Values{"evidence": {"Delivered."}})
	press("/payments/"+m.payment.ID+"/refund", url.Values{"amount": {"4.99"}})
	press("/payments/"+m.payment.ID+"/refund", nil) // all that is left
	press("/payouts", nil)
	kinds, asked := map[string]int{}, []string{}
	for _, msg := range m.Messages() {
		if kinds[msg.Type]++; msg.Type == "refund" {
			r, err := wire.ReadRequest(msg.Body)
			m.OK(err)
			asked = append(asked, r.Amount.Value())
		}
	}
	if kinds["control"] != 6 || kinds["evidence"] != 1 || strings.Join(asked, " ") != "4.99 10.00" {
		t.Errorf("asked of the bank: %v, and to refund %v", kinds, asked)
	}
	s, err := m.Disk.RecordOf(t.Context(), processor.SettlementRecord, m.settlement)
	m.OK(err)
	if s.Status != string(settlement.Resolved) {
		t.Errorf("after its only break was written off the settlement is %s", s.Status)
	}
	if code, body := m.get("/breaks/" + m.broken); code != http.StatusOK || !strings.Contains(body, "Not worth a letter.") || strings.Contains(body, "name=\"note\"") {
		t.Errorf("the break that was written off: %d %s", code, body)
	}
}

// Refused input comes back on the same page, with the reason.
func TestMoney_WhatIsRefusedComesBack(t *testing.T) {
	m := newMonied(t)
	evidence, refund := "/disputes/"+m.dispute+"/evidence", "/payments/"+m.payment.ID+"/refund"
	for _, c := range []struct {
		path, field, typed string
		status             int
		says               string
	}{
		{"/breaks/" + m.broken + "/write-off", "note", " ", 422, "Say why it is written off"},
		{"/breaks/" + m.broken + "/write-off", "note", strings.Repeat("x", form.Note.Max+1), 422, "1 to 255 characters, not 256"},
		{evidence, "evidence", " ", 422, "Write down what speaks for the payment"},
		// The dashboard refuses what the HTTP interface refuses.
		{evidence, "evidence", strings.Repeat("é", form.Evidence.Max+1), 422, "1 to 2000 characters, not 2001"},
		{evidence, "evidence", "paid with 4242 4242\u00a04242 4242", 422, "must not have a card number in it"},
		{"/breaks/" + m.broken + "/write-off", "note", "4242/4242/4242/4242", 422, "must not have a card number in it"},
		{refund, "amount", "", 422, "Type an amount"},
		{refund, "amount", "0.00", 422, "must be more than zero"},
		{refund, "amount", "15.00", 422, "There is no more than 14.99 EUR left"},
		{refund, "amount", "1,50", 422, "amount"},
		{refund, "amount", "1.505", 422, "decimal"},
		{refund, "amount", looktest.Hostile, 422, "amount"},
		{"/payments/" + m.payment.ID + "/capture", "amount", "1.00", 409, "only an authorized one"},
		{"/banks/SANDNL2A/plant", "kind", "nonsense", 422, "Choose a kind of break"},
		{"/banks/SANDNL2A/plant", "currency", "XXX", 422, "does not settle in that"},
	} {
		w := m.post(c.path, url.Values{c.field: {c.typed}})
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.says) || strings.Contains(body, looktest.Hostile) {
			t.Errorf("%s with %q: %d, and not there: %s\n%s", c.path, c.typed, w.Code, c.says, body)
		}
		if instrument.NamesCard(c.typed) {
			if strings.Contains(body, html.EscapeString(c.typed)) {
				t.Errorf("%s: a card number came back", c.path)
			}
			continue
		}
		if typed := strings.TrimSpace(c.typed); c.status == 422 && c.field != "kind" && c.field != "currency" && !strings.Contains(body, html.EscapeString(typed)) {
			t.Errorf("%s: %q was not kept", c.path, typed)
		}
		if c.status == 422 && (!strings.Contains(body, `aria-invalid="true"`) || !strings.Contains(body, "<title>Error: ")) {
			t.Errorf("%s with %q: nothing is marked", c.path, c.typed)
		}
	}
	for _, msg := range m.Messages() {
		if msg.Type == "refund" || msg.Type == "control" || msg.Type == "evidence" {
			t.Errorf("something refused was asked of the bank: %s", msg.Body)
		}
	}
	for _, again := range []url.Values{{"evidence": {"Delivered."}}, {"evidence": {"Again."}}} {
		w := m.post(evidence, again)
		if want := map[string]int{"Delivered.": http.StatusSeeOther, "Again.": http.StatusConflict}[again.Get("evidence")]; w.Code != want {
			t.Errorf("%v: %d, want %d", again, w.Code, want)
		}
	}
	if code, _ := m.get("/ledger/accounts/nobody"); code != http.StatusNotFound {
		t.Errorf("an account that is not there: %d", code)
	}
}

// The audit log records a refusal that the page shows in its form.
func TestMoney_WhatIsRefusedIsRecorded(t *testing.T) {
	m := newMonied(t)
	var said []string
	record := func(r audit.Record) { said = append(said, string(r.Action)+" "+string(r.Outcome)+" "+r.Code) }
	router := mux.NewRouter()
	New(Config{
		Processor: m.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: m.Config.Address, Clock: m.Clock, Log: slog.New(slog.DiscardHandler),
		Gate: &gate.Gate{Clock: m.Clock, Chance: chance.Seeded(1), Log: slog.New(slog.DiscardHandler), Record: record},
	}).Mount(router)
	m.front = router
	for _, press := range []struct{ path, field, typed string }{
		{"/payments/" + m.payment.ID + "/refund", "amount", "15.00"}, {"/payments/" + m.payment.ID + "/refund", "amount", "1.00"},
		{"/breaks/" + m.broken + "/write-off", "note", ""}, {"/banks/SANDNL2A/plant", "kind", "x"}, {"/banks/SANDNL2A/offline", "", ""},
	} {
		m.post(press.path, url.Values{press.field: {press.typed}})
	}
	want := []string{ // a change of a payment is recorded in its commit
		"payment.refund refused amount_exceeds", "break.write_off refused request_invalid",
		"simulator.steer refused request_invalid", "simulator.steer allowed ",
	}
	if !slices.Equal(said, want) {
		t.Errorf("recorded is %q, not %q", said, want)
	}
}

// Lists have as many pages as it takes, and each thing stands on one of them.
func TestMoney_ListsHavePages(t *testing.T) {
	m := newMonied(t)
	var more []processor.Record
	for i := range 2 * perPage {
		id := fmt.Sprintf("brk_%036d", i)
		k := settlement.Break{ID: id, Kind: wire.BreakTwice, Status: settlement.BreakOpen, Settlement: m.settlement, Bank: "SANDNL2A", Currency: "EUR", Reference: "req_" + id,
			Expected: money.Zero("EUR"), Found: money.Zero("EUR"), ExpectedFee: money.Zero("EUR"), FoundFee: money.Zero("EUR"), Effect: money.Zero("EUR").Net(), First: money.Zero("EUR").Net()}
		more = append(more, processor.NewRecord(processor.Record{Kind: processor.BreakRecord, ID: id, Bank: k.Bank, Status: string(k.Status)}, k))
		k.ID, k.Settlement = "brk_other"+id[4:], "stl_other"
		more = append(more, processor.NewRecord(processor.Record{Kind: processor.BreakRecord, ID: k.ID, Bank: k.Bank, Status: string(k.Status)}, k))
	}
	found, err := m.Disk.RecordOf(t.Context(), processor.SettlementRecord, m.settlement)
	m.OK(err)
	s, err := processor.Decode[settlement.Settlement](found)
	m.OK(err)
	s.OpenBreaks += 2 * perPage
	other := s
	other.ID, other.Sequence, other.OpenBreaks, other.Net = "stl_other", 2, 2*perPage, money.Zero("EUR").Net()
	for _, one := range []settlement.Settlement{s, other} {
		more = append(more, processor.NewRecord(processor.Record{Kind: processor.SettlementRecord, ID: one.ID, Bank: one.Bank, Status: string(one.Status)}, one))
	}
	m.keep(more...)
	for first, want := range map[string]int{"/settlements/" + m.settlement: 2*perPage + 1, "/breaks?status=open": 4*perPage + 1} {
		seen := map[string]bool{}
		pages := 0
		for path := first; path != "" && pages < 9; pages++ {
			code, body := m.get(path)
			if code != http.StatusOK {
				t.Fatalf("asked for %s: want 200, got %d", path, code)
			}
			for _, found := range breakLinks.FindAllStringSubmatch(body, -1) {
				seen[found[1]] = true
			}
			if path = ""; len(olderLink.FindStringSubmatch(body)) > 0 {
				path = html.UnescapeString(olderLink.FindStringSubmatch(body)[1])
			}
			if newest := strings.Contains(body, ">Newest</a>"); newest != (pages > 0) {
				t.Errorf("page %d of %s leads to the newest: %t", pages, first, newest)
			}
		}
		if len(seen) != want || pages != (want+perPage-1)/perPage {
			t.Errorf("%s shows %d breaks on %d pages, and there are %d", first, len(seen), pages, want)
		}
	}
	m.itemsHavePages()
	if code, _ := m.get("/breaks?before=" + strings.Repeat("x", form.Search.Max+1)); code != http.StatusBadRequest {
		t.Errorf("an endless address: %d", code)
	}
}

// itemsHavePages goes through the items of a settlement, oldest first.
func (m monied) itemsHavePages() {
	m.T.Helper()
	zero := money.Zero("EUR")
	m.OK(m.Disk.Commit(m.T.Context(), processor.Load{}, func(w *processor.Work) error {
		for i := range 2 * perPage {
			w.Items = append(w.Items, settlement.Item{
				ID: fmt.Sprintf("req_%03d", i), Kind: settlement.ItemRefund, Of: "x", Merchant: "demo-shop", Bank: "SANDNL2A", Payment: m.payment.ID, Reference: fmt.Sprintf("ref-%03d", i),
				Amount: zero, MerchantFee: zero, BankFee: zero, BookedAt: m.Clock.Now(), State: settlement.ItemSettled, Settlement: m.settlement, Payout: "po_x",
			})
		}
		return nil
	}))
	seen, pages := map[string]bool{}, 0
	for path := "/settlements/" + m.settlement; path != "" && pages < 9; pages++ {
		_, body := m.get(path)
		for _, found := range itemRefs.FindAllString(body, -1) {
			seen[found] = true
		}
		if path = ""; len(moreLink.FindStringSubmatch(body)) > 0 {
			path = html.UnescapeString(moreLink.FindStringSubmatch(body)[1])
		}
		if first := strings.Contains(body, ">First</a>"); first != (pages > 0) {
			m.T.Errorf("page %d of the items leads to the first: %t", pages, first)
		}
	}
	if len(seen) != 2*perPage || pages != 3 {
		m.T.Errorf("%d items on %d pages", len(seen), pages)
	}
}

// keep puts records into the store.
func (m monied) keep(list ...processor.Record) {
	m.T.Helper()
	m.OK(m.Disk.Commit(m.T.Context(), processor.Load{}, func(w *processor.Work) error {
		w.Records = append(w.Records, list...)
		return nil
	}))
}

var (
	breakLinks = regexp.MustCompile(`<a href="/breaks/(brk_[^"/]+)"`)
	itemRefs   = regexp.MustCompile(`ref-\d{3}`)
	moreLink   = regexp.MustCompile(`<a class="btn btn-plain" href="([^"#]+)#items">More `)
	olderLink  = regexp.MustCompile(`<a class="btn btn-plain" href="([^"]+)">Older `)
)

// Another merchant's people see nothing of it.
func TestMoney_IsTheMerchantsOwn(t *testing.T) {
	m := newMonied(t)
	other := m.as(identity.Principal{Person: "ann", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	for _, path := range []string{"/payouts/" + m.payout, "/disputes/" + m.dispute} {
		if code, _ := other.get(path); code != http.StatusNotFound {
			t.Errorf("another merchant asked for %s: want 404, got %d", path, code)
		}
	}
	for _, path := range []string{"/payouts", "/disputes"} {
		if code, body := other.get(path); code != http.StatusOK || strings.Contains(body, m.payout) || strings.Contains(body, m.dispute) {
			t.Errorf("%s: %d, and shows another's", path, code)
		}
	}
}

// The events are narrowed by type, and the page says where none fits.
func TestEvents_AreNarrowedByType(t *testing.T) {
	m := newMonied(t)
	for path, want := range map[string][2]string{ // what is there, and what is not
		"/events?type=payment.captured": {"<strong>payment.captured</strong>", "<strong>payment.processing</strong>"},
		"/events?type=void.failed":      {"No event fits", "<strong>"},
		"/events":                       {"<strong>payment.processing</strong>", "Show all"},
	} {
		if code, body := m.get(path); code != http.StatusOK || !strings.Contains(body, want[0]) || strings.Contains(after(body, "<h1>"), want[1]) {
			t.Errorf("asked for %s: want %q and not %q, got %d %.2000s", path, want[0], want[1], code, after(body, "<h1>"))
		}
	}
	if code, _ := m.get("/events?kind=payment.captured"); code != http.StatusBadRequest {
		t.Errorf("a filter that is not known: want 400, got %d", code)
	}
}

// after is what follows a mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}
