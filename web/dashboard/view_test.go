package dashboard

import (
	"io"
	"strings"
	"testing"
	"time"

	"sandbank/processor/routing"
	"sandbank/web/look/looktest"
	"sandbank/web/sequence"
)

var sampleTime = time.Date(2026, 3, 14, 14, 5, 9, 120e6, time.UTC)

const sampleID = "pay_0195a3c2-7d1e-7c44-9a61-5be2f10c7a34"

func sampleFrame(section string) Frame {
	return Frame{Section: section, Clock: sampleTime, ClockNote: "60 times faster", Letters: 2}
}

func sampleRow(id, reference, amount, bank, status, reason string) Row {
	return Row{ID: id, URL: "/payments/" + id, At: sampleTime, Reference: reference, Merchant: "The Mug Shop",
		Amount: amount, Bank: bank, Status: status, Reason: reason}
}

func sampleList() ListView {
	return ListView{Frame: sampleFrame("payments"), StreamURL: "/dashboard/stream", OlderURL: "/?after=x", Rows: []Row{
		sampleRow("pay_10", "order-1051", "€19.99", "", "created", ""),
		sampleRow("pay_9", "order-1050", "€1,249.00", "DRWSDEFF", "processing", ""),
		sampleRow("pay_8", "order-1049", "¥1,980", "ASKSGB2L", "action_required", "the bank asks the customer"),
		sampleRow("pay_7", "order-1048", "€42.00", "PRMTNL2A", "authorized", ""),
		sampleRow("pay_6", "order-1047", "€19.99", "PRMTNL2A", "captured", "approved: card number"),
		sampleRow("pay_5", "order-1046", "€8.51", "NOPEBEBB", "declined", "insufficient_funds"),
		sampleRow("pay_4", "order-1045-with-a-reference-that-goes-on-and-on", "BHD\u00a010.125", "HUSHFRPP", "failed", "bank_timeout"),
		sampleRow("pay_3", "order-1044", "€5.00", "PRMTNL2A", "canceled", "by the customer"),
		sampleRow("pay_2", "order-1043", "€5.00", "PRMTNL2A", "voided", "by the merchant"),
		sampleRow("pay_1", "order-1042", "€19.99", "", "abandoned", "the customer never finished"),
	}}
}

const sampleJSON = `{
  "id": "evt_0195a3c2-81aa-7b1f-8d3e-0c4f6f1f9a11",
  "type": "payment.declined",
  "data": {"status": "declined", "reason": "insufficient_funds"}
}`

// sampleSequence is what the page of a payment draws, with texts that no page may take for its own.
func sampleSequence() SequenceView {
	at := func(ms int) time.Time { return sampleTime.Add(time.Duration(ms) * time.Millisecond) }
	v := SequenceView{
		View: "story", Says: "What happened.", Views: []ViewLink{{"Story", "/payments/x", true}, {"Wire", "/payments/x?view=wire", false}},
		Exports: []ViewLink{{Label: "SVG", URL: "/payments/x/sequence?format=svg"}}, OpenURL: "/payments/x?unfold=all",
		Waits: []Wait{{What: "The receiver", Then: "then 5 tries more", From: at(0), Until: at(60000), Percent: 40, Left: "36 s of 60 s left"}, {What: looktest.Hostile, Then: "nobody knows"}},
		Known: []Belief{{Who: "Customer's page", Says: "“Payment declined”", Tone: "good"}, {Who: "Its order, by webhooks", Says: looktest.Hostile, Tone: "bad"}, {Who: "Ledger", Says: "nothing booked"}},
		Now:   sampleTime.UnixMilli(), Pace: 1,
		Hops: []Hop{
			{ID: "1", At: at(0), Elapsed: "+0 ms", Kind: "http", From: "The Mug Shop", To: "Sandbank", Title: "POST /v1/payments", Note: looktest.Hostile, Reply: "202 at once", PayloadURL: "/payments/x/hops/1"},
			{ID: "2", At: at(21090), Elapsed: "+21 s", Kind: "page", From: "Customer", To: "Sandbank", Title: "pays with Visa •••• 9995", After: "21 s", Gap: "nobody is told anything"},
			{ID: "3", At: at(21101), Elapsed: "+21.1 s", Kind: "amqp", From: "Sandbank", To: "Prompt Bank", Title: "Please authorize", PayloadURL: "/payments/x/hops/3"},
			{ID: "4", At: at(81388), Elapsed: "+1 min 21 s", Kind: "clock", From: "Sandbank", Title: "the bank did not answer", Tone: "bad", After: "1 min", Silent: true, URL: "/disputes/dp_1"},
		},
	}
	lanes := []sequence.Lane{{ID: "a", Name: looktest.Hostile, Kind: "merchant"}, {ID: "b", Name: "Sandbank", Note: "the processor", Kind: "sandbank"}}
	hops := []sequence.Hop{
		{ID: "1", At: at(0), Kind: "http", From: "a", To: "b", Title: looktest.Hostile, Detail: "€19.99", Reply: looktest.Hostile, Back: "good"},
		{ID: "4", At: at(81388), Kind: "clock", From: "b", To: "b", Title: "the bank did not answer", Gap: looktest.Hostile, Silent: true},
	}
	v.draw(sequence.Lay(sequence.Story{Lanes: lanes, Start: at(0), Hops: hops, Now: at(90000), Next: looktest.Hostile}, sequence.Options{}))
	return v
}

func sampleEntry() Entry {
	return Entry{Number: "118", At: sampleTime, Title: "Capture", Currency: "EUR", Hash: "9f2c41d0…", PaymentURL: "/payments/" + sampleID,
		Postings: []Posting{{"bank:PRMTNL2A:receivable", "€19.99", ""}, {"merchant:demo-shop:payable", "", "€19.64"}, {"fees", "", "€0.35"}}}
}

func samplePayment() PaymentView {
	return PaymentView{
		Frame: sampleFrame("payments"), ID: sampleID, Reference: "order-1042", Amount: "€19.99", Merchant: "The Mug Shop", Status: "declined",
		Why: Why{"The bank declined: there is not enough money in the account.", "4000 0000 0000 9995", "card number", "insufficient_funds", "51", "AM04"},
		Facts: []Fact{{Label: "Bank", Value: "Prompt Bank · PRMTNL2A"}, {Label: "Began", At: sampleTime}, {Label: "Attempts", Value: "1 of 3"},
			{Label: "Instrument", Value: "Visa •••• 9995"}, {Label: "Return", Value: "http://localhost:8090/orders/1042", URL: "http://localhost:8090/orders/1042", Code: true},
			{Label: "Trace", Value: "4bf92f3577b34da6a3ce929d0e0e4736", Code: true}},
		CheckoutURL: "/pay/tok", APIURL: "/v1/payments/" + sampleID, CSRF: "c5rf",
		Moves: []Move{{"Refund", "€5.00", "failed", "The bank does not know the account any more.", sampleTime, ""}, {"Dispute", "€14.99", "needs_response", "", sampleTime, "/disputes/dp_1"}},
		Forms: []Form{{ID: "refund", URL: "/payments/x/refund", Button: "Refund", Error: "Not now.", Fields: []Field{{
			ID: "refund-amount", Name: "amount", Label: "Amount to refund, in EUR", Hint: "Up to €19.99.", Value: looktest.Hostile, Error: "There is no more than that left.", Decimal: true, Most: 20}}}},
		Actions:  []Action{{"Cancel", "/payments/x/cancel", "Tells the merchant."}, {"Expire now", "/payments/x/expire", "Abandons it, in silence."}},
		Sequence: sampleSequence(), Entries: []Entry{sampleEntry()}, LiveURL: "/dashboard/stream/x", Revision: "9",
		Deliveries: []Delivery{
			{"a", sampleTime, 1, "http://localhost:8090/webhooks", "payment.declined", "500", "42 ms", "failed", "Next try in 5 s", "", "/webhooks/whe_1/deliveries/del_1"},
			{"b", sampleTime, 2, "http://localhost:8090/webhooks", "payment.declined", "", "", "pending", "Waits for its turn", "/resend", ""},
		},
	}
}

func sampleBanks() BanksView {
	return BanksView{Frame: sampleFrame("banks"), Banks: []Bank{
		{"Prompt Bank", "PRMTNL2A", "answers at once", []string{"EUR", "USD"}, "online", "", sampleTime, "when it is named, or none is",
			[]Action{{Label: "Settle now", URL: "/banks/PRMTNL2A/settle"}}, &Form{ID: "plant-PRMTNL2A", URL: "/banks/PRMTNL2A/plant", Button: "Plant", Fields: []Field{
				{ID: "kind-PRMTNL2A", Name: "kind", Label: "Kind", Options: []Option{{"missing", "Missing"}}, Error: "Choose a kind of break."}}}, dialForm(routing.Bank{Identifier: "PRMTNL2A"}), outageForm(routing.Bank{Identifier: "PRMTNL2A"}), "It was told to settle now."},
		{"Drowsy Bank", "DRWSDEFF", "takes its time: seconds, sometimes minutes", []string{"EUR"}, "degraded", "4 messages wait longer than a minute", sampleTime, "when it is named", nil, nil, nil, nil, ""},
		{"Hush Bank", "HUSHFRPP", "never answers", []string{"EUR", "GBP", "JPY"}, "offline", "No process serves its queue", time.Time{}, "", nil, nil, nil, nil, ""},
	}}
}

func sampleLedger() LedgerView {
	return LedgerView{Frame: sampleFrame("ledger"), ChainVerified: true, ChainNote: "118 entries read, from the first to the last.", OlderURL: "/ledger?after=1",
		Trials:   []Trial{{"EUR", "€2,418.40", "€2,418.40", true}, {"JPY", "¥1,980", "¥1,979", false}},
		Accounts: []Account{{"bank:PRMTNL2A:receivable", "asset", "EUR", "€1,209.20", "€0.00", "€1,209.20", "debit"}, {"merchant:demo-shop:payable", "liability", "EUR", "€0.00", "€1,188.06", "€1,188.06", "credit"}},
		Entries:  []Entry{sampleEntry(), sampleEntry()}}
}

func sampleAudit() AuditView {
	return AuditView{
		Frame: sampleFrame("audit"), Kinds: []string{"client", "nobody"}, Actions: auditActions(), Outcomes: []string{"allowed", "refused"},
		Filter: AuditFilter{Actor: `"><script>`, From: "2026-03-14T14:00"}, OlderURL: "/audit?before=x", NewestURL: "/audit",
		Rows: []AuditRow{
			{sampleTime, "14 Mar", "payment.create", "demo-shop", sampleID, "/payments/" + sampleID, "Allowed", "good", "", "127.0.0.1", "rid_2", "3"},
			{sampleTime, "14 Mar", "token.issue", "nobody", "", "", "Refused", "bad", "invalid_client, 190 more like this", "2001:db8::", "rid_1", "–"},
			{sampleTime, "14 Mar", "webhook_endpoint.create", looktest.Hostile, "", "", "Failed", "wait", "store_unavailable", "", "", "1"},
		},
	}
}

func sampleFaults() FaultsView {
	frame := sampleFrame("banks")
	frame.Notes = []FaultNote{{"flt_1", "The broker is slow, by 2s", sampleTime}, {"flt_2", "Webhooks get no answer at " + looktest.Hostile, sampleTime}}
	return FaultsView{
		Frame: frame, Wrong: "Some fields are not right. /for must be at most 24h.",
		Faults: []FaultRow{
			{"flt_1", "broker slow", "The broker is slow, by 2s", sampleTime, sampleTime, 4, 7, 0.5, "every processor", &Button{Label: "End", URL: "/faults/flt_1/end"}},
			{"flt_2", "receiver hangs", "Webhooks get no answer at " + looktest.Hostile, sampleTime, sampleTime, 0, 0, 0, "", nil},
		},
		Form: &FaultForm{Kinds: []Option{{"broker_slow", "The broker is slow"}}, Banks: []string{"SANDNL2A"}, Kind: "broker_slow", For: "25h"},
	}
}

func sampleHolds() HoldsView {
	frame := sampleFrame("holds")
	frame.Holds = []HoldNote{{"Every payment of demo-shop is held at the request to the bank", 2, sampleTime, sampleTime}}
	row := HeldRow{
		ID: "hop_1", Hop: "request", Says: "Authorize, to SANDNL2A " + looktest.Hostile, Payload: sampleJSON, Payment: sampleID, PaymentURL: "/payments/" + sampleID, Merchant: "The Mug Shop",
		Since: sampleTime, May: true, Back: "/holds", Outcomes: []Option{{"approved", "approved"}}, Reasons: []Option{{"", "the most general"}},
	}
	other := row
	other.ID, other.Hop, other.Payment, other.PaymentURL, other.Outcomes, other.Copy = "hop_2", "webhook", "", "", nil, true
	return HoldsView{
		Frame: frame, Wrong: "Some fields are not right. /for must be at most 744h.", Held: []HeldRow{row, other}, Step: &HoldButton{stepLabel, "/step", "/holds"},
		Holds: []HoldRow{{"hld_1", "Every payment is held at the webhook", sampleTime, sampleTime, sampleTime, 2, 3, 100, &HoldButton{"End it", "/holds/hld_1/end", "/holds"}}},
		Form:  &HoldForm{Hops: hopChoices([]string{"webhook"}), For: "900h"},
	}
}

// states are every page of the dashboard with realistic data.
func states() map[string]func(io.Writer) error {
	empty := ListView{Frame: Frame{Section: "payments"}, StreamURL: "/dashboard/stream", Curl: "curl -s http://localhost:8080/v1/payments \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Idempotency-Key: \"order-1042\"' \\\n  -d '{\"amount\": {\"value\": \"19.99\", \"currency\": \"EUR\"}, \"reference\": \"order-1042\", \"return_url\": \"http://localhost:8090/\"}'"}
	nothing := ListView{Frame: sampleFrame("payments"), ListFilter: ListFilter{Status: "declined", Query: "order-9"}, NewestURL: "/"}
	events := EventsView{Frame: sampleFrame("events"), Types: []string{"payment.captured", "payout.paid"}, Pager: Pager{On: Link{"Older", "/events?before=evt_1"}}, Events: []Event{
		{"evt_2", sampleTime, "payment.captured", "demo-shop", sampleID, "/payments/" + sampleID, sampleJSON},
		{"evt_1", sampleTime, "payout.paid", "demo-shop", "", "", sampleJSON}}}
	letters := LettersView{Frame: sampleFrame("letters"), CSRF: "c5rf", Letters: []Letter{
		{"m1", sampleTime, "processor.results", "Not JSON", "result", 1, "message_id: 42", "{broken", "/replay", "/discard"},
		{"m2", sampleTime, "bank.PRMTNL2A", "Delivery limit reached", "", 20, "", "\x00\x01", "/replay", ""}}}
	problem := ProblemView{Frame: Frame{}, Code: "idempotency_key_reused", Status: 422, StatusText: "Unprocessable Content",
		Title: "This idempotency key was used for another request", Meaning: "The key is known, and came with another payload the first time.",
		Fix: []string{"Use a new key for a new payment.", "Send exactly the same body when you retry."}, Example: sampleJSON}
	endpoint := HookEndpoint{"whe_1", "/webhooks/whe_1", "The Mug Shop", "http://localhost:8090/webhooks", "Fulfilment", "payment.captured, *", "thin", "both", false, "the receiver answered 410 Gone", sampleTime, "Fails: 3 of the last 5"}
	hook := HookView{Frame: sampleFrame("webhooks"), HookEndpoint: endpoint, Notice: "What failed is on its way again.", Statuses: []string{"pending", "delivered", "exhausted"}, Status: "exhausted",
		Facts:   []Fact{{Label: "Public key", Value: "whpk_HVwlzMohmTtuYeeYUyqTI5nsjBIq58LVq/YMgg81uxo=", Code: true}},
		Actions: []Action{{"Disable", "/webhooks/whe_1/disable", "What waits for it is given up."}}, OlderURL: "/webhooks/whe_1?before=x", NewestURL: "/webhooks/whe_1",
		Deliveries: []HookDelivery{{"del_2", "/d2", sampleTime, "payment.captured", 12, "pending", 1, sampleTime}, {"del_1", "/d1", sampleTime, "payment.declined", 11, "exhausted", 7, time.Time{}}}}
	delivery := DeliveryView{Frame: sampleFrame("webhooks"), HookDelivery: hook.Deliveries[0], Facts: hook.Facts, EditURL: "/edit", CSRF: "c5rf", Body: sampleJSON, LiveURL: "/live", Revision: "1",
		Resend: Button{"Send again", "/resend", "c5rf"}, Tries: []DeliveryTry{
			{"t2", "An edited body", sampleTime, "1.2 ms", "204 No Content", true, "", "POST http://x/\nwebhook-id: evt_1\n\n" + sampleJSON, "HTTP/1.1 204 No Content"},
			{"t1", "Try 1", sampleTime, "10 s", "", false, "context deadline exceeded", "POST http://x/", ""}}}
	return map[string]func(io.Writer) error{
		"hooks": func(w io.Writer) error {
			return RenderHooks(w, HooksView{Frame: sampleFrame("webhooks"), Endpoints: []HookEndpoint{endpoint}})
		},
		"hooks-none": func(w io.Writer) error { return RenderHooks(w, HooksView{Frame: sampleFrame("webhooks")}) },
		"hook":       func(w io.Writer) error { return RenderHook(w, hook) },
		"delivery":   func(w io.Writer) error { return RenderDelivery(w, delivery) },
		"delivery-new": func(w io.Writer) error {
			return RenderDelivery(w, DeliveryView{HookDelivery: HookDelivery{ID: "del_1", Event: "payment.captured"}})
		},
		"list":          func(w io.Writer) error { return RenderList(w, sampleList()) },
		"list-empty":    func(w io.Writer) error { return RenderList(w, empty) },
		"list-filtered": func(w io.Writer) error { return RenderList(w, nothing) },
		"payment":       func(w io.Writer) error { return RenderPayment(w, samplePayment()) },
		"payment-new": func(w io.Writer) error {
			return RenderPayment(w, PaymentView{ID: sampleID, Status: "created", Amount: "€5.00"})
		},
		"banks":        func(w io.Writer) error { return RenderBanks(w, sampleBanks()) },
		"ledger":       func(w io.Writer) error { return RenderLedger(w, sampleLedger()) },
		"ledger-empty": func(w io.Writer) error { return RenderLedger(w, LedgerView{ChainVerified: true}) },
		"events":       func(w io.Writer) error { return RenderEvents(w, events) },
		"messages":     func(w io.Writer) error { return RenderMessages(w, sampleMessages(false)) },
		"messages-all": func(w io.Writer) error { return RenderMessages(w, sampleMessages(true)) },
		"letters":      func(w io.Writer) error { return RenderLetters(w, letters) },
		"faults":       func(w io.Writer) error { return RenderFaults(w, sampleFaults()) },
		"faults-none":  func(w io.Writer) error { return RenderFaults(w, FaultsView{Frame: sampleFrame("banks")}) },
		"holds":        func(w io.Writer) error { return RenderHolds(w, sampleHolds()) },
		"holds-none":   func(w io.Writer) error { return RenderHolds(w, HoldsView{Frame: sampleFrame("holds")}) },
		"audit":        func(w io.Writer) error { return RenderAudit(w, sampleAudit()) },
		"audit-filtered": func(w io.Writer) error {
			return RenderAudit(w, AuditView{Frame: sampleFrame("audit"), Filter: AuditFilter{Outcome: "refused"}, Outcomes: []string{"refused"}})
		},
		"audit-none":   func(w io.Writer) error { return RenderAudit(w, AuditView{Frame: sampleFrame("audit")}) },
		"letters-none": func(w io.Writer) error { return RenderLetters(w, LettersView{Frame: sampleFrame("letters")}) },
		"problem":      func(w io.Writer) error { return RenderProblem(w, problem) },
		"problems": func(w io.Writer) error {
			return RenderProblems(w, ProblemsView{Problems: []ProblemLink{{"not_found", "/problems/not_found", 404, "There is no such thing"}}})
		},
		"notice": func(w io.Writer) error {
			return RenderNotice(w, NoticeView{Title: "No such payment", Text: "It may belong to an earlier run.", RequestID: "req_1"})
		},
	}
}

func render(t *testing.T, draw func(io.Writer) error) string {
	t.Helper()
	var out strings.Builder
	if err := draw(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGallery(t *testing.T) {
	for name, draw := range states() {
		t.Run(name, func(t *testing.T) { looktest.Gallery(t, "dashboard/"+name, render(t, draw)) })
	}
}
