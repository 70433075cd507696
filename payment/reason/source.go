package reason

// Source is where the rule came from that decided a payment.
type Source string

// The sources that the published precedence ranks, the strongest first. Nothing
// ranks amount above default but a bank that goes by amounts.
const (
	ByRequest  Source = "request"     // simulate, in the request, a header or under /sim
	ByScenario Source = "scenario"    // simulate, in the scenario that runs
	ByBank     Source = "bank"        // the bank's behavior
	ByNumber   Source = "card_number" // the test card, or the test account
	ByHolder   Source = "holder_name"
	ByAmount   Source = "amount"
	ByDefault  Source = "default" // nothing else applied: approved
)

// The sources of deliberate acts, which are outside the precedence.
const (
	ByCustomer Source = "customer"
	ByMerchant Source = "merchant"
	ByTime     Source = "time"
)

// Precedence lists the sources that compete for a bank's decision, the strongest
// first.
func Precedence() []Source {
	return []Source{ByRequest, ByScenario, ByBank, ByNumber, ByHolder, ByAmount, ByDefault}
}

// Sources lists all sources.
func Sources() []Source { return append(Precedence(), ByCustomer, ByMerchant, ByTime) }

// Why says which rule decided.
type Why struct {
	Source Source `json:"source"`
	Rule   string `json:"rule"`  // as the timeline and [Reason.Rule] have it
	Words  string `json:"words"` // a sentence for people
}

// says words each source, with the rule behind it.
var says = map[Source]string{
	ByRequest:  "The request asked for this in \"simulate\"",
	ByScenario: "The scenario that runs asked for this",
	ByBank:     "This is how the bank behaves",
	ByNumber:   "The test number stands for this",
	ByHolder:   "The holder's name stands for this",
	ByAmount:   "The amount stands for this at this bank",
	ByDefault:  "No rule asked for anything else",
	ByCustomer: "The customer did this",
	ByMerchant: "The merchant did this",
	ByTime:     "The time was up",
}

// WhyBy explains a rule by its source. An unknown source is taken for the
// bank's own behavior, as is a rule without one.
func WhyBy(s Source, rule string) Why {
	words, ok := says[s]
	if !ok {
		s, words = ByBank, says[ByBank]
	}
	if rule != "" {
		words += ": " + rule
	}
	return Why{Source: s, Rule: rule, Words: words + "."}
}
