package form

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sandbank/fault"
	"sandbank/payment/instrument"
)

// Text is the rule of a text. No text may have control characters or an accepted
// card number: texts are stored, sent and logged.
type Text struct {
	Min, Max int  // characters, that is Unicode code points, both included
	Lines    bool // line ends and tabs may be in it
}

// The rules of all texts that people and programs write.
var (
	Reference     = Text{Min: 1, Max: 100} // of a payment, as its merchant calls it
	Description   = Text{Max: 255}         // of a payment, a capture, a refund or a webhook endpoint
	MetadataKey   = Text{Min: 1, Max: 40}
	MetadataValue = Text{Max: 500}
	Evidence      = Text{Min: 1, Max: 2000, Lines: true} // a merchant's evidence in a dispute
	Note          = Text{Min: 1, Max: 255}               // why a break is written off
	Search        = Text{Max: 200}                       // a search in the audit log or a list
	Name          = Text{Max: 100}                       // of a bank, an account, a bank's line
	MerchantName  = Text{Min: 1, Max: 60}                // of a merchant that is made at run time
)

// The rules of texts that banks say in their messages. They stand in every event about a payment, which has a bound.
var (
	BankText     = Text{Max: 200}
	BankCode     = Text{Max: 10} // of a reason, in another dialect
	BankBehavior = Text{Max: 500}
)

// DisputeReason is the reason that a simulated bank gives for a dispute.
var DisputeReason = Text{Max: 64}

// Optional is a rule for a text that may be left out.
func Optional(t Text) Text {
	t.Min = 0
	return t
}

// MaxMetadata is how many entries a payment's metadata may have.
const MaxMetadata = 20

// NoCard is the complaint about a card number where none belongs.
const NoCard = "must not have a card number in it; the customer enters that on the checkout page alone"

// Check complains at a place unless a text keeps to the rule.
func (t Text) Check(problem *fault.Error, at, s string) {
	n := utf8.RuneCountInString(s)
	switch {
	case n < t.Min && n == 0:
		problem.At(at, "is required")
	case n < t.Min || n > t.Max:
		problem.At(at, "must have %d to %d characters, not %d", t.Min, t.Max, n)
	case !utf8.ValidString(s):
		problem.At(at, "must be UTF-8")
	case strings.ContainsFunc(s, t.control):
		problem.At(at, "must not have control characters")
	case instrument.NamesCard(s):
		problem.At(at, NoCard)
	}
}

func (t Text) control(r rune) bool {
	return unicode.IsControl(r) && (!t.Lines || r != '\n' && r != '\r' && r != '\t')
}

// CheckMetadata complains about a payment's metadata, below a place.
func CheckMetadata(problem *fault.Error, at string, m map[string]string) {
	if len(m) > MaxMetadata {
		problem.At(at, "must have at most %d entries", MaxMetadata)
		return
	}
	for _, key := range sortedKeys(m) {
		if instrument.NamesCard(key) { // which the place would repeat
			problem.At(at, NoCard)
			continue
		}
		place := fault.Member(at, key)
		MetadataKey.Check(problem, place, key)
		MetadataValue.Check(problem, place, m[key])
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// CheckChoice complains unless a value is one of the choices.
func CheckChoice[T ~string](problem *fault.Error, at string, value T, choices []T) {
	if !slices.Contains(choices, value) {
		problem.At(at, "must be one of %v", choices)
	}
}

// Number is the rule of a whole number.
type Number struct{ Min, Max int }

// Check complains at a place unless a number keeps to the rule.
func (n Number) Check(problem *fault.Error, at string, value int) {
	if value < n.Min || value > n.Max {
		problem.At(at, "must be %d to %d", n.Min, n.Max)
	}
}

// Problem begins the error that complaints are collected in.
func Problem() *fault.Error {
	return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
}

// Found is the problem as an error, or nil if it has no complaints.
func Found(problem *fault.Error) error {
	if len(problem.Fields) == 0 {
		return nil
	}
	return problem
}

// Attempts is how many tries a customer may be given to pay.
var Attempts = Number{Min: 1, Max: 10}
