package check

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/internal/iso20022"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/web/gate"
)

// staff asks as an operator, for demo-shop where a merchant is needed.
func (h *house) staff(status int, code, method, path, body string, headers ...string) map[string]any {
	h.t.Helper()
	headers = append(headers, "Authorization", "Bearer "+h.tokenOf(identity.DemoOperator), gate.MerchantHeader, "demo-shop")
	return h.want(status, code, method, path, body, headers...)
}

// hear hands in the bank's unsolicited messages.
func (h *house) hear(name string, body []byte) {
	h.t.Helper()
	if err := CheckMessage(name, body); err != nil {
		h.t.Error(err)
	}
	if got := h.proc.Results(h.t.Context(), [][]byte{body})[0]; got.Reject || got.Err != nil {
		h.t.Errorf("a %s was not taken: %+v", name, got)
	}
}

// claim is the bank's word on a dispute about a payment of 19.99 EUR.
func (h *house) claim(path, name string, status payment.DisputeStatus) {
	h.t.Helper()
	by := h.clock.Now().Add(7 * 24 * time.Hour)
	d := wire.Dispute{
		Type: wire.DisputeType, ID: "dis-" + name + string(status), Dispute: name, Payment: strings.TrimPrefix(path, "/v1/payments/"), Attempt: 1,
		Bank: bic, Status: status, Amount: money.Must("19.99", "EUR"), Reason: "fraudulent", DecidedAt: h.clock.Now(),
	}
	if !status.Final() {
		d.RespondBy = &by
	}
	h.hear("dispute", wire.Encode(d))
}

// first is the path of the newest thing in a list.
func (h *house) first(list map[string]any, under string) string {
	h.t.Helper()
	data, _ := list["data"].([]any)
	if len(data) == 0 {
		h.t.Fatalf("there are no %s: %v", under, list)
	}
	return under + "/" + data[0].(map[string]any)["id"].(string)
}

// disputes has customers dispute payments, and answers them.
func (h *house) disputes() {
	h.t.Helper()
	paid := h.captured(`, "bank": "SANDNL2A"`)
	simulated := strings.Replace(paid, "/v1/", "/sim/", 1) + "/dispute"
	h.staff(202, "", "POST", simulated, "")
	h.staff(202, "", "POST", simulated, `{"reason": "fraudulent"}`)
	h.claim(paid, "bank-dispute-1", payment.DisputeNeedsResponse)
	h.staff(409, "payment_not_captured", "POST", simulated, "")
	path := h.first(h.want(200, "", "GET", "/v1/disputes?status=needs_response&limit=1", ""), "/v1/disputes")
	h.want(200, "", "GET", path, "")
	h.want(400, "request_invalid", "POST", path+"/evidence", `{"evidence": ""}`)
	h.want(202, "", "POST", path+"/evidence", `{"evidence": "It was signed for.\nSee the letter."}`)
	h.want(409, "dispute_closed", "POST", path+"/evidence", `{"evidence": "again"}`)
	decide := strings.Replace(path, "/v1/", "/sim/", 1) + "/decide"
	h.staff(202, "", "POST", decide, `{"outcome": "won"}`)
	h.claim(paid, "bank-dispute-1", payment.DisputeWon)
	h.staff(409, "dispute_closed", "POST", decide, `{"outcome": "lost"}`)
	h.want(400, "query_invalid", "GET", "/v1/disputes?status=open&cursor=x", "")
	h.want(404, "dispute_not_found", "GET", "/v1/disputes/dp_1", "")
	h.want(404, "dispute_not_found", "POST", "/v1/disputes/dp_1/evidence", `{"evidence": "x"}`)
	h.staff(404, "dispute_not_found", "POST", "/sim/disputes/dp_1/decide", `{"outcome": "won"}`)
	h.staff(404, "payment_not_found", "POST", "/sim/payments/pay_1/dispute", "")
	h.staff(400, "request_invalid", "POST", decide, `{"outcome": "drawn"}`)
	h.staff(400, "request_invalid", "POST", simulated, `{"reason": "café"}`)
	h.bodies(path+"/evidence", simulated, decide)
}

// bodies sends what is no body to routes that read one.
func (h *house) bodies(paths ...string) {
	h.t.Helper()
	for _, path := range paths {
		method := "POST"
		if strings.HasPrefix(path, "PATCH ") {
			method, path = "PATCH", path[6:]
		}
		h.staff(400, "json_invalid", method, path, `{"more": 1}`)
		h.staff(413, "body_too_large", method, path, `{"more": "`+strings.Repeat("x", 70_000)+`"}`)
		h.staff(415, "content_type", method, path, `{}`, "Content-Type", "text/plain")
	}
}

// settlements has the bank settle with two breaks, works them off, and pays out.
func (h *house) settlements() {
	h.t.Helper()
	amount := money.Must("18.99", "EUR")
	var lines []wire.Line
	for range 6 { // more than was refunded and disputed
		h.captured(`, "bank": "SANDNL2A"`)
		lines = append(lines, wire.Line{
			Reference: h.last().ID, Payment: h.last().Payment, Kind: wire.LineCapture, Direction: wire.LineCredit,
			Amount: amount, Fee: wire.BankFee(amount), BookedAt: h.clock.Now(),
		})
	}
	stray := lines[0]
	stray.Reference = "nobody's"
	batch := wire.Settlement{
		Type: wire.SettlementType, ID: "stl-1", Bank: bic, Currency: "EUR", BusinessDate: "2026-03-14", Sequence: 1, SentAt: h.clock.Now(),
		CoversUntil: h.clock.Now(), Owed: money.Must("1.00", "EUR").Net(), Lines: append(lines, stray),
	}
	batch.Credits, batch.Debits, batch.Fees, batch.Net = batch.Sums()
	h.hear("settlement", wire.Encode(batch))
	path := h.first(h.staff(200, "", "GET", "/v1/settlements?limit=1", ""), "/v1/settlements")
	for h.staff(200, "", "GET", path, "")["status"] == "received" {
		if h.t.Context().Err() != nil {
			h.t.Fatal("the batch was not matched")
		}
	}
	h.staff(200, "", "GET", "/v1/settlements?status=broken", "")
	h.staff(200, "", "GET", path+"/items?limit=1", "")
	table := []string{"Authorization", "Bearer " + h.tokenOf(identity.DemoOperator), gate.MerchantHeader, "demo-shop", "Accept", "text/csv"}
	for _, of := range []string{path + "/items", path + "/file", path + "/file?format=csv", path + "/file?format=camt.053", path + "/file?format=camt.054"} {
		resp, body := h.call("GET", of, "", table...)
		if resp.StatusCode != 200 || !strings.Contains(string(body), "18.99") && !strings.Contains(string(body), "19.99") {
			h.t.Errorf("asked for %s: want 200 with the payment's amount, got %s %s", of, resp.Status, body)
		}
		if _, message, ok := strings.Cut(of, "format=camt"); ok {
			iso20022.Validate(h.t, "camt"+message+".001.08", body)
		}
	}
	h.breaks(path)
	h.staff(400, "query_invalid", "GET", "/v1/settlements?status=x&cursor=x", "")
	h.staff(400, "query_invalid", "GET", path+"/items?limit=0", "")
	h.staff(400, "query_invalid", "GET", path+"/file?format=xml", "")
	for _, part := range []string{"", "/breaks", "/items", "/file"} {
		h.staff(404, "settlement_not_found", "GET", "/v1/settlements/stl_1"+part, "")
	}
	h.staff(202, "", "POST", "/v1/payouts", "")
	payout := h.first(h.want(200, "", "GET", "/v1/payouts?limit=1", ""), "/v1/payouts")
	h.want(200, "", "GET", payout, "")
	h.want(200, "", "GET", payout+"/items", "")
	if resp, body := h.call("GET", payout+"/items", "", table...); resp.StatusCode != 200 || !strings.Contains(string(body), "order-1042") {
		h.t.Errorf("asked for the items of a payout as a table: want 200 with order-1042, got %s: %s", resp.Status, body)
	}
	h.want(400, "query_invalid", "GET", "/v1/payouts?status=x&limit=0&cursor=x", "")
	h.want(400, "query_invalid", "GET", payout+"/items?limit=0", "")
	h.want(404, "payout_not_found", "GET", "/v1/payouts/po_1", "")
	h.want(404, "payout_not_found", "GET", "/v1/payouts/po_1/items", "")
	h.book()
}

func (h *house) breaks(of string) {
	h.t.Helper()
	list := h.staff(200, "", "GET", of+"/breaks", "")["data"].([]any)
	if len(list) < 2 {
		h.t.Fatalf("the breaks are %v", list)
	}
	path := h.first(h.staff(200, "", "GET", "/v1/breaks?status=open&limit=1", ""), "/v1/breaks")
	h.staff(202, "", "POST", path+"/claim", "")
	h.staff(400, "request_invalid", "POST", path+"/write-off", `{"note": ""}`)
	h.staff(200, "", "POST", path+"/write-off", `{"note": "too little to ask for"}`)
	h.staff(409, "break_resolved", "POST", path+"/write-off", `{"note": "again"}`)
	h.staff(409, "break_resolved", "POST", path+"/claim", "")
	h.staff(400, "query_invalid", "GET", "/v1/breaks?status=x&cursor=x", "")
	h.staff(404, "break_not_found", "POST", "/v1/breaks/brk_1/claim", "")
	h.staff(404, "break_not_found", "POST", "/v1/breaks/brk_1/write-off", `{"note": "x"}`)
	h.bodies(path + "/write-off")
}

// book reads the ledger.
func (h *house) book() {
	h.t.Helper()
	for _, path := range []string{"/v1/ledger/accounts", "/v1/ledger/trial-balance"} {
		h.staff(200, "", "GET", path, "")
		h.staff(200, "", "GET", path+"?at=2026-03-14T00:00:00Z", "")
		h.staff(400, "query_invalid", "GET", path+"?at=yesterday", "")
	}
	for _, t := range h.staff(200, "", "GET", "/v1/ledger/trial-balance", "")["data"].([]any) {
		if t.(map[string]any)["balanced"] != true {
			h.t.Errorf("the book does not balance: %v", t)
		}
	}
	page := h.staff(200, "", "GET", "/v1/ledger/entries?account=bank:SANDNL2A:receivable&kind=capture&limit=1", "")
	h.staff(200, "", "GET", "/v1/ledger/entries?cursor="+page["next_cursor"].(string), "")
	h.staff(400, "query_invalid", "GET", "/v1/ledger/entries?kind=x&cursor=x", "")
	h.staff(200, "", "GET", "/v1/reconciliation", "")
}

// simulator steers the bank.
func (h *house) simulator() {
	h.t.Helper()
	path := "/sim/banks/" + bic
	if temper, ok := h.staff(200, "", "GET", path, "")["temper"].(map[string]any); !ok || temper["declines"] != 0.0 {
		h.t.Errorf("it behaves as %v", temper)
	}
	h.staff(202, "", "PATCH", path, `{"declines": 0.5, "min_delay_ms": 10}`)
	h.staff(400, "request_invalid", "PATCH", path, `{"declines": 1.5}`)
	h.staff(202, "", "POST", path+"/plant", `{"breaks": [{"kind": "missing", "currency": "EUR"}]}`)
	h.staff(400, "request_invalid", "POST", path+"/plant", `{"breaks": [{"kind": "lost", "currency": "XXX"}]}`)
	h.staff(404, "bank_not_found", "GET", "/sim/banks/x", "")
	h.staff(404, "bank_not_found", "PATCH", "/sim/banks/x", `{}`)
	h.staff(404, "bank_not_found", "POST", "/sim/banks/x/plant", `{"breaks": [{"kind": "missing"}]}`)
	for _, command := range []string{"/settle", "/offline", "/online"} {
		h.staff(202, "", "POST", path+command, "")
		h.staff(404, "bank_not_found", "POST", "/sim/banks/x"+command, "")
	}
	h.bodies(path+"/plant", path+"/settle", path+"/offline", path+"/online", "PATCH "+path)
	h.transcript()
	h.exported()
	h.beginsAnew()
	h.steersTheClock()
	h.goesWrong()
}

// look is the part that the clock asks whether it is at rest.
func (h *house) look() (l clock.Look) {
	if len(h.slow) > 0 {
		l.Busy = "it is slow"
		select {
		case h.looked <- struct{}{}:
		default:
		}
	}
	return l
}

// transcript reads what has happened so far, of which every line is held to the contract.
func (h *house) transcript() {
	h.t.Helper()
	resp, lines := h.call("GET", "/sim/transcript", "", "Authorization", "Bearer "+h.tokenOf(identity.DemoOperator))
	if resp.StatusCode != 200 || !strings.Contains(string(lines), `"what":"payment"`) {
		h.t.Errorf("the transcript is %s\n%s", resp.Status, lines)
	}
	for _, secret := range []string{"checkout_url\":\"http", "/pay/"} {
		if strings.Contains(string(lines), secret) {
			h.t.Errorf("the transcript has %q", secret)
		}
	}
}

// exported reads what has happened so far as scenarios, one payment's and all.
func (h *house) exported() {
	h.t.Helper()
	operator := "Bearer " + h.tokenOf(identity.DemoOperator)
	for _, path := range []string{"/sim/scenario", "/sim/payments/" + h.create() + "/scenario"} {
		resp, file := h.call("GET", path, "", "Authorization", operator, gate.MerchantHeader, "demo-shop")
		if resp.StatusCode != 200 || !strings.Contains(string(file), "steps:") {
			h.t.Errorf("GET %s: expected a scenario, got %s\n%s", path, resp.Status, file)
		}
	}
	h.want(400, "merchant_required", "GET", "/sim/scenario", "", "Authorization", operator)
	h.staff(404, "payment_not_found", "GET", "/sim/payments/pay_01890a5d-ac96-774b-bcce-b302099a8057/scenario", "")
	h.want(409, "scenario_empty", "GET", "/sim/scenario", "", "Authorization", operator, gate.MerchantHeader, identity.OtherShop.Merchant.ID)
}

// lives begins anew in appearance only: what a processor does then is tested with whole ones.
type lives struct{ err error }

func (l *lives) Reset(context.Context) error { return l.err }

func (l *lives) Snapshot(_ context.Context, to io.Writer) error {
	_, err := io.WriteString(to, "PK")
	return errors.Join(l.err, err)
}

func (l *lives) Restore(context.Context, []byte) error { return l.err }

// beginsAnew resets, and saves and brings back a state.
func (h *house) beginsAnew() {
	h.t.Helper()
	const reset, snapshot = "/sim/reset", "/sim/snapshot"
	l := &lives{}
	h.api.Lives = l
	zip := []string{"Content-Type", "application/zip"}
	take := func(status int) {
		h.t.Helper()
		resp, body := h.call("GET", snapshot, "", "Authorization", "Bearer "+h.tokenOf(identity.DemoOperator))
		if resp.StatusCode != status {
			h.t.Errorf("GET %s: got %s, want %d\n%s", snapshot, resp.Status, status, body)
		}
	}
	h.staff(204, "", "POST", reset, "")
	h.bodies(reset)
	take(200)
	h.staff(204, "", "PUT", snapshot, "PK", zip...)
	h.staff(413, "body_too_large", "PUT", snapshot, strings.Repeat("x", 256<<20+1), zip...)
	h.staff(415, "content_type", "PUT", snapshot, "{}")
	l.err = fault.New(fault.Unprocessable, "snapshot_invalid", "This is no snapshot.")
	h.staff(422, "snapshot_invalid", "PUT", snapshot, "PK", zip...)
	l.err = fault.New(fault.Conflict, "reset_refused", "Others would be left behind.")
	h.staff(409, "reset_refused", "POST", reset, "")
	h.staff(409, "reset_refused", "PUT", snapshot, "PK", zip...)
	l.err = fault.New(fault.Conflict, "reset_busy", "Everything is beginning anew.")
	h.staff(409, "reset_busy", "POST", reset, "")
	l.err = fault.New(fault.Conflict, "snapshot_refused", "Too much has happened.")
	take(409)
}

// steersTheClock steers the clock.
func (h *house) steersTheClock() {
	h.t.Helper()
	const path = "/sim/clock"
	h.staff(200, "", "POST", path, `{"set": "2030-01-01T00:00:00Z", "freeze": true}`)
	if v := h.staff(200, "", "GET", path, ""); v["now"] != "2030-01-01T00:00:00Z" || v["mode"] != "frozen" {
		h.t.Errorf("it is set to %v", v)
	}
	if v := h.staff(200, "", "POST", path, `{"advance": {"by": "15m"}}`); v["now"] != "2030-01-01T00:15:00Z" {
		h.t.Errorf("it arrived at %v", v)
	}
	h.staff(409, "clock_backwards", "POST", path, `{"set": "2029-01-01T00:00:00Z"}`)
	h.staff(400, "request_invalid", "POST", path, `{"freeze": true, "follow": true}`)
	h.slow <- struct{}{}
	h.staff(503, "clock_not_at_rest", "POST", path, `{"advance": {"next": true}, "within": "1ms"}`)
	<-h.slow
	h.api.Hand = nil
	h.staff(409, "clock_not_steerable", "POST", path, `{"follow": true}`)
	h.api.Hand = h.hand
	var other sync.WaitGroup
	h.slow, h.looked = make(chan struct{}, 1), make(chan struct{})
	h.slow <- struct{}{}
	other.Go(func() {
		if _, err := h.hand.Steer(h.t.Context(), steer.Wish{Advance: &steer.Advance{By: "1s"}}); err != nil {
			h.t.Error(err)
		}
	})
	<-h.looked // the other is at it
	h.staff(409, "clock_busy", "POST", path, `{"follow": true}`)
	<-h.slow
	other.Wait()
	h.bodies(path)
}
