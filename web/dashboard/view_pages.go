package dashboard

import (
	"slices"
	"time"
)

// BanksView is the simulated banks.
type BanksView struct {
	Frame
	CSRF  string
	Banks []Bank
	// LiveURL and Revision are as on [PaymentView].
	LiveURL, Revision string
	FaultsURL         string // "" for viewers who may not see the faults
}

// Press is the form of an action.
func (v BanksView) Press(a Action) Button { return Button{a.Label, a.URL, v.CSRF} }

// Wrong reports whether something that was chosen was refused.
func (v BanksView) Wrong() bool {
	return slices.ContainsFunc(v.Banks, func(b Bank) bool {
		return slices.ContainsFunc([]*Form{b.Plant, b.Dials, b.Outage}, func(f *Form) bool { return f != nil && f.Wrong() })
	})
}

// Bank is one bank as the processor sees it.
type Bank struct {
	Name        string
	Identifier  string
	Temperament string
	Currencies  []string
	// Health is online, degraded or offline; HealthNote says why, or is empty.
	Health     string
	HealthNote string
	// HeardAt is its last sign of life; the zero time is never.
	HeardAt time.Time
	// Routed says when it gets a payment: "also when no bank is named".
	Routed string
	// Actions are buttons, and Plant asks for a break; both are empty for viewers
	// who may not use them.
	Actions []Action
	Plant   *Form
	Dials   *Form  // how it behaves; nil likewise
	Outage  *Form  // for how long it is away; nil likewise, and where it is away
	Notice  string // the last command; may be empty
}

// LedgerView is the books.
type LedgerView struct {
	Frame
	Trials   []Trial
	Accounts []Account
	// Entries are the latest; OlderURL leads to more and may be empty.
	Entries  []Entry
	OlderURL string
	// ChainVerified says whether the hash chain holds; ChainNote how far it was read.
	ChainVerified bool
	ChainNote     string
}

// Trial is the trial balance of one currency.
type Trial struct {
	Currency string
	Debit    string
	Credit   string
	Balanced bool
}

// Account is one account with its balance.
type Account struct {
	Name     string
	Kind     string
	Currency string
	Debit    string
	Credit   string
	Balance  string
	// Side is the balance's: debit or credit, or empty where it is nothing.
	Side string
}

// EventsView is the events of all merchants, newest first.
type EventsView struct {
	Frame
	Events []Event
	Types  []string // that can be asked for
	Type   string   // that is asked for, "" for all
	Pager  Pager
	// StreamURL feeds new events: server-sent events named "row", whose data is what [RenderEvent] writes. Empty on
	// older pages, which stand still. Most is how many events the live list keeps.
	StreamURL string
	Most      int
}

// Event is one event with its payload.
type Event struct {
	ID         string
	At         time.Time
	Type       string
	Merchant   string
	PaymentID  string
	PaymentURL string
	Payload    string
}

// LettersView is the dead letters: messages that nobody could use.
type LettersView struct {
	Frame
	CSRF    string
	Letters []Letter
}

// Letter is one dead letter.
type Letter struct {
	ID    string
	At    time.Time
	Queue string
	// Reason is why it died: "delivery limit reached".
	Reason string
	Type   string
	// Deliveries is how often it was tried.
	Deliveries int
	Headers    string
	Payload    string
	// ReplayURL and DiscardURL take csrf; empty hides the button.
	ReplayURL  string
	DiscardURL string
}

// ProblemView explains one error code of the API, at /problems/{code}.
type ProblemView struct {
	Frame
	Code string
	// Status is the HTTP status: 422 and its words, "Unprocessable Content".
	Status     int
	StatusText string
	Title      string
	Meaning    string
	// Fix is what to do, one step a line of the list.
	Fix []string
	// Example is an example of the response; it may be empty.
	Example string
}

// ProblemsView lists the error codes of the API.
type ProblemsView struct {
	Frame
	Problems []ProblemLink
}

// ProblemLink is one code in the list.
type ProblemLink struct {
	Code   string
	URL    string
	Status int
	Title  string
}

// NoticeView stands in for a page that cannot be shown.
type NoticeView struct {
	Frame
	Title     string
	Text      string
	RequestID string
}
