package main

import (
	"testing"

	"sandbank/payment"
	"sandbank/processor"
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
