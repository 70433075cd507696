package api_test

import (
	"net/http"
	"strings"
	"testing"

	"sandbank/broker/wire"
	"sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// moneyed is a rig with a disputed payment, a settlement with a break, and a
// payout, all of demo-shop's.
func moneyed(t *testing.T) (r *rig, ids map[string]string) {
	t.Helper()
	r = newRig(t, nil)
	var lines []wire.Line
	for range 3 {
		p, q := r.Paid()
		r.Say(processortest.Answer(q, payment.OutcomeApproved))
		ids = map[string]string{"payment": p.ID}
		lines = append(lines, wire.Line{
			Reference: q.ID, Payment: p.ID, Kind: wire.LineCapture, Direction: wire.LineCredit, Amount: q.Amount, Fee: wire.BankFee(q.Amount), BookedAt: processortest.Start,
		})
	}
	lines[0].Fee = money.Must("1.00", "EUR")
	b := wire.Settlement{
		Type: wire.SettlementType, ID: "stl-1", Bank: "SANDNL2A", Currency: "EUR", BusinessDate: "2026-11-22", Sequence: 1,
		CoversUntil: processortest.Start, Lines: lines, Owed: money.Must("0.96", "EUR").Net(), SentAt: processortest.Start,
	}
	b.Credits, b.Debits, b.Fees, b.Net = b.Sums()
	r.Results(t.Context(), [][]byte{wire.Encode(b)})
	for ids["settlement"] == "" && t.Context().Err() == nil {
		for _, s := range r.records(processor.SettlementRecord) {
			if s.Status == string(settlement.Broken) {
				ids["settlement"] = s.ID
			}
		}
	}
	made, err := r.PayOut(t.Context(), processor.Everyone())
	r.OK(err)
	if len(made) != 1 {
		t.Fatalf("payouts: %+v", made)
	}
	ids["payout"], ids["break"] = made[0].ID, r.records(processor.BreakRecord)[0].ID
	by := processortest.Start.AddDate(0, 0, 7)
	r.Results(t.Context(), [][]byte{wire.Encode(wire.Dispute{
		Type: wire.DisputeType, ID: "dis-1", Dispute: "bank-dispute", Payment: ids["payment"], Attempt: 1, Bank: "SANDNL2A",
		Status: payment.DisputeNeedsResponse, Amount: money.Must("19.99", "EUR"), Reason: "fraudulent", RespondBy: &by, DecidedAt: processortest.Start,
	})})
	ids["dispute"] = r.records(processor.DisputeRecord)[0].ID
	for { // until the payout has arrived, after which nothing changes by itself
		if list := r.records(processor.PayoutRecord); list[0].Status == string(settlement.PayoutPaid) || t.Context().Err() != nil {
			return r, ids
		}
	}
}

func (r *rig) records(kind processor.RecordKind) []processor.Record {
	r.T.Helper()
	list, err := r.Disk.Records(r.T.Context(), processor.RecordFilter{Kind: kind, Limit: 10})
	r.OK(err)
	return list
}

// Another merchant sees nothing of it, and changes nothing.
func TestMoney_IsItsMerchantsAlone(t *testing.T) {
	r, ids := moneyed(t)
	before := r.Stored()
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/v1/disputes/" + ids["dispute"], ""},
		{"POST", "/v1/disputes/" + ids["dispute"] + "/evidence", `{"evidence": "mine"}`},
		{"GET", "/v1/payouts/" + ids["payout"], ""},
		{"GET", "/v1/payouts/" + ids["payout"] + "/items", ""},
		{"POST", "/v1/payments/" + ids["payment"] + "/refunds", ""},
		{"GET", "/v1/payments/" + ids["payment"] + "/captures", ""},
	} {
		if w := r.call(c.method, c.path, c.body, "Authorization: Bearer other-shop"); w.Code != 404 {
			t.Errorf("%s %s by another: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/v1/disputes", "/v1/payouts"} {
		var mine, theirs struct{ Data []any }
		r.read(r.call("GET", path, ""), &mine)
		r.read(r.call("GET", path, "", "Authorization: Bearer other-shop"), &theirs)
		if len(mine.Data) != 1 || len(theirs.Data) != 0 {
			t.Errorf("%s: %d of mine, %d of theirs", path, len(mine.Data), len(theirs.Data))
		}
	}
	// A merchant is no staff.
	for _, c := range []struct{ method, path string }{
		{"POST", "/v1/payouts"}, {"GET", "/v1/settlements"}, {"GET", "/v1/settlements/" + ids["settlement"] + "/file"}, {"GET", "/v1/breaks"},
		{"POST", "/v1/breaks/" + ids["break"] + "/write-off"}, {"GET", "/v1/ledger/accounts"}, {"GET", "/v1/reconciliation"},
		{"POST", "/sim/banks/SANDNL2A/settle"}, {"POST", "/sim/payments/" + ids["payment"] + "/dispute"},
	} {
		if w := r.call(c.method, c.path, ""); w.Code != 403 {
			t.Errorf("%s %s by a merchant: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	r.Unchanged("what others asked for", before)
}

func TestMoney_RefusesBadInput(t *testing.T) {
	r, ids := moneyed(t)
	before := r.Stored()
	dispute, brk := "/v1/disputes/"+ids["dispute"]+"/evidence", "/v1/breaks/"+ids["break"]+"/write-off"
	for name, c := range map[string]struct {
		method, path, body, field string
	}{
		"evidence missing":    {"POST", dispute, `{}`, "/evidence"},
		"evidence a number":   {"POST", dispute, `{"evidence": 1}`, "/evidence"},
		"evidence long":       {"POST", dispute, `{"evidence": "` + strings.Repeat("x", 2001) + `"}`, "/evidence"},
		"evidence NUL":        {"POST", dispute, `{"evidence": "a\u0000"}`, "/evidence"},
		"evidence a card":     {"POST", dispute, `{"evidence": "4242424242424242"}`, "/evidence"},
		"evidence a hid card": {"POST", dispute, `{"evidence": "4242\u20114242\u20114242\u20114242"}`, "/evidence"},
		"note a card":         {"POST", brk, `{"note": "4242/4242/4242/4242"}`, "/note"},
		"evidence and more":   {"POST", dispute, `{"evidence": "a", "file": "b"}`, "/file"},
		"note missing":        {"POST", brk, `{}`, "/note"},
		"note long":           {"POST", brk, `{"note": "` + strings.Repeat("x", 256) + `"}`, "/note"},
		"note null":           {"POST", brk, `null`, ""},
		"share above one":     {"PATCH", "/sim/banks/SANDNL2A", `{"declines": 1.01}`, "/declines"},
		"share negative":      {"PATCH", "/sim/banks/SANDNL2A", `{"silent": -0.1}`, "/silent"},
		"share a string":      {"PATCH", "/sim/banks/SANDNL2A", `{"twice": "often"}`, "/twice"},
		"delay beyond":        {"PATCH", "/sim/banks/SANDNL2A", `{"max_delay_ms": 86400001}`, "/max_delay_ms"},
		"delay a fraction":    {"PATCH", "/sim/banks/SANDNL2A", `{"max_delay_ms": 1.5}`, "/max_delay_ms"},
		"temper unknown":      {"PATCH", "/sim/banks/SANDNL2A", `{"mood": 1}`, "/mood"},
		"no breaks":           {"POST", "/sim/banks/SANDNL2A/plant", `{"breaks": []}`, "/breaks"},
		"too many breaks":     {"POST", "/sim/banks/SANDNL2A/plant", `{"breaks": [` + strings.Repeat(`{"kind": "twice"},`, 100) + `{"kind": "twice"}]}`, "/breaks"},
		"break unknown":       {"POST", "/sim/banks/SANDNL2A/plant", `{"breaks": [{"kind": "gone"}]}`, "/breaks/0/kind"},
		"break's currency":    {"POST", "/sim/banks/SANDNL2A/plant", `{"breaks": [{"kind": "twice", "currency": "eur"}]}`, "/breaks/0/currency"},
		"dispute's reason":    {"POST", "/sim/payments/" + ids["payment"] + "/dispute", `{"reason": 7}`, "/reason"},
		"hold nowhere":        {"POST", "/sim/holds", `{"hops": []}`, "/hops"},
		"hold unknown":        {"POST", "/sim/holds", `{"hops": ["answer"]}`, "/hops"},
		"hold twice":          {"POST", "/sim/holds", `{"hops": ["request", "request"]}`, "/hops"},
		"hold a word":         {"POST", "/sim/holds", `{"hops": "request"}`, "/hops"},
		"hold null":           {"POST", "/sim/holds", `{"hops": null}`, "/hops"},
		"hold and more":       {"POST", "/sim/holds", `{"until": "tomorrow"}`, "/until"},
		"hold for ever":       {"POST", "/sim/holds", `{"for": "9000h"}`, "/for"},
		"hold for nothing":    {"POST", "/sim/holds", `{"for": "0s"}`, "/for"},
		"hold for a number":   {"POST", "/sim/holds", `{"for": 30}`, "/for"},
		"hold within a day":   {"POST", "/sim/holds", `{"within": "24h"}`, "/within"},
		"hold times zero":     {"POST", "/sim/holds", `{"times": 0}`, "/times"},
		"hold times half":     {"POST", "/sim/holds", `{"times": 1.5}`, "/times"},
		"hold times huge":     {"POST", "/sim/holds", `{"times": 9e99}`, "/times"},
		"hold a payment's id": {"POST", "/sim/holds", `{"payment": "4242 4242 4242 4242"}`, "/payment"},
		"step a payment's id": {"POST", "/sim/step", `{"payment": "pay_%00"}`, "/payment"},
		"step a list":         {"POST", "/sim/step", `[]`, ""},
		"fault nothing":       {"POST", "/sim/faults", `{}`, "/kind"},
		"fault empty":         {"POST", "/sim/faults", ``, ""},
		"fault null":          {"POST", "/sim/faults", `{"kind": null}`, "/kind"},
		"fault a list":        {"POST", "/sim/faults", `[]`, ""},
		"fault unknown":       {"POST", "/sim/faults", `{"kind": "earthquake"}`, "/kind"},
		"fault near":          {"POST", "/sim/faults", `{"kind": "broker_cuts"}`, "/kind"},
		"fault twice":         {"POST", "/sim/faults", `{"kind": "broker_cut", "kind": "broker_slow"}`, "/kind"},
		"fault and more":      {"POST", "/sim/faults", `{"kind": "broker_cut", "until": "tomorrow"}`, "/until"},
		"fault no bank":       {"POST", "/sim/faults", `{"kind": "partition"}`, "/bank"},
		"fault a bank":        {"POST", "/sim/faults", `{"kind": "streams_cut", "bank": "SANDNL2A"}`, "/bank"},
		"fault bank lower":    {"POST", "/sim/faults", `{"kind": "bank_slow", "bank": "sandnl2a"}`, "/bank"},
		"fault for ever":      {"POST", "/sim/faults", `{"kind": "broker_cut", "for": "9000h"}`, "/for"},
		"fault for nothing":   {"POST", "/sim/faults", `{"kind": "broker_cut", "for": "0s"}`, "/for"},
		"fault for a number":  {"POST", "/sim/faults", `{"kind": "broker_cut", "for": 30}`, "/for"},
		"fault times zero":    {"POST", "/sim/faults", `{"kind": "broker_cut", "times": 0}`, "/times"},
		"fault times half":    {"POST", "/sim/faults", `{"kind": "broker_cut", "times": 1.5}`, "/times"},
		"fault times huge":    {"POST", "/sim/faults", `{"kind": "broker_cut", "times": 9e99}`, "/times"},
		"fault share":         {"POST", "/sim/faults", `{"kind": "broker_cut", "share": 2}`, "/share"},
		"fault share a word":  {"POST", "/sim/faults", `{"kind": "broker_cut", "share": "half"}`, "/share"},
		"fault seed alone":    {"POST", "/sim/faults", `{"kind": "broker_cut", "seed": 7}`, "/seed"},
		"fault seed beyond":   {"POST", "/sim/faults", `{"kind": "broker_cut", "share": 0.5, "seed": 99999999999999999999}`, "/seed"},
		"fault delay":         {"POST", "/sim/faults", `{"kind": "broker_slow", "delay": "1h"}`, "/delay"},
		"fault's endpoint":    {"POST", "/sim/faults", `{"kind": "receiver_fails", "endpoint": "4242 4242 4242 4242"}`, "/endpoint"},
		"clock nothing":       {"POST", "/sim/clock", `{}`, ""},
		"clock empty":         {"POST", "/sim/clock", ``, ""},
		"clock null":          {"POST", "/sim/clock", `{"set": null}`, "/set"},
		"clock a day":         {"POST", "/sim/clock", `{"set": "2027-01-01"}`, "/set"},
		"clock far":           {"POST", "/sim/clock", `{"set": "9999-01-01T00:00:00Z"}`, "/set"},
		"clock two moves":     {"POST", "/sim/clock", `{"set": "2027-01-01T00:00:00Z", "advance": {"next": true}}`, "/advance"},
		"clock two ways":      {"POST", "/sim/clock", `{"freeze": true, "rate": 2}`, "/rate"},
		"clock's rate":        {"POST", "/sim/clock", `{"rate": 1e9}`, "/rate"},
		"clock's rate a word": {"POST", "/sim/clock", `{"rate": "fast"}`, "/rate"},
		"clock's rate zero":   {"POST", "/sim/clock", `{"rate": 0}`, "/rate"},
		"clock's advance":     {"POST", "/sim/clock", `{"advance": {}}`, "/advance"},
		"clock by a number":   {"POST", "/sim/clock", `{"advance": {"by": 15}}`, "/advance/by"},
		"clock by a past":     {"POST", "/sim/clock", `{"advance": {"by": "-15m"}}`, "/advance/by"},
		"clock by a day":      {"POST", "/sim/clock", `{"advance": {"by": "1d"}}`, "/advance/by"},
		"clock to a word":     {"POST", "/sim/clock", `{"advance": {"to": "tomorrow"}}`, "/advance/to"},
		"clock for ever":      {"POST", "/sim/clock", `{"freeze": true, "within": "1h"}`, "/within"},
		"clock and more":      {"POST", "/sim/clock", `{"freeze": true, "zone": "CET"}`, "/zone"},
		"clock a rate beyond": {"POST", "/sim/clock", `{"rate": 1e999}`, "/rate"},
		"reset what":          {"POST", "/sim/reset", `{"keep": "endpoints"}`, "/keep"},
		"reset a list":        {"POST", "/sim/reset", `[]`, ""},
		"reset null":          {"POST", "/sim/reset", `null`, ""},
		"reset no JSON":       {"POST", "/sim/reset", `everything`, ""},
		"reset and more":      {"POST", "/sim/reset", `{} {}`, ""},
		"settle until":        {"POST", "/sim/banks/SANDNL2A/settle", `{"until": "now"}`, "/until"},
		"offline for":         {"POST", "/sim/banks/SANDNL2A/offline", `{"for": "1h"}`, "/for"},
		"online null":         {"POST", "/sim/banks/SANDNL2A/online", `null`, ""},
		"outcome":             {"POST", "/sim/disputes/" + ids["dispute"] + "/decide", `{"outcome": "Won"}`, "/outcome"},
		"dispute's status":    {"GET", "/v1/disputes?status=open", "", "status"},
		"dispute's cursor":    {"GET", "/v1/disputes?cursor=po_1", "", "cursor"},
		"settlement's status": {"GET", "/v1/settlements?status=paid", "", "status"},
		"entry's kind":        {"GET", "/v1/ledger/entries?kind=Capture", "", "kind"},
		"entry's account":     {"GET", "/v1/ledger/entries?account=%00", "", "account"},
		"instant":             {"GET", "/v1/ledger/accounts?at=2026-03-14", "", "at"},
		"instant long ago":    {"GET", "/v1/ledger/accounts?at=0001-01-01T00:00:00Z", "", "at"},
		"items' cursor":       {"GET", "/v1/payouts/" + ids["payout"] + "/items?cursor=%0a", "", "cursor"},
		"file's format":       {"GET", "/v1/settlements/" + ids["settlement"] + "/file?format=camt.052", "", "format"},
	} {
		w := r.call(c.method, c.path, c.body, "Authorization: Bearer staff", "Content-Type: application/json")
		p := r.problem(name, w)
		if w.Code != 400 || len(p.Errors) == 0 || p.Errors[0].Pointer != c.field {
			t.Errorf("%s: %d %+v, want it at %s", name, w.Code, p, c.field)
		}
		r.Unchanged(name, before)
	}
	for _, id := range []string{"x", "%00", "dp_01890a5d-ac96-774b-bcce-b302099a8057", strings.ToUpper(ids["dispute"])} {
		for _, path := range []string{"/v1/disputes/", "/v1/payouts/", "/v1/settlements/", "/sim/banks/", "/sim/faults/"} {
			if w := r.call("GET", path+id, "", "Authorization: Bearer staff"); w.Code != 404 {
				t.Errorf("asked for %s%s: want 404, got %d %s", path, id, w.Code, w.Body)
			}
		}
	}
	r.Unchanged("all of it", before)
}

// A table is safe in a spreadsheet: no cell is a formula of a merchant's.
func TestPayoutItems_AsATable(t *testing.T) {
	r, ids := moneyed(t)
	w := r.call("GET", "/v1/payouts/"+ids["payout"]+"/items", "", "Accept: text/csv")
	lines := strings.Split(strings.TrimSuffix(w.Body.String(), "\r\n"), "\r\n")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || len(lines) != 4 ||
		strings.Count(lines[0], ",") != strings.Count(lines[1], ",") || !strings.Contains(lines[1], ",EUR,19.99,0.53,19.46,") {
		t.Errorf("%d %v\n%s", w.Code, w.Header(), w.Body)
	}
	w = r.call("GET", "/v1/settlements/"+ids["settlement"]+"/file", "", "Authorization: Bearer staff")
	if lines := strings.Count(w.Body.String(), "\r\n"); w.Code != 200 || lines != 4 || !strings.Contains(w.Body.String(), ",EUR,19.99,1.00\r\n") {
		t.Errorf("the bank's file: %d\n%s", w.Code, w.Body)
	}
}

// Pages of a list join to the whole.
func TestLedgerEntries_PageThroughAll(t *testing.T) {
	r, _ := moneyed(t)
	seen, cursor := map[string]bool{}, ""
	for {
		var page struct {
			Data       []struct{ ID string }
			NextCursor string `json:"next_cursor"`
		}
		r.read(r.call("GET", "/v1/ledger/entries?limit=2"+onFrom(cursor), "", "Authorization: Bearer staff"), &page)
		for _, e := range page.Data {
			if seen[e.ID] {
				t.Errorf("%s comes twice", e.ID)
			}
			seen[e.ID] = true
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	all, err := r.Disk.Entries(t.Context(), processor.EntryFilter{Limit: 100})
	r.OK(err)
	if len(seen) != len(all) || len(all) < 6 {
		t.Errorf("%d of %d entries", len(seen), len(all))
	}
	var rec struct {
		Explained bool
		Data      []settlement.Position
	}
	r.read(r.call("GET", "/v1/reconciliation", "", "Authorization: Bearer staff"), &rec)
	if len(rec.Data) != 1 || !rec.Explained || rec.Data[0].Breaks.String() != "0.96 EUR" {
		t.Errorf("asked for the reconciliation: want one position, explained, with breaks of 0.96 EUR, got %+v", rec)
	}
}
