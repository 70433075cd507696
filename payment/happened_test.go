package payment

import (
	"slices"
	"testing"

	"sandbank/event"
)

// Every change of a payment has an event type from the one list, and every type
// in it that is about a payment can occur.
func TestHappened_UsesEveryType(t *testing.T) {
	told := map[string]bool{}
	tell := func(before, after Payment) {
		for _, name := range Happened(before, after) {
			told[name] = true
		}
	}
	for _, before := range append(Statuses(), "") {
		for _, after := range Statuses() {
			tell(Payment{Status: before}, Payment{Status: after})
		}
	}
	for _, kind := range []OperationKind{OpCapture, OpVoid, OpRefund} {
		for _, status := range []OperationStatus{OpPending, OpSucceeded, OpFailed} {
			after := Payment{Status: Authorized, CaptureMode: CaptureManual, Operations: []Operation{{ID: "op", Kind: kind, Status: status}}}
			tell(Payment{Status: Authorized, CaptureMode: CaptureManual}, after)
		}
	}
	for _, status := range []DisputeStatus{DisputeNeedsResponse, DisputeUnderReview, DisputeWon, DisputeLost} {
		tell(Payment{Status: Captured}, Payment{Status: Captured, Disputes: []Dispute{{Status: status}}})
		tell(Payment{Status: Captured, Disputes: []Dispute{{}}}, Payment{Status: Captured, Disputes: []Dispute{{Status: status}}})
	}
	// A dispute begins with needs_response, and never comes back to it.
	delete(told, "dispute."+string(DisputeNeedsResponse))
	for _, name := range event.Types() {
		if !told[name] && name != event.PayoutCreated && name != event.PayoutPaid {
			t.Errorf("event.Types has %q, which nothing that happens to a payment is told by", name)
		}
	}
	for name := range told {
		if !slices.Contains(event.Types(), name) {
			t.Errorf("a payment tells of %q, which event.Types does not have", name)
		}
	}
}
