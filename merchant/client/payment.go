package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"

	"sandbank/money"
)

// Status is where a payment stands.
type Status string

// The statuses.
const (
	Created        Status = "created"         // waits for the customer
	Processing     Status = "processing"      // is with the bank
	ActionRequired Status = "action_required" // the customer is on the bank's page
	Authorized     Status = "authorized"      // reserved, waits for a capture
	Captured       Status = "captured"        // approved and booked
	Declined       Status = "declined"        // the bank said no
	Failed         Status = "failed"          // no answer, or a technical fault
	Canceled       Status = "canceled"        // customer or merchant said stop
	Voided         Status = "voided"          // an authorization was released
	Abandoned      Status = "abandoned"       // the customer never finished; nobody is told
)

// Open reports whether the customer or the bank still has the word: there is
// nothing yet that a merchant could act on.
func (s Status) Open() bool { return s == Created || s == Processing || s == ActionRequired }

// Final reports whether a payment stays in the status, whatever comes of its money later.
func (s Status) Final() bool { return !s.Open() && s != Authorized }

// NewPayment is a wish for a payment.
type NewPayment struct {
	Amount    money.Amount `json:"amount"`
	Reference string       `json:"reference"`  // the merchant's own, such as an order number
	ReturnURL string       `json:"return_url"` // where the customer comes back to
	// Return is "link", which is also what "" means, or "automatic": then the page leads
	// the customer back by itself.
	Return string `json:"return,omitempty"`
	// Bank is a bank's identifier; empty lets the processor choose.
	Bank        string `json:"bank,omitempty"`
	Description string `json:"description,omitempty"`
	// Capture is "automatic", which is also what "" means, or "manual": then the
	// bank reserves the money, and [Client.Capture] takes it.
	Capture          string            `json:"capture,omitempty"`
	ExpiresInSeconds int               `json:"expires_in_seconds,omitempty"`
	Attempts         int               `json:"attempts,omitempty"` // tries that the customer has; 0 is the processor's usual number
	Metadata         map[string]string `json:"metadata,omitempty"`
	// Simulate says what happens on purpose, as JSON of the schema NewSimulation; empty for nothing.
	Simulate json.RawMessage `json:"simulate,omitempty"`
}

// Payment is a payment as the processor shows it.
type Payment struct {
	ID           string            `json:"id"`
	Status       Status            `json:"status"`
	Amount       money.Amount      `json:"amount"`
	Bank         BankReference     `json:"bank"`
	Reference    string            `json:"reference"`
	Description  string            `json:"description"`
	ReturnURL    string            `json:"return_url"`
	Return       string            `json:"return"`
	Metadata     map[string]string `json:"metadata"`
	CheckoutURL  string            `json:"checkout_url"` // send the customer here; it is also a secret
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
	Reason       *Reason           `json:"reason"` // why it was not captured
	Why          *Why              `json:"why"`    // which rule decided
	AttemptsLeft int               `json:"attempts_left"`
	LastAttempt  *Attempt          `json:"last_attempt"`

	// The state of the money after the bank's approval.
	Capture        string       `json:"capture"` // as it was asked for
	CapturedAmount money.Amount `json:"captured_amount"`
	RefundedAmount money.Amount `json:"refunded_amount"`
	Captures       []Operation  `json:"captures"`
	Voids          []Operation  `json:"voids"`
	Refunds        []Operation  `json:"refunds"`
	Dispute        *Dispute     `json:"dispute"` // the newest

	// Body is the whole payment as it came, byte for byte.
	Body json.RawMessage `json:"-"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Payment) UnmarshalJSON(b []byte) error {
	type plain Payment // without this method
	if err := jsonv2.Unmarshal(b, (*plain)(p)); err != nil {
		return err
	}
	p.Body = bytes.Clone(b)
	return nil
}

// Dispute is a customer's claim at the bank to have the money back.
type Dispute struct {
	ID        string       `json:"id"`
	Status    string       `json:"status"` // "needs_response", "under_review", "won" or "lost", as the merchant sees it
	Amount    money.Amount `json:"amount"`
	Fee       money.Amount `json:"fee"`
	Reason    string       `json:"reason"`
	OpenedAt  time.Time    `json:"opened_at"`
	RespondBy time.Time    `json:"respond_by"` // until when evidence is taken
}

// BankReference names a bank.
type BankReference struct {
	Identifier string `json:"identifier"`
	Name       string `json:"name"`
	RoutedBy   string `json:"routed_by"` // "merchant", "customer", "country", "health" or "currency"
}

// Reason says why a payment or an attempt was not approved.
type Reason struct {
	Code    string `json:"code"`    // stable: "insufficient_funds"
	Message string `json:"message"` // plain words for the customer
	Rule    string `json:"rule"`    // which rule of the simulation fired
}

// Attempt is one try at one bank.
type Attempt struct {
	Number int     `json:"number"`
	Status string  `json:"status"`
	Bank   string  `json:"bank"`
	Method string  `json:"method"` // "card" or "account"
	Brand  string  `json:"brand"`
	Last4  string  `json:"last4"`
	Reason *Reason `json:"reason"`
}

// IdempotencyKey makes a repeat harmless: the processor answers a second
// request with the same key as it did the first. Take what names the purchase,
// such as the order's number, and keep it with the order.
type IdempotencyKey string

// header is the key as a string of a structured field.
func (k IdempotencyKey) header() map[string]string {
	return map[string]string{"Idempotency-Key": `"` + escaped.Replace(string(k)) + `"`}
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// CreatePayment asks for a payment. With a key it is repeated, with the same
// key, while the processor is away; without one it is sent once.
func (c *Client) CreatePayment(ctx context.Context, n NewPayment, key IdempotencyKey) (Payment, error) {
	q := request{method: http.MethodPost, path: "/v1/payments", body: n}
	if key != "" {
		q.repeatable = true
		q.header = key.header()
	}
	var p Payment
	_, err := c.call(ctx, q, &p)
	return p, err
}

// Payment asks for a payment. It is the only way to learn of an abandoned one.
func (c *Client) Payment(ctx context.Context, id string) (Payment, error) {
	var p Payment
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/payments/" + url.PathEscape(id), repeatable: true}, &p)
	return p, err
}

// longestWait is the longest wait that is asked for in one request.
const longestWait = 30 * time.Second

// Await returns a payment as soon as it is no longer [Status.Open], and at the
// latest after wait, in its state at that time: look at its status. The
// processor holds the answer back, so that this costs about two requests a
// minute.
func (c *Client) Await(ctx context.Context, id string, wait time.Duration) (Payment, error) {
	var p Payment
	var tag string
	for until := time.Now().Add(wait); ; {
		q := request{method: http.MethodGet, path: "/v1/payments/" + url.PathEscape(id), repeatable: true, header: map[string]string{}}
		if tag != "" {
			q.header["If-None-Match"] = tag
		}
		if left := min(time.Until(until), longestWait); left >= time.Second {
			q.wait = left
			q.header["Prefer"] = "wait=" + strconv.Itoa(int(left/time.Second))
		}
		got, err := c.call(ctx, q, &p)
		if err != nil || !p.Status.Open() || time.Until(until) <= 0 {
			return p, err
		}
		tag = got.header.Get("ETag")
		// The last part of a second is too short to ask for; and a processor
		// that does not wait must not be asked in a hot loop.
		if q.wait == 0 || got.header.Get("Preference-Applied") == "" {
			if err := sleep(ctx, min(time.Until(until), time.Second)); err != nil {
				return p, err
			}
		}
	}
}

// Version names one state of a payment, for [Client.Changed]; "" is none.
type Version string

// Changed returns a payment as soon as it is in another state than the known one, and otherwise after up to
// half a minute with changed false and no payment. The processor does not hold the answer back for a payment
// in a [Status.Final] state.
func (c *Client) Changed(ctx context.Context, id string, known Version) (p Payment, now Version, changed bool, err error) {
	q := request{
		method: http.MethodGet, path: "/v1/payments/" + url.PathEscape(id), repeatable: true, wait: longestWait,
		header: map[string]string{"Prefer": "wait=" + strconv.Itoa(int(longestWait/time.Second))},
	}
	if known == "" {
		q.wait, q.header = 0, nil
	} else {
		q.header["If-None-Match"] = string(known)
	}
	got, err := c.call(ctx, q, &p)
	if err == nil && got.status == http.StatusNotModified && got.header.Get("Preference-Applied") == "" {
		err = sleep(ctx, time.Second) // a processor that does not wait must not be asked in a hot loop
	}
	if err != nil || got.status == http.StatusNotModified {
		return Payment{}, known, false, err
	}
	return p, Version(got.header.Get("ETag")), true, nil
}

// Cancel stops a payment that waits for the customer. It is repeated while the
// processor is away: what is canceled stays so.
func (c *Client) Cancel(ctx context.Context, id string) (Payment, error) {
	var p Payment
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/payments/" + url.PathEscape(id) + "/cancel", repeatable: true}, &p)
	return p, err
}

// Filter chooses payments; its zero value chooses all.
type Filter struct {
	Status    Status
	Reference string
	Bank      string    // BIC of the last try
	Method    string    // of the last try: "card" or "account"
	From, To  time.Time // when they were made, in simulated time: not before From, and before To; zero for any time
	Limit     int       // 1 to 100; 0 is the processor's default
	Cursor    string    // NextCursor of the page before
}

// PaymentPage is a page of payments, newest first.
type PaymentPage struct {
	Data       []Payment `json:"data"`
	NextCursor string    `json:"next_cursor"` // "" on the last page
}

// Payments lists payments.
func (c *Client) Payments(ctx context.Context, f Filter) (PaymentPage, error) {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("status", string(f.Status))
	set("reference", f.Reference)
	set("bank", f.Bank)
	set("method", f.Method)
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			set(name, at.Format(time.RFC3339Nano))
		}
	}
	set("cursor", f.Cursor)
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	var page PaymentPage
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/payments?" + q.Encode(), repeatable: true}, &page)
	return page, err
}
