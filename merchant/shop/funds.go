package shop

import (
	"slices"

	"sandbank/event"
	"sandbank/merchant/client"
	"sandbank/money"
)

// funds is the state of an order's money after the bank's approval. Each message
// of the processor is merged into it: an operation is decided once, so that
// messages which come twice or out of order change nothing.
type funds struct {
	captures, voids, refunds []client.Operation
	dispute                  client.Dispute
	manual                   bool // captured by the shop, not with the approval
}

// The statuses of an operation.
const (
	opPending   = "pending"
	opSucceeded = "succeeded"
)

// see takes a payment as it was told, and reports whether something is new.
func (f *funds) see(p client.Payment) (news bool) {
	f.manual = f.manual || p.Capture == captureManual
	for _, o := range p.Captures {
		news = add(&f.captures, o) || news
	}
	for _, o := range p.Voids {
		news = add(&f.voids, o) || news
	}
	for _, o := range p.Refunds {
		news = add(&f.refunds, o) || news
	}
	return p.Dispute != nil && f.disputed(*p.Dispute) || news
}

// add keeps an operation; what is decided is never undecided again.
func add(list *[]client.Operation, o client.Operation) (news bool) {
	i := slices.IndexFunc(*list, func(have client.Operation) bool { return have.ID == o.ID })
	switch {
	case i < 0:
		*list = append(*list, o)
	case (*list)[i].Status == opPending && o.Status != opPending:
		(*list)[i] = o
	default:
		return false
	}
	return true
}

// disputeStages are the statuses of a dispute in the order in which they come.
var disputeStages = []string{"needs_response", "under_review", "won", "lost"}

func (f *funds) disputed(d client.Dispute) (news bool) {
	stage := func(d client.Dispute) int { return slices.Index(disputeStages, d.Status) }
	if f.dispute.ID == d.ID && stage(d) <= stage(f.dispute) || f.dispute.OpenedAt.After(d.OpenedAt) {
		return false
	}
	f.dispute = d
	return true
}

// copy is safe to read without the lock.
func (f funds) copy() funds {
	f.captures, f.voids, f.refunds = slices.Clone(f.captures), slices.Clone(f.voids), slices.Clone(f.refunds)
	return f
}

// pending reports whether the bank has not answered something yet.
func (f *funds) pending() bool {
	under := func(o client.Operation) bool { return o.Status == opPending }
	return slices.ContainsFunc(f.captures, under) || slices.ContainsFunc(f.voids, under) || slices.ContainsFunc(f.refunds, under)
}

// sum adds up operations of these statuses.
func sum(list []client.Operation, statuses ...string) money.Amount {
	total := money.Zero(currency)
	for _, o := range list {
		if slices.Contains(statuses, o.Status) && o.Amount.Currency() == currency {
			total = total.Add(o.Amount)
		}
	}
	return total
}

// capturable is the part of a total that can still be captured.
func (f *funds) capturable(total money.Amount) money.Amount {
	return total.Sub(sum(f.captures, opPending, opSucceeded))
}

// refundable is the part that can still be refunded.
func (f *funds) refundable() money.Amount {
	left := sum(f.captures, opSucceeded).Sub(sum(f.refunds, opPending, opSucceeded))
	if d := f.dispute; d.ID != "" && d.Status != "won" && d.Amount.Currency() == currency {
		left = left.Sub(d.Amount)
	}
	return left
}

// returned reports whether all that was taken went back.
func (f *funds) returned() bool {
	taken := sum(f.captures, opSucceeded)
	return taken.IsPositive() && taken.Equal(sum(f.refunds, opSucceeded))
}

// moves lists it for people. A capture that came with the approval is not worth a
// line.
func (f *funds) moves() (list []Move) {
	line := func(title string, ops []client.Operation) {
		for _, o := range ops {
			m := Move{Title: title, Amount: inWords(o.Amount), Status: o.Status, At: o.CreatedAt}
			if o.Reason != nil {
				m.Note = o.Reason.Message
			}
			list = append(list, m)
		}
	}
	if f.manual {
		line("Taken", f.captures)
	}
	line("Released", f.voids)
	line("Refund", f.refunds)
	if d := f.dispute; d.ID != "" {
		list = append(list, Move{Title: "Dispute", Amount: inWords(d.Amount), Status: d.Status, At: d.OpenedAt, Note: disputeNotes[d.Status]})
	}
	return list
}

// disputeNotes explain a dispute's status to the shop.
var disputeNotes = map[string]string{
	"needs_response": "The customer wants the money back through the bank. Evidence is handed in at the processor.",
	"under_review":   "The bank looks at the evidence.",
	"won":            "The bank decided for the shop.",
	"lost":           "The bank decided for the customer: the money is gone.",
}

// tiding is how the shop's log words an event about what follows an approval.
type tiding struct {
	text      string
	good, bad bool
}

var tidings = map[string]tiding{
	event.CaptureSucceeded:   {"Heard that the money was taken", true, false},
	event.CaptureFailed:      {"Heard that the money could not be taken", false, true},
	event.VoidSucceeded:      {"Heard that the money was released", true, false},
	event.VoidFailed:         {"Heard that the money could not be released", false, true},
	event.RefundSucceeded:    {"Heard that a refund is through", true, false},
	event.RefundFailed:       {"Heard that a refund failed; the money is still here", false, true},
	event.DisputeOpened:      {"Heard that the customer disputes the payment", false, true},
	event.DisputeUnderReview: {"Heard that the bank looks at the evidence", false, false},
	event.DisputeWon:         {"Heard that the dispute is won", true, false},
	event.DisputeLost:        {"Heard that the dispute is lost", false, true},
}
