package dashboard

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/web/sequence"
	"sandbank/webhook"
)

// A payment's story goes on to the bank's batch, its break and the payout.
func TestStory_GoesToThePayout(t *testing.T) {
	m := newMonied(t)
	at := "/payments/" + m.payment.ID
	_, page := m.get(at)
	for _, want := range []string{"POST /v1/payments", "202 at once", "Please authorize", "Approved €19.99", "settles the capture, €19.99", "pays out €", "dispute needs response", "books capture", "Who knows it?", "a dispute: needs response"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for view, want := range map[string][2]string{
		"wire":  {"payment.events, key payment.captured.demo-shop", "Show every try"},
		"money": {"settles the capture", "pays with"},
		"raw":   {"&#34;title&#34;: &#34;Approved €19.99&#34;", "<svg xmlns"},
	} {
		code, body := m.get(at + "?view=" + view)
		body, _, _ = strings.Cut(body, `class="hop-log"`)
		if code != http.StatusOK || !strings.Contains(body, want[0]) || strings.Contains(body, want[1]) {
			t.Errorf("the view %s answers %d; it is to have %q and not %q:\n%s", view, code, want[0], want[1], body)
		}
	}
}

// Merchants see that a bank has settled, and no break, which belongs to no merchant.
func TestStory_KeepsBreaksFromMerchants(t *testing.T) {
	m := newMonied(t)
	broken, err := m.Processor.Break(t.Context(), m.broken)
	m.OK(err)
	if broken.Payment != m.payment.ID {
		t.Fatalf("the break is about %q", broken.Payment)
	}
	for role, sees := range map[identity.Role]bool{identity.RoleMerchant: false, identity.RoleAuditor: true} {
		p := identity.Principal{Person: "ann", Role: role}
		if role.OfMerchant() {
			p.Merchant = identity.DemoShop.Merchant
		}
		code, page := m.as(p, true).get("/payments/" + m.payment.ID)
		if code != http.StatusOK || !strings.Contains(page, "settles the capture") || strings.Contains(page, m.broken) != sees {
			t.Errorf("a %s gets %d; the break is to be there: %t", role, code, sees)
		}
	}
}

func TestSequenceFile_InEveryForm(t *testing.T) {
	b := newBoard(t)
	list, err := b.Disk.Payments(t.Context(), processor.Filter{Limit: 1})
	b.OK(err)
	at := "/payments/" + list[0].ID + "/sequence?format="
	for format, want := range map[string]string{"svg": "<style>", "mermaid": "sequenceDiagram\n", "plantuml": "@startuml\n", "text": "POST /v1/payments"} {
		code, body := b.get(at + format)
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("as %s: %d, %s", format, code, body)
		}
		for d := xml.NewDecoder(strings.NewReader(body)); format == "svg"; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("the drawing is not well formed: %v", err)
			}
		}
	}
	if code, body := b.get(at + "pdf"); code != http.StatusBadRequest || !strings.Contains(body, "must be svg, mermaid, plantuml or text") {
		t.Errorf("as pdf: %d, %s", code, body)
	}
	if code, _ := b.get("/payments/" + list[0].ID + "?view=wire&colour=red"); code != http.StatusBadRequest {
		t.Errorf("a parameter that is none: %d, expected 400", code)
	}
}

// Causes stand before their effects, also where simulated time stands still.
func TestStory_KeepsCausesBeforeEffects(t *testing.T) {
	rig := processortest.New(t, nil)
	p, q := rig.Paid()
	rig.Say(processortest.Answer(q, payment.OutcomeApproved))
	d := New(Config{Processor: rig.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: rig.Config.Address, Clock: rig.Clock})
	s, err := rig.Processor.Story(t.Context(), processor.Everyone(), p.ID)
	rig.OK(err)
	for i := range s.Messages {
		s.Messages[i].At = p.CreatedAt
	}
	for i := range s.Entries {
		s.Entries[i].At = p.CreatedAt
	}
	for i := range s.Events {
		s.Events[i].At = p.CreatedAt
	}
	for i := range s.Payment.Attempts {
		s.Payment.Attempts[i].StartedAt = p.CreatedAt
	}
	var titles []string
	for _, one := range d.narrate(s).steps {
		titles = append(titles, one.Title)
	}
	got := strings.Join(titles, " | ")
	want := []string{"POST /v1/payments", "pays with", "Please authorize", "payment.processing", "Approved", "books capture", "payment.captured"}
	for i, word := range want {
		at := strings.Index(got, word)
		if at < 0 || i > 0 && at < strings.Index(got, want[i-1]) {
			t.Errorf("%q is not behind %q in %s", word, want[max(i-1, 0)], got)
		}
	}
}

// What each party knows is what it was told.
func TestKnown_IsWhatEachWasTold(t *testing.T) {
	rig := processortest.New(t, nil)
	said := func(id string) string {
		s, err := rig.Processor.Story(t.Context(), processor.Everyone(), id)
		rig.OK(err)
		var all []string
		for _, b := range known(s) {
			all = append(all, b.Says)
		}
		return strings.Join(all, " | ")
	}
	made := rig.Made()
	if got, want := said(made.ID), "“How do you want to pay?” | “202”, and then nothing | nothing was sent to it | nothing booked | never asked"; got != want {
		t.Errorf("of a new payment they know\n%s\nexpected\n%s", got, want)
	}
	p, q := rig.Paid()
	if got := said(p.ID); !strings.HasSuffix(got, "nothing booked | asked, undecided") {
		t.Errorf("while the bank decides they know %s", got)
	}
	rig.Say(processortest.Answer(q, payment.OutcomeApproved))
	if got, want := said(p.ID), "“Payment complete” | can read payment.captured"; !strings.HasPrefix(got, want) || !strings.Contains(got, "bank owes €19.99") || !strings.HasSuffix(got, "approved €19.99") {
		t.Errorf("after the approval they know %s", got)
	}
	gone := rig.Elapse(16*time.Minute, made.ID, payment.Abandoned)
	if got := said(gone.ID); !strings.Contains(got, "it has to ask | open for ever, unless its server asks | nothing booked | never asked") {
		t.Errorf("of an abandoned payment they know %s", got)
	}
}

func TestReceiverKnows_WhatItTook(t *testing.T) {
	del := func(status webhook.DeliveryStatus, kind string) processor.DeliveryRecord {
		d := processor.DeliveryRecord{Delivery: webhook.Delivery{Status: status, Tries: 3}}
		d.Event.Type = kind
		return d
	}
	taken := del(webhook.DeliveryDelivered, "payment.processing")
	for want, list := range map[string][]processor.DeliveryRecord{
		"took payment.processing": {taken},
		"payment.processing; payment.captured is on its way, 3 tries so far": {taken, del(webhook.DeliveryPending, "payment.captured")},
		"nothing yet; payment.captured was given up":                         {del(webhook.DeliveryExhausted, "payment.captured")},
	} {
		if got := receiverKnows(processor.Story{Timeline: processor.Timeline{Deliveries: list}}).Says; got != want {
			t.Errorf("it knows %q, expected %q", got, want)
		}
	}
}

func TestWaits_CountUntilTheDeadline(t *testing.T) {
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	p := payment.Payment{Status: payment.Created, CreatedAt: now, ExpiresAt: now.Add(15 * time.Minute)}
	list := waits(processor.Story{Payment: p}, now.Add(6*time.Minute))
	if len(list) != 1 || list[0].Percent != 40 || list[0].Left != "9 min of 15 min left" {
		t.Errorf("after 6 of 15 minutes it waits for %+v", list)
	}
}

// The money's way is told from the customer to the payout, and what it waits for with it.
func TestMoneyWay_GoesToThePayout(t *testing.T) {
	ten := money.Must("10.00", "EUR")
	taken := payment.Operation{Kind: payment.OpCapture, Status: payment.OpSucceeded, Amount: ten}
	back := payment.Operation{Kind: payment.OpRefund, Status: payment.OpSucceeded, Amount: money.Must("4.00", "EUR")}
	item := func(state settlement.ItemState, payout string) []settlement.Item {
		return []settlement.Item{{Kind: settlement.ItemCapture, State: state, Payout: payout, Amount: ten}}
	}
	captured := payment.Payment{Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken}}
	for name, c := range map[string]struct {
		p     payment.Payment
		items []settlement.Item
		way   string
		waits string
	}{
		"declined":   {payment.Payment{Status: payment.Declined, Amount: ten}, nil, "No money has moved (quiet)", ""},
		"reserved":   {payment.Payment{Status: payment.Authorized, Amount: ten}, nil, "Reserved €10.00 (good), Captured (wait), Settled (wait), Paid out (wait)", "The merchant's capture"},
		"captured":   {captured, item(settlement.ItemOpen, ""), "Captured €10.00 (good), Settled by the bank (wait), To be paid out €0.00 (wait)", "The bank's settlement"},
		"settled":    {captured, item(settlement.ItemSettled, ""), "Captured €10.00 (good), Settled by the bank (good), To be paid out €0.00 (wait)", "The payout"},
		"paid out":   {captured, item(settlement.ItemSettled, "po_1"), "Captured €10.00 (good), Settled by the bank (good), Paid out to the merchant (good)", ""},
		"in dispute": {payment.Payment{Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken, back}, Disputes: []payment.Dispute{{Status: payment.DisputeUnderReview, Amount: ten}}}, item(settlement.ItemSettled, "po_1"), "Captured €10.00 (good), Refunded €4.00 (bad), Held for a dispute €10.00 (bad), Settled by the bank (good), Paid out to the merchant (good)", ""},
	} {
		s := processor.Story{Payment: c.p, Items: c.items}
		var way, what []string
		for _, stop := range moneyWay(s) {
			way = append(way, strings.Join(strings.Fields(stop.Label+" "+stop.Amount+" ("+stop.Tone+")"), " "))
		}
		for _, w := range waits(s, time.Time{}) {
			what = append(what, w.What)
		}
		if got := strings.Join(way, ", "); got != c.way {
			t.Errorf("%s: the way is %s, expected %s", name, got, c.way)
		}
		if got := strings.Join(what, ", "); got != c.waits {
			t.Errorf("%s: it waits for %q, expected %q", name, got, c.waits)
		}
	}
}

func TestStepID_IsAnIDAndStaysOne(t *testing.T) {
	if got := stepID("res_1 <b>\"é/%41"); strings.ContainsAny(got, " <>\"%/") {
		t.Errorf("the id is %q", got)
	}
	steps := []step{{Hop: sequence.Hop{ID: "a"}}, {Hop: sequence.Hop{ID: "a"}}}
	if numbered(steps); steps[0].ID == steps[1].ID {
		t.Errorf("two steps have the id %q", steps[0].ID)
	}
}

func TestRaw_IsJSON(t *testing.T) {
	var list []map[string]any
	text := raw(tale{steps: []step{{Hop: sequence.Hop{ID: "a", Title: "</script>"}, Payload: bodyOf([]byte(`{"a": 1}`))}, {Hop: sequence.Hop{ID: "b"}, Payload: bodyOf([]byte("no JSON"))}}})
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 2 || list[1]["payload"] != "no JSON" {
		t.Errorf("%v: %s", err, text)
	}
}

func TestViewOf_UnknownIsTheStory(t *testing.T) {
	for asked, want := range map[string]view{"": viewStory, "wire": viewWire, "x": viewStory} {
		if got := viewOf(url.Values{"view": {asked}}); got != want {
			t.Errorf("%q is %s", asked, got)
		}
	}
}

// The list folds what says the same again, as the drawing does, and keeps every hop.
func TestHopsOf_FoldTries(t *testing.T) {
	at := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	one := func(id, fold string, after time.Duration) step {
		return step{Hop: sequence.Hop{ID: id, At: at.Add(after), Fold: fold, From: laneSandbank, To: laneReceiver}}
	}
	told := tale{steps: []step{one("a", "del_1", 0), one("b", "", time.Second), one("c", "del_1", time.Minute), one("d", "del_1", time.Hour)}}
	told.Payment.CreatedAt = at
	if list := hopsOf(told, viewStory); len(list) != 2 || len(list[0].More) != 2 || list[0].Again != "2 more like this, the last after 1 h" || list[1].ID != "b" {
		t.Errorf("the list is %+v", list)
	}
	if list := hopsOf(told, viewWire); len(list) != 4 {
		t.Errorf("the wire has %d hops, expected 4", len(list))
	}
}
