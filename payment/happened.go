package payment

import "sandbank/event"

// Happened lists the types of the events that a change causes, in order.
// Abandonment causes none. Before is the zero Payment for a new one.
func Happened(before, after Payment) []string {
	var types []string
	for i, o := range after.Operations {
		if after.Implied(o) || o.Status == OpPending {
			continue
		}
		if i >= len(before.Operations) || before.Operations[i].Status != o.Status {
			types = append(types, string(o.Kind)+"."+string(o.Status))
		}
	}
	for i, d := range after.Disputes {
		switch {
		case i >= len(before.Disputes):
			types = append(types, event.DisputeOpened)
		case before.Disputes[i].Status != d.Status:
			types = append(types, "dispute."+string(d.Status))
		}
	}
	switch {
	case after.Status == before.Status:
	case after.Status == Created && before.Status != "":
		types = append(types, event.AttemptDeclined)
	case after.Status.Notified():
		types = append(types, event.PaymentPrefix+string(after.Status))
	}
	return types
}
