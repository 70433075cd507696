package dashboard

import (
	"strings"
	"time"

	"sandbank/identity"
)

// The views have the data of the dashboard's templates: words, times,
// addresses. Statuses are the API's own words; look turns them into word, shape
// and color.

// Frame is what every page of the dashboard shows around its content.
type Frame struct {
	// Section is the current entry of the navigation: "payments", "events",
	// "webhooks", "ledger", "banks", "scenarios", "letters" or "audit"; anything else marks none.
	Section string
	// Clock is the simulator's time as the page was made; ClockNote says what is
	// special about it ("frozen", "60 times faster"), or is empty.
	Clock     time.Time
	ClockNote string
	// Seed is what the run is repeated by; 0 for nothing.
	Seed uint64
	// Steer is the form that steers the clock; nil for viewers who may not.
	Steer *ClockForm
	// HeadURL is where an open page finds the parts of its head that change; "" for viewers for whom none do.
	HeadURL string
	// Notes are the faults on purpose that are in force, for the banner.
	Notes []FaultNote
	// Holds are those in force that reach the viewer's payments, for the banner.
	Holds []HoldNote
	// Letters is how many dead letters wait; more than none is shown.
	Letters int
	// Badges are what waits behind entries of the navigation, by section.
	Badges map[string]Badge
	// ShopURL leads to the demo shop; "" for none.
	ShopURL string
	// MayPay says that the viewer may make payments.
	MayPay bool
	// Person is the signed-in viewer's name, "" where there is no sign-in; Role is
	// the viewer's role.
	Person string
	Role   identity.Role
}

// ListView is the list of payments.
type ListView struct {
	Frame
	Rows []Row
	// ListFilter is the filter, repeated; Banks are the choices of a bank.
	ListFilter
	Banks []string
	// OlderURL leads to the next page, NewestURL back to the first; either may be empty.
	OlderURL  string
	NewestURL string
	// Tiles count all payments; none on other pages and with a filter.
	Tiles []Tile
	// LetGo says that there were older payments, which were let go.
	LetGo bool
	// StreamURL feeds new and changed rows: server-sent events named "row",
	// whose data is what [RenderRow] writes. Empty on older pages, which stand still.
	StreamURL string
	// Most is how many rows the live list keeps; 0 is 50.
	Most int
	// Curl is the command of the empty state: it makes a first payment.
	Curl string
}

// Row is one payment in the list.
type Row struct {
	ID        string
	URL       string
	At        time.Time
	Reference string
	Merchant  string
	Amount    string
	Bank      string
	Status    string
	// Reason says why in a few words; it may be empty.
	Reason string
	// Word and Tone are shown instead of the status where that does not say enough.
	Word string
	Tone string
	// Method is what the customer paid with last; Dots are the small line of the payment's life.
	Method string
	Dots   []Dot
	// Told says how far the merchant's receivers were told.
	Told     string
	ToldTone string
}

// Telling reports whether that may change while the payment stays as it is.
func (r Row) Telling() bool { return r.ToldTone == "wait" || r.ToldTone == "bad" }

// Says is the small line in words.
func (r Row) Says() string {
	var words []string
	for _, d := range r.Dots {
		words = append(words, d.Word)
	}
	return strings.Join(words, ", ")
}

// End is where the small line ends.
func (r Row) End() int {
	if len(r.Dots) == 0 {
		return 7
	}
	return r.Dots[len(r.Dots)-1].X
}

// PaymentView is one payment: what it is, why, and everything that happened.
type PaymentView struct {
	Frame
	ID        string
	Reference string
	Amount    string
	Merchant  string
	Status    string
	// Word and Tone are shown instead of the status where that does not say enough.
	Word, Tone string
	Why        Why
	Way        []Stop // of its money
	Facts      []Fact
	// CheckoutURL and APIURL lead to the hosted page and the polling address; either may be empty.
	CheckoutURL string
	APIURL      string
	AuditURL    string // the payment's records in the audit log
	Moves       []Move
	Forms       []Form
	Steering    []Form // acts of the customer and the bank on purpose
	Actions     []Action
	CSRF        string
	Hold        *PaymentHold
	Pay         *PayView // how a person pays it; nil where nobody can, or the viewer may not
	Sequence    SequenceView
	Entries     []Entry
	Deliveries  []Delivery
	// LiveURL is a stream whose event "status" carries a revision of this page
	// (such as the number of hops) and Revision is the one shown: the page
	// renews its parts when they differ. Empty for a page that stands still.
	LiveURL  string
	Revision string
	HomeURL  string // of the page as it is looked at, without a refused form
}

// Why is the reason for a status. Any of it may be empty.
type Why struct {
	// Text is plain: "The bank declined: not enough money."
	Text string
	// Rule is what decided: "card number 4000 0000 0000 9995"; Source its rank: "card number".
	Rule   string
	Source string
	// Code is the API's reason; ISO8583 and ISO20022 say it in other dialects.
	Code     string
	ISO8583  string
	ISO20022 string
}

// Fact is one line of a summary.
type Fact struct {
	Label string
	Value string
	// URL makes a link of the value; Code sets it in the fixed-width face; Long is
	// a text that needs a line of its own.
	URL  string
	Code bool
	Long bool
	// At, if set, is shown instead of Value.
	At time.Time
}

// Wrong reports whether something that was typed was refused.
func (v PaymentView) Wrong() bool { return wrong(v.Forms) }

// Move is one capture, void, refund or dispute of a payment.
type Move struct {
	Title  string
	Amount string
	Status string
	Note   string // why it failed
	At     time.Time
	URL    string // of its own page, if it has one
}

// Action is a button that posts csrf to URL.
type Action struct {
	Label string
	URL   string
	// Note explains the button.
	Note string
}

// Hop is one step of the timeline.
type Hop struct {
	// ID is unique in the page; it keeps an opened payload open.
	ID string
	At time.Time
	// Elapsed is since the payment began: "+1.204 s".
	Elapsed string
	// Kind is http, page, amqp, ledger, event, webhook, clock, money or fault.
	Kind  string
	From  string
	To    string
	Title string
	Note  string
	// Tone is "", "good", "bad" or "wait".
	Tone string
	// PayloadURL leads to what it carried; it may be empty. Payload is that, where the page shows it at once.
	PayloadURL string
	Payload    string
	Reply      string // what came back at once; may be empty
	URL        string // of its own page; may be empty
	// After is the time since the hop before where it was long, and Gap what went on meanwhile;
	// Silent is a time in which nobody was told anything.
	After  string
	Gap    string
	Silent bool
	// More are hops that say the same again, such as the later tries of a delivery; Again says how many.
	More  []Hop
	Again string
}

// Entry is one balanced entry of the ledger.
type Entry struct {
	Number   string
	At       time.Time
	Title    string
	Currency string
	Postings []Posting
	// Hash is the entry's place in the chain, shortened; PaymentURL may be empty.
	Hash       string
	PaymentURL string
}

// Posting is one line of an entry: Debit or Credit is empty.
type Posting struct {
	Account string
	Debit   string
	Credit  string
}

// Delivery is one event on its way to one webhook endpoint, with its newest try.
type Delivery struct {
	ID      string
	At      time.Time
	Attempt int // how many tries there were
	URL     string
	Event   string
	// Code is the response's: "200"; empty where none came. Took is "42 ms".
	Code string
	Took string
	// Status is delivered, pending, failed or exhausted; Note says why or when next.
	Status string
	Note   string
	// ResendURL takes csrf; empty hides the button.
	ResendURL string
	// DetailURL leads to the delivery's own page; it may be empty.
	DetailURL string
}
