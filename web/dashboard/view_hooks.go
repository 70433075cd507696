package dashboard

import "time"

// HooksView is the webhook endpoints of all merchants.
type HooksView struct {
	Frame
	Endpoints []HookEndpoint
	Forms     []Form // to register one
	Notice    string // what a button did
	Secret    string // of an endpoint that was just registered; "" else
}

// Wrong reports whether something that was typed was refused.
func (v HooksView) Wrong() bool { return wrong(v.Forms) }

// HookEndpoint is one endpoint in the list.
type HookEndpoint struct {
	ID          string
	URL         string // of its page
	Merchant    string
	Target      string // where webhooks go
	Description string
	Events      string // "the usual ones", or the types it asked for
	Body        string
	Signature   string
	Enabled     bool
	Note        string
	CreatedAt   time.Time
	Failing     string // how its latest deliveries failed; "" where they did not
}

// HookView is one endpoint with its deliveries.
type HookView struct {
	Frame
	HookEndpoint
	Facts   []Fact
	Actions []Action
	Form    *Form // to change it; nil for viewers who may not
	CSRF    string
	// Notice words the effect of the last button; it may be empty.
	Notice   string
	Statuses []string
	// Status repeats the filter, the GET field "status".
	Status     string
	Deliveries []HookDelivery
	// OlderURL leads to the next page, NewestURL back to the first; either may be empty.
	OlderURL  string
	NewestURL string
	LetGo     bool // what is listed went with payments that were let go
}

// HookDelivery is one delivery in an endpoint's list.
type HookDelivery struct {
	ID       string
	URL      string
	At       time.Time
	Event    string
	Sequence int64
	Status   string
	Tries    int
	NextAt   time.Time // zero unless pending
}

// DeliveryView is one delivery with its tries and their answers.
type DeliveryView struct {
	Frame
	HookDelivery
	Facts  []Fact
	Tries  []DeliveryTry
	Resend Button
	// EditURL takes csrf and "body": what is sent once in the event's place.
	// Empty where nothing can be sent.
	EditURL string
	CSRF    string
	// Body is the form's initial text.
	Body string
	// LiveURL and Revision are as in [PaymentView].
	LiveURL  string
	Revision string
}

// DeliveryTry is one try with its request and its answer, both ready to be read.
type DeliveryTry struct {
	ID       string
	Title    string // "Try 2", "An edited body"
	At       time.Time
	Took     string
	Code     string // "204 No Content", or empty where no answer came
	Good     bool
	Note     string
	Request  string
	Response string
}
