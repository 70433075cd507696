package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/webhook"
)

// The steps after an approval are told by their own names, and not by the
// status, which does not change.
func TestVoice_SaysWhatChanged(t *testing.T) {
	for want, n := range map[string]processor.Narration{
		" · SANDNL2A approved, booked":             {Status: payment.Captured, Told: []string{"payment.captured"}},
		" · refund, asked SANDNL2A":                {Status: payment.Captured, Asked: "refund"},
		" · refund succeeded":                      {Status: payment.Captured, Told: []string{"refund.succeeded"}},
		" · refund failed, dispute opened":         {Status: payment.Captured, Told: []string{"refund.failed", "dispute.opened"}, Asked: "refund"},
		" · capture succeeded":                     {Status: payment.Captured, Told: []string{"capture.succeeded", "payment.captured"}},
		" · dispute under review":                  {Status: payment.Captured, Told: []string{"dispute.under_review"}},
		" · waits for the customer, bank SANDNL2A": {Status: payment.Created},
	} {
		n.Bank = "SANDNL2A"
		if got := inWords(n); got != want {
			t.Errorf("%v, told %v: %q, not %q", n.Status, n.Told, got, want)
		}
	}
}

// An endpoint that fails is told of once, then by numbers once a minute, and when it is over.
func TestVoice_CountsWebhooksThatFail(t *testing.T) {
	var out bytes.Buffer
	v := &voice{out: &out}
	hand := clock.NewManual(time.Date(2026, 3, 14, 14, 5, 0, 0, time.UTC))
	h := hookVoice{wall: hand, say: v.hook, failing: map[string]*failing{}}
	try := func(code int) string {
		out.Reset()
		h.heard(webhook.Tried{
			Attempt: webhook.Attempt{Code: code, Request: webhook.Request{URL: "http://shop.test/hooks?key=s3cret"}}, Status: webhook.DeliveryPending, Owner: webhook.Endpoint{ID: "we_1"},
		})
		return out.String()
	}
	if got := try(200); got != "" {
		t.Errorf("one arrives: want nothing told, got %q", got)
	}
	if got := try(500); !strings.Contains(got, "webhook fails    we_1 at http://shop.test/hooks · answered 500, tried again at") {
		t.Errorf("the first failure: got %q", got)
	}
	for range 50 {
		if got := try(500); got != "" {
			t.Fatalf("failures within a minute: want none told, got %q", got)
		}
	}
	hand.Advance(time.Minute)
	if got := try(500); !strings.Contains(got, "answered 500, 52 tries in a row") {
		t.Errorf("a minute later: got %q", got)
	}
	if got := try(204); !strings.Contains(got, "webhook arrives  we_1 at http://shop.test/hooks · after 52 tries that failed") {
		t.Errorf("it arrives again: got %q", got)
	}
	out.Reset()
	v.hook(hookWord{Tried: webhook.Tried{Attempt: webhook.Attempt{
		Error: `Post "http://shop.test/hooks?key=s3cret": connection refused`, Request: webhook.Request{URL: "http://shop.test/hooks?key=s3cret"},
	}}, Failed: 1})
	if got := out.String(); strings.Contains(got, "s3cret") || !strings.Contains(got, `Post "http://shop.test/hooks": connection refused`) {
		t.Errorf("no answer: want why, and nothing of the query, got %q", got)
	}
	if got := try(200); got != "" {
		t.Errorf("the next one: want nothing told, got %q", got)
	}
}

func TestVoice_TellsSettlementsThatPay(t *testing.T) {
	var out bytes.Buffer
	v := &voice{out: &out}
	v.step(processor.Narration{Settled: &settlement.Settlement{ID: "stl_1", Bank: "SANDNL2A"}})
	if out.Len() > 0 {
		t.Errorf("a batch that pays for nothing is told: %s", &out)
	}
	v.step(processor.Narration{Settled: &settlement.Settlement{ID: "stl_2", Bank: "SANDNL2A", Lines: 3, Net: money.Must("19.95", "EUR").Net()}})
	if got := out.String(); !strings.Contains(got, "settlement       stl_2  19.95 EUR · SANDNL2A pays for 3 lines, open breaks: 0") {
		t.Errorf("a batch that pays: got %q", got)
	}
}

func TestVoice_TellsPayouts(t *testing.T) {
	var out bytes.Buffer
	v := &voice{out: &out}
	o := settlement.Payout{
		ID: "po_1", Merchant: "demo-shop", Status: settlement.PayoutInTransit, Amount: money.Must("19.40", "EUR"), Items: 2,
		ArrivesAt: time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC),
	}
	v.step(processor.Narration{Merchant: o.Merchant, PaidOut: &o})
	o.Status = settlement.PayoutPaid
	v.step(processor.Narration{Merchant: o.Merchant, PaidOut: &o})
	for _, want := range []string{
		"payout           po_1  19.40 EUR · leaves for demo-shop, 2 items, arrives 2026-12-02 10:00 UTC\n",
		"payout           po_1  19.40 EUR · has arrived at demo-shop\n",
	} {
		if got := out.String(); !strings.Contains(got, want) {
			t.Errorf("a payout left and arrived: want the line %q, got %q", want, got)
		}
	}
}
