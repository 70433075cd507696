package look

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tone is the color family of a status. It never stands alone: a word and a
// shape go with it.
type Tone string

// The tones, each a class of the style sheet.
const (
	ToneQuiet Tone = "quiet" // over, and nothing happened
	ToneWait  Tone = "wait"  // a person has to act
	ToneBusy  Tone = "busy"  // a machine is at it
	ToneGood  Tone = "good"  // as hoped
	ToneBad   Tone = "bad"   // not as hoped
)

// Status is how a status is shown: word, shape and color.
type Status struct {
	Word string
	Icon string
	Tone Tone
}

// statuses maps the words of the API to what people see. Resources other than
// payments (refund, dispute, settlement, delivery, bank) share the table where
// the word means the same.
var statuses = map[string]Status{
	"created":         {"Created", "dashed", ToneWait},
	"processing":      {"Processing", "half", ToneBusy},
	"action_required": {"Action required", "out", ToneWait},
	"authorized":      {"Authorized", "lock", ToneGood},
	"captured":        {"Captured", "check", ToneGood},
	"declined":        {"Declined", "cross", ToneBad},
	"failed":          {"Failed", "alert", ToneBad},
	"canceled":        {"Canceled", "slash", ToneQuiet},
	"voided":          {"Voided", "unlock", ToneQuiet},
	"abandoned":       {"Abandoned", "moon", ToneQuiet},

	"refunded":  {"Refunded", "back", ToneQuiet},
	"disputed":  {"Disputed", "alert", ToneBad},
	"pending":   {"Pending", "half", ToneBusy},
	"succeeded": {"Succeeded", "check", ToneGood},
	"delivered": {"Delivered", "check", ToneGood},
	"exhausted": {"Exhausted", "cross", ToneBad},
	"online":    {"Online", "check", ToneGood},
	"degraded":  {"Degraded", "alert", ToneWait},
	"offline":   {"Offline", "cross", ToneBad},
	"balanced":  {"Balanced", "check", ToneGood},

	"explained":   {"Explained", "check", ToneGood},
	"unexplained": {"Unexplained", "alert", ToneBad},

	"received":       {"Received", "half", ToneBusy},
	"matched":        {"Matched", "check", ToneGood},
	"broken":         {"Has breaks", "alert", ToneBad},
	"resolved":       {"Worked off", "check", ToneGood},
	"missing":        {"Missing", "alert", ToneBad},
	"corrected":      {"Corrected", "check", ToneGood},
	"written_off":    {"Written off", "slash", ToneQuiet},
	"in_transit":     {"In transit", "half", ToneBusy},
	"needs_response": {"Needs response", "alert", ToneWait},
	"under_review":   {"Under review", "half", ToneBusy},
	"open":           {"Open", "dashed", ToneWait},
	"paid":           {"Paid", "check", ToneGood},
	"settled":        {"Settled", "check", ToneGood},
	"waiting":        {"Waiting", "dashed", ToneWait},
	"running":        {"Running", "half", ToneBusy},
	"held":           {"Held", "check", ToneGood},
	"not_run":        {"Not run", "slash", ToneQuiet},
	"timed_out":      {"Took too long", "clock", ToneBad},
	"won":            {"Won", "check", ToneGood},
	"lost":           {"Lost", "cross", ToneBad},
}

// StatusOf is the look of a status of the API. An unknown status is shown
// quietly in its own word: a new status must not break a page.
func StatusOf(word string) Status {
	if s, ok := statuses[word]; ok {
		return s
	}
	return Status{Word: Sentence(strings.ReplaceAll(word, "_", " ")), Icon: "dot", Tone: ToneQuiet}
}

// ToneStatus is a status with a word of the page's own, such as a bank's health.
func ToneStatus(tone, word string) Status {
	icons := map[Tone]string{ToneWait: "alert", ToneBusy: "half", ToneGood: "check", ToneBad: "cross"}
	icon, ok := icons[Tone(tone)]
	if !ok {
		return Status{Word: word, Icon: "dot", Tone: ToneQuiet}
	}
	return Status{Word: word, Icon: icon, Tone: Tone(tone)}
}

// PaymentStatuses are the payment statuses in the order of a payment's life, for a filter.
func PaymentStatuses() []string {
	return []string{"created", "processing", "action_required", "authorized", "captured",
		"declined", "failed", "canceled", "voided", "abandoned"}
}

// Sentence makes the first letter a capital.
func Sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// Initials are up to two letters to stand for a name.
func Initials(name string) string {
	var out []rune
	for _, word := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(word)
		if word == "The" || !(unicode.IsLetter(r) || unicode.IsDigit(r)) {
			continue
		}
		if out = append(out, unicode.ToUpper(r)); len(out) == 2 {
			break
		}
	}
	if len(out) == 0 {
		return "·"
	}
	return string(out)
}
