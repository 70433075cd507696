package webhook_test

import (
	"testing"
	"time"

	"sandbank/event"
	"sandbank/webhook"
)

// Mollie's tries are ten in 26 hours, at the minutes that its documentation lists.
func TestMollie_TenTriesIn26Hours(t *testing.T) {
	e, total := webhook.Endpoint{Dialect: webhook.DialectMollie}, time.Duration(0)
	after := []time.Duration{}
	for try := 1; ; try++ {
		wait, again := e.Wait(try, 0.7)
		if !again {
			break
		}
		total += wait
		after = append(after, total/time.Minute)
	}
	want := []time.Duration{1, 3, 7, 15, 31, 60, 120, 240, 1560}
	if len(after) != len(want) || e.MaxTries() != 10 {
		t.Fatalf("there are %d tries after the first, %d in all; expected %d, 10", len(after), e.MaxTries(), len(want))
	}
	for i := range want {
		if after[i] != want[i] {
			t.Errorf("try %d is %d minutes after the first, expected %d", i+2, after[i], want[i])
		}
	}
}

// The payment says where its webhook goes, and the body says its identifier alone.
func TestMollie_GoesWhereThePaymentSays(t *testing.T) {
	e := event.Event{Data: []byte(`{"id": "tr_1", "status": "paid", "webhookUrl": "https://shop.example/hook?order=1"}`)}
	if to := (webhook.Endpoint{Dialect: webhook.DialectMollie, URL: "x"}).For(e).URL; to != "https://shop.example/hook?order=1" {
		t.Errorf("it goes to %q", to)
	}
	if to := (webhook.Endpoint{URL: "https://shop.example/"}).For(e).URL; to != "https://shop.example/" {
		t.Errorf("an endpoint of the house's own goes to %q", to)
	}
	if body := string(webhook.BodyMollie.Write(e)); body != "id=tr_1" {
		t.Errorf("the body is %q", body)
	}
}
