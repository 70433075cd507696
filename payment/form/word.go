package form

import (
	"slices"
	"strconv"
	"strings"

	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment"
)

// MaxTypes is how many types of events an endpoint or a filter may name.
const MaxTypes = 30

// EveryType stands for all types of events in an endpoint's list.
const EveryType = "*"

// others are words of other processors for what happens here.
var others = map[string]string{
	"paid": "payment.captured", "succeeded": "payment.captured", "success": "payment.captured", "completed": "payment.captured", "complete": "payment.captured",
	"settled": "payment.captured", "approved": "payment.captured", "capturable": "payment.authorized", "pending": "payment.processing", "submitted": "payment.processing",
	"requires_action": "payment.action_required", "refused": "payment.declined", "rejected": "payment.declined", "error": "payment.failed",
	"cancelled": "payment.canceled", "refunded": "refund.succeeded", "chargeback": "dispute.opened", "disputed": "dispute.opened",
}

// MeantType is the event type most likely meant by an unknown word; "" if there is
// none.
func MeantType(word string) string {
	known := event.Types()
	lower := strings.ToLower(word)
	if slices.Contains(known, lower) {
		return lower
	}
	of, what, dotted := strings.Cut(lower, ".")
	if last := lower[strings.LastIndexByte(lower, '.')+1:]; dotted && others[last] != "" && (of == "payment" || strings.HasPrefix(of, "payment_") || of == "charge" || of == "checkout") {
		return others[last]
	}
	if near := fault.Nearest(lower, known); near != "" {
		return near
	}
	for _, t := range known { // "payments.captured", "captured"
		if what != "" && strings.HasSuffix(t, "."+what) || !dotted && strings.HasSuffix(t, "."+lower) {
			return t
		}
	}
	return others[lower]
}

// abandoned is a status that is told to nobody, on purpose.
const abandoned = event.PaymentPrefix + string(payment.Abandoned)

func noType(name string) string {
	if name == abandoned || name == "payment.expired" {
		return strconv.Quote(Shown(name)) + " is told to nobody: a payment is abandoned in silence"
	}
	if meant := MeantType(name); meant != "" {
		return strconv.Quote(Shown(name)) + " is no type of event; " + strconv.Quote(meant) + " is"
	}
	return strconv.Quote(Shown(name)) + " is no type of event; there are " + strings.Join(event.Types(), ", ")
}

// CheckTypes complains about unknown event types: a listener for a misspelled
// one would wait forever.
func CheckTypes(problem *fault.Error, at string, types []string) {
	if len(types) > MaxTypes {
		problem.At(at, "must have at most %d types", MaxTypes)
		return
	}
	for _, name := range types {
		if !slices.Contains(event.Types(), name) {
			problem.At(at, "%s", noType(name))
			return
		}
	}
}

// CheckSubscribed complains, each at its place, about what an endpoint wants to
// hear and nobody says.
func CheckSubscribed(problem *fault.Error, at string, types []string) {
	if len(types) > MaxTypes {
		problem.At(at, "must have at most %d types", MaxTypes)
		return
	}
	known := event.Types()
	for i, name := range types {
		if name != EveryType && !slices.Contains(known, name) {
			problem.At(fault.Element(at, i), "%s", noType(name))
		}
	}
}
