package scenario

import (
	"slices"
	"strings"

	"sandbank/fault"
)

// elsewhere is what is called otherwise in other tools and APIs, by the word that people bring along.
var elsewhere = map[string]string{
	"wait": "advance", "sleep": "advance", "delay": "advance", "time": "advance", "request": "call", "http": "call", "webhook": "receive", "endpoint": "receive",
	"assert": "expect", "check": "expect", "then": "expect", "pay": "customer", "chargeback": "dispute", "payout": "pay out", "race": "parallel",
	"paid": "captured", "success": "captured", "succeeded": "captured", "expired": "abandoned", "pending": "processing", "open": "created", "refused": "declined",
	"payment.paid": "payment.captured", "payment.succeeded": "payment.captured",
}

// shortestPart is how long a word has to be that is looked for inside of others.
const shortestPart = 4

// meant is the choice that somebody who wrote a word most likely meant; "" where that is not clear: one that is spelled
// nearly so, one that says the same, or the only one of which the word is a part.
func meant[T ~string](word string, choices []T) T {
	if near := fault.Nearest(word, choices); near != "" {
		return near
	}
	word = strings.ToLower(word)
	if same := T(elsewhere[word]); slices.Contains(choices, same) {
		return same
	}
	var found []T
	for _, c := range choices {
		if len(word) >= shortestPart && strings.Contains(string(c), word) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}
