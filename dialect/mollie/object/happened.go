package object

import (
	"encoding/json"

	"sandbank/event/format"
	"sandbank/payment"
)

// Happening is something that the webhook of a payment tells: that it changed, and no more.
type Happening struct {
	Type  string // for this house's own lists
	Data  json.RawMessage
	Quiet bool // what the house's own API is silent about
}

// Happened lists what is told of a change, of a payment that names an address for it: one webhook for one change. Before is
// the zero Payment for a new one.
func Happened(before, after payment.Payment) []Happening {
	n := NoteOf(after)
	if n.WebhookURL == "" || before.ID == "" {
		return nil
	}
	kind := change(before, after)
	if kind == "" {
		return nil
	}
	data := Encode(format.MollieEvent{ID: ID(after), Status: string(StatusOf(after)), URL: n.WebhookURL})
	return []Happening{{Type: "payment." + kind, Data: data, Quiet: after.Status == payment.Abandoned && before.Status != after.Status}}
}

// change names the change; "" for one that is not told.
func change(before, after payment.Payment) string {
	if s := StatusOf(after); s != StatusOf(before) && s.told() {
		return string(s)
	}
	for i, op := range after.Operations {
		was := payment.OperationStatus("")
		if i < len(before.Operations) {
			was = before.Operations[i].Status
		}
		if op.Status == was || op.Status == payment.OpPending || after.Implied(op) {
			continue
		}
		switch op.Kind {
		case payment.OpRefund:
			return "refund_" + RefundStatus(op.Status)
		case payment.OpCapture:
			return "capture_" + string(op.Status)
		case payment.OpVoid:
		}
	}
	for i, d := range after.Disputes {
		switch {
		case i >= len(before.Disputes):
			return "charged_back"
		case d.Status != before.Disputes[i].Status && d.Status == payment.DisputeWon:
			return "chargeback_reversed"
		}
	}
	return ""
}
