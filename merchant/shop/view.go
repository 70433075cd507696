package shop

import "time"

// The views have the data of the shop's templates: words, times, addresses. The
// shop is a merchant like any other; its pages teach a merchant's work.

// Frame is what every page of the shop shows around its content.
type Frame struct {
	// Shop is the shop's name.
	Shop string
	// DashboardURL leads to the processor's dashboard; empty hides the link.
	DashboardURL string
	// Office says that the page is the shopkeeper's, not a customer's.
	Office bool
}

// CatalogView is the shop window.
type CatalogView struct {
	Frame
	// Action takes the form: csrf, product, quantity, bank.
	Action   string
	CSRF     string
	Products []Product
	// Banks may be named by the customer; empty hides the choice.
	Banks []BankOption
	// Error says why the last order could not be placed; it may be empty.
	Error string
}

// Product is one thing to buy.
type Product struct {
	// Slug is the form's "product".
	Slug string
	Name string
	Note string
	// Price is formatted: "€9.99".
	Price string
	// Image is an address, such as [ArtPath] gives; Alt says what it shows.
	Image string
	Alt   string
}

// BankOption is a bank that may be named.
type BankOption struct {
	Identifier string
	Name       string
	Note       string
}

// State is the shop's state of the order.
type State string

// The states of an order.
const (
	// StateWaiting: the payment was asked for, and nothing is known yet.
	StateWaiting State = "waiting"
	// StatePaid: a verified notification said that the money is there.
	StatePaid State = "paid"
	// StateReserved: the amount is reserved; the shop captures when it ships.
	StateReserved State = "reserved"
	// StateDeclined: the bank said no.
	StateDeclined State = "declined"
	// StateCanceled: the customer, or the shop, said stop.
	StateCanceled State = "canceled"
	// StateFailed: no answer from the bank, or a technical fault.
	StateFailed State = "failed"
	// StateReleased: nothing was ever heard. The shop asked, learned that the
	// payment was abandoned, and put the goods back on the shelf.
	StateReleased State = "released"
	// StateRefunded: the money went back.
	StateRefunded State = "refunded"
)

// OrderView is one order.
type OrderView struct {
	Frame
	// Number is the order's, and the payment's reference: "order-1042".
	Number   string
	Product  Product
	Quantity int
	Total    string
	State    State
	// Reason is why, in plain words; it may be empty.
	Reason    string
	PaymentID string
	// PaymentURL leads to the payment in the dashboard; may be empty.
	PaymentURL string
	// CheckoutURL continues an unfinished payment; empty hides the button.
	CheckoutURL string
	// Moves is what became of the money after the payment.
	Moves []Move
	// OfficeURL is where the shopkeeper works on the order.
	OfficeURL string
	// Log has the shop's steps, oldest first.
	Log []LogLine
	// Refresh is for browsers without script: nothing is known yet.
	Refresh bool
	// LiveURL is a stream of server-sent events whose event "status" carries
	// the order's revision, and Revision the one shown: the page renews its
	// parts when they differ. An empty LiveURL stands still.
	LiveURL  string
	Revision string
}

// Move is one capture, release, refund or dispute.
type Move struct {
	Title  string
	Amount string
	Status string
	Note   string
	At     time.Time
}

// OfficeOrderView is one order in the back office: the customer's view, and the
// shopkeeper's buttons.
type OfficeOrderView struct {
	OrderView
	CSRF  string
	Hands []Hand
	// Refused explains why the pressed button has no effect any more; it may be
	// empty.
	Refused string
}

// Hand is a form with which the shopkeeper does something.
type Hand struct {
	// Name is of its fields' ids: "refund"; URL takes csrf, key, and the amount.
	Name, URL, Button string
	// Key makes a second press harmless.
	Key string
	// Label, Hint and Value are the amount's; a hand without a label asks for none.
	Label, Hint, Value string
	// Error says why it was refused.
	Error string
}

// LogLine is one thing the shop did or heard.
type LogLine struct {
	At time.Time
	// Kind is asked (the shop called the processor), told (the processor called
	// the shop), customer, or shop (the shop decided for itself).
	Kind string
	Text string
	// Detail is a technical line: "POST /v1/payments → 202"; it may be empty.
	Detail string
	// Good and Bad color the line; neither is the rule.
	Good bool
	Bad  bool
}

// OrdersView lists the orders, newest first.
type OrdersView struct {
	Frame
	Orders []OrderLine
	Manual bool // money is taken by hand
}

// OrderLine is one order in the list.
type OrderLine struct {
	Number string
	URL    string
	At     time.Time
	What   string
	Total  string
	State  State
}

// NoticeView stands in for a page that cannot be shown.
type NoticeView struct {
	Frame
	Title string
	Text  string
}
