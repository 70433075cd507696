package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sandbank/fault"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// Wish is a plan as somebody writes it, before it is checked: with card numbers
// and accounts, of which a [Plan] keeps only what may be kept.
type Wish struct {
	Customer []WishedAct               `json:"customer,omitempty"`
	Bank     *WishedBank               `json:"bank,omitempty"`
	Travel   string                    `json:"travel,omitempty"`
	Channels map[string]WishedDelivery `json:"channels,omitempty"`
}

// WishedAct is an [Act] as somebody writes it.
type WishedAct struct {
	Action string `json:"action"`
	After  string `json:"after,omitempty"`
	Card   string `json:"card,omitempty"`   // a published test number
	IBAN   string `json:"iban,omitempty"`   // a published test account
	Holder string `json:"holder,omitempty"` // the holder's name, which may stand for an outcome
	Bank   string `json:"bank,omitempty"`   // BIC
}

// WishedBank is a [Bank] as somebody writes it.
type WishedBank struct {
	WishedAnswer
	Capture *WishedFollowUp `json:"capture,omitempty"`
	Refund  *WishedFollowUp `json:"refund,omitempty"`
	Dispute *WishedDispute  `json:"dispute,omitempty"`
}

// WishedFollowUp is a [FollowUp] as somebody writes it.
type WishedFollowUp struct {
	WishedAnswer
	Travel string `json:"travel,omitempty"`
}

// WishedAnswer is an [Answer] as somebody writes it.
type WishedAnswer struct {
	Outcome   string        `json:"outcome,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	After     string        `json:"after,omitempty"`
	Times     *int          `json:"times,omitempty"`
	Challenge *WishedEnding `json:"challenge,omitempty"`
}

// WishedEnding is an [Ending] as somebody writes it.
type WishedEnding struct {
	Ends  string `json:"ends"`
	After string `json:"after,omitempty"`
}

// WishedDispute is a [Dispute] as somebody writes it.
type WishedDispute struct {
	Outcome   string `json:"outcome,omitempty"`
	Reason    string `json:"reason,omitempty"`
	After     string `json:"after,omitempty"`
	EndsAfter string `json:"ends_after,omitempty"`
	Travel    string `json:"travel,omitempty"`
}

// WishedDelivery is a [Delivery] as somebody writes it.
type WishedDelivery struct {
	How   []string `json:"how"`
	After string   `json:"after,omitempty"`
}

// Check makes a plan of a wish. Complaints go to the problem, each with its place
// below at; a plan that was complained about is not to be used.
func (w Wish) Check(problem *fault.Error, at string) Plan {
	p := Plan{Travel: oneOf(problem, at+"/travel", Travel(w.Travel), Travels(Authorize), true)}
	if len(w.Customer) > MaxActs {
		problem.At(at+"/customer", "must have at most %d acts", MaxActs)
	}
	for i, a := range w.Customer[:min(MaxActs, len(w.Customer))] {
		p.Customer = append(p.Customer, a.Check(problem, at+"/customer/"+strconv.Itoa(i)))
	}
	checkOrder(problem, at+"/customer", p.Customer)
	if w.Bank != nil {
		b := w.Bank.Check(problem, at+"/bank")
		p.Bank = &b
	}
	for name, d := range w.Channels {
		if !slices.Contains(Channels(), Channel(name)) {
			if printable(name) && !instrument.NamesCard(name) {
				problem.At(fault.Member(at+"/channels", name), "is not a channel; %s", choice(name, Channels()))
			} else {
				problem.At(at+"/channels", "has a name that is not a channel; %s", choice("", Channels()))
			}
			continue
		}
		if p.Channels == nil {
			p.Channels = map[Channel]Delivery{}
		}
		p.Channels[Channel(name)] = d.check(problem, at+"/channels/"+name, Channel(name))
	}
	if p.HoldsAnswer() && !p.paysAtOnce() {
		where := at + "/travel"
		if p.Travel != BeforeAccepted {
			where = at + "/channels/webhook/how"
		}
		problem.At(where, `before_accepted needs a customer who pays at once: give "customer": [{"action": "pay"}]`)
	}
	return p
}

// paysAtOnce reports whether the customer pays when the payment is made.
func (p Plan) paysAtOnce() bool {
	if len(p.Customer) == 0 || p.Customer[0].Action != Pay && p.Customer[0].Action != SubmitTwice {
		return false
	}
	d, _ := p.Customer[0].After.Duration()
	return d == 0
}

// checkOrder complains about acts that cannot follow one another.
func checkOrder(problem *fault.Error, at string, acts []Act) {
	for i, a := range acts {
		before := Action("")
		if i > 0 {
			before = acts[i-1].Action
		}
		where := at + "/" + strconv.Itoa(i) + "/action"
		switch {
		case a.Action == Retry && i == 0:
			problem.At(where, "retry needs an act before it that pays")
		case before == WalkAway && a.Action != ComeBackLate:
			problem.At(where, "cannot follow walk_away; only come_back_late can")
		case before == Cancel:
			problem.At(where, "cannot follow cancel, which ends the payment")
		case before == ComeBackLate:
			problem.At(where, "cannot follow come_back_late, which comes when the payment has expired")
		}
	}
}

// Check makes an act of a wish.
func (w WishedAct) Check(problem *fault.Error, at string) Act {
	a := Act{Action: oneOf(problem, at+"/action", Action(w.Action), Actions(), false), Bank: w.Bank}
	a.After = when(problem, at+"/after", w.After)
	if w.Bank != "" && !instrument.ValidBIC(w.Bank) {
		problem.At(at+"/bank", "must be a bank identifier of the form of a BIC, such as SANDNL2A")
	}
	if !a.Action.Pays() {
		for _, f := range []struct{ name, value string }{{"card", w.Card}, {"iban", w.IBAN}, {"holder", w.Holder}, {"bank", w.Bank}} {
			if f.value != "" && slices.Contains(Actions(), a.Action) {
				problem.At(at+"/"+f.name, "has no meaning with %s", a.Action)
			}
		}
		return a
	}
	if w.Card != "" && w.IBAN != "" {
		problem.At(at+"/iban", "cannot be given together with card")
		return a
	}
	with, err := instrument.Known(w.Card, w.IBAN, w.Holder)
	if err != nil {
		for _, f := range fault.From(err).Fields {
			problem.At(at+"/"+f.Pointer, "%s", f.Detail)
		}
		return a
	}
	a.With = &with
	return a
}

// Check makes what a bank does of a wish.
func (w WishedBank) Check(problem *fault.Error, at string) Bank {
	b := Bank{Answer: w.check(problem, at, Authorize)}
	for _, part := range []struct {
		name Part
		wish *WishedFollowUp
		into **FollowUp
	}{{Capture, w.Capture, &b.Capture}, {Refund, w.Refund, &b.Refund}} {
		if part.wish != nil {
			at := at + "/" + string(part.name)
			*part.into = &FollowUp{
				Answer: part.wish.check(problem, at, part.name),
				Travel: oneOf(problem, at+"/travel", Travel(part.wish.Travel), Travels(part.name), true),
			}
		}
	}
	if w.Dispute != nil {
		d := w.Dispute.check(problem, at+"/dispute")
		b.Dispute = &d
	}
	return b
}

func (w WishedDispute) check(problem *fault.Error, at string) Dispute {
	d := Dispute{
		Outcome: oneOf(problem, at+"/outcome", DisputeOutcome(w.Outcome), DisputeOutcomes(), true),
		Reason:  w.Reason, After: when(problem, at+"/after", w.After, Never), EndsAfter: when(problem, at+"/ends_after", w.EndsAfter),
		Travel: oneOf(problem, at+"/travel", Travel(w.Travel), DisputeTravels(), true),
	}
	if len(w.Reason) > 100 || !printable(w.Reason) {
		problem.At(at+"/reason", "must have at most 100 printable ASCII characters")
	} else if instrument.NamesCard(w.Reason) {
		problem.At(at+"/reason", "must not hold a card number")
	}
	if d.Outcome == DisputeSilent && w.EndsAfter != "" {
		problem.At(at+"/ends_after", "has no meaning with silent: it is never decided")
	}
	if d.Outcome == DisputeSilent && d.Travel == OutOfOrder {
		problem.At(at+"/travel", "out_of_order has no meaning with silent: there is no end that could come first")
	}
	return d
}

func (w WishedAnswer) check(problem *fault.Error, at string, part Part) Answer {
	a := Answer{
		Outcome: oneOf(problem, at+"/outcome", Outcome(w.Outcome), Outcomes(part), true),
		After:   when(problem, at+"/after", w.After, AfterDeadline, Never),
	}
	if w.Times != nil {
		if a.Times = *w.Times; a.Times < 1 || a.Times > MaxTimes {
			problem.At(at+"/times", "must be 1 to %d, or left out for every request", MaxTimes)
		}
	}
	if a.Outcome == Silent && a.After != "" && a.After != Never {
		problem.At(at+"/after", "has no meaning with silent: nothing is ever said")
	}
	a.Reason = w.reason(problem, at, a.Outcome, part)
	switch {
	case w.Challenge == nil:
	case a.Outcome != Challenge:
		problem.At(at+"/challenge", `has a meaning only with "outcome": "challenge"`)
	default:
		a.Challenge = &Ending{
			Ends:  oneOf(problem, at+"/challenge/ends", End(w.Challenge.Ends), Ends(), false),
			After: when(problem, at+"/challenge/after", w.Challenge.After, AfterDeadline),
		}
	}
	return a
}

// reason is the reason of a decline or an error, by default the most general.
func (w WishedAnswer) reason(problem *fault.Error, at string, o Outcome, part Part) string {
	codes := make([]string, 0, len(reason.All()))
	for _, r := range reason.All() {
		codes = append(codes, r.Code)
	}
	switch {
	case o != Declined && o != Failed:
		if w.Reason != "" {
			problem.At(at+"/reason", `has a meaning only with "outcome": "declined" or "error"`)
		}
		return ""
	case w.Reason != "":
		return oneOf(problem, at+"/reason", w.Reason, codes, false)
	case o == Failed:
		return reason.ProcessingError
	case part == Refund:
		return reason.RefundRejected
	}
	return reason.DoNotHonor
}

func (w WishedDelivery) check(problem *fault.Error, at string, of Channel) Delivery {
	d := Delivery{After: when(problem, at+"/after", w.After)}
	if len(w.How) == 0 || len(w.How) > len(Ways(of)) {
		problem.At(at+"/how", "must have 1 to %d words; %s", len(Ways(of)), choice("", Ways(of)))
		return d
	}
	for i, word := range w.How {
		where := at + "/how/" + strconv.Itoa(i)
		way := oneOf(problem, where, Way(word), Ways(of), false)
		if d.Has(way) {
			problem.At(where, "is given twice")
		}
		d.How = append(d.How, way)
	}
	if d.Has(Lost) && len(d.How) > 1 {
		problem.At(at+"/how", "lost goes with no other word")
	}
	if d.Has(BrokenSignature) && d.Has(StaleTimestamp) {
		problem.At(at+"/how", "broken_signature and stale_timestamp do not go together")
	}
	if d.After != "" && !d.Has(Late) && !d.Has(Reordered) {
		problem.At(at+"/after", "has a meaning only with late or reordered")
	}
	return d
}

func when(problem *fault.Error, at, s string, words ...When) When {
	w, wrong := parseWhen(s, words...)
	if wrong != "" {
		problem.At(at, "%s", wrong)
	}
	return w
}

// oneOf complains unless a word is one of a list, or is left out where it may be.
func oneOf[T ~string](problem *fault.Error, at string, got T, list []T, optional bool) T {
	switch {
	case slices.Contains(list, got), got == "" && optional:
	case got == "":
		problem.At(at, "is required; %s", choice("", list))
	default:
		problem.At(at, "%s", choice(string(got), list))
	}
	return got
}

// choice names what a word may be, and which of them is nearest to what was
// given.
func choice[T ~string](got string, list []T) string {
	text := fmt.Sprintf("must be one of %v", list)
	if near := fault.Nearest(got, list); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return text
}

func printable(s string) bool {
	return utf8.ValidString(s) && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) })
}
