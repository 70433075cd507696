package check

import (
	"fmt"
	"slices"
	"strings"
)

// Group is what an order's state means.
type Group string

// The groups.
const (
	Pending  Group = "pending"  // not decided
	Paid     Group = "paid"     // the money is there, and the goods go or have gone
	Canceled Group = "canceled" // no money, no goods
	Returned Group = "returned" // the money went back or is disputed
)

// Words say which words of the merchant mean what.
type Words struct{ Pending, Paid, Shipped, Canceled, Returned []string }

// UsualWords are the words that are understood unless others are named.
func UsualWords() Words {
	return Words{
		Pending:  []string{"pending", "waiting", "new", "open", "created", "processing", "authorized", "reserved", "unpaid", "awaiting_payment"},
		Paid:     []string{"paid", "captured", "complete", "completed", "confirmed"},
		Shipped:  []string{"shipped", "fulfilled", "delivered", "sent"},
		Canceled: []string{"canceled", "cancelled", "abandoned", "expired", "released", "failed", "declined", "voided"},
		Returned: []string{"refunded", "disputed", "returned", "charged_back", "chargeback", "on_hold"},
	}
}

// Or fills each empty list of words from the usual ones.
func (w Words) Or(usual Words) Words {
	for _, f := range []struct {
		mine  *[]string
		other []string
	}{{&w.Pending, usual.Pending}, {&w.Paid, usual.Paid}, {&w.Shipped, usual.Shipped}, {&w.Canceled, usual.Canceled}, {&w.Returned, usual.Returned}} {
		if len(*f.mine) == 0 {
			*f.mine = f.other
		}
	}
	return w
}

// normal is a word without case, and with one way to join its parts.
func normal(word string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(word)))
}

// group is what a word means.
func (w Words) group(word string) (Group, error) {
	for _, g := range []struct {
		means Group
		words []string
	}{{Pending, w.Pending}, {Paid, w.Paid}, {Paid, w.Shipped}, {Canceled, w.Canceled}, {Returned, w.Returned}} {
		if slices.ContainsFunc(g.words, func(known string) bool { return normal(known) == normal(word) }) {
			return g.means, nil
		}
	}
	return "", fmt.Errorf("check: the order says %q, which is not among the words that are known: say what it means with --pending, --paid, --shipped, --canceled or --returned", word)
}
