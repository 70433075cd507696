// Package wire defines the messages between the processor and the banks: how
// they are encoded, read and checked. Package broker has the AMQP topology that
// carries them; asyncapi.yaml describes both for authors of their own banks.
package wire

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// MaxBody bounds a message from a bank, in bytes.
const MaxBody = 64 << 10

// RequestType is the kind of a request from the processor to a bank.
type RequestType string

// The kinds of requests. Those between authorize and reverse follow an approval:
// each names the authorize request in Authorization, has an id of its own, and
// gets a [Result]. An evidence gets a [Dispute]. A reverse and a control need no
// answer.
const (
	Authorize RequestType = "authorize" // reserve, and capture at once when Capture is "automatic"
	Capture   RequestType = "capture"   // take this much of the authorized amount
	Void      RequestType = "void"      // release the amount that was not captured
	Refund    RequestType = "refund"    // give the amount back
	Reverse   RequestType = "reverse"   // undo the rest of a request: release it, or give it back
	Evidence  RequestType = "evidence"  // the merchant's answer to a dispute; gets a [Dispute]
	Control   RequestType = "control"   // steer the simulation
)

// Request is a message from the processor to a bank.
type Request struct {
	Type     RequestType `json:"type"`
	ID       string      `json:"id"`                // also the AMQP message_id; the same id is the same request
	Payment  string      `json:"payment,omitempty"` // of every request but a control
	Attempt  int         `json:"attempt,omitzero"`
	Bank     string      `json:"bank"`
	Merchant string      `json:"merchant,omitempty"`
	// MerchantName is shown to a customer on the bank's page.
	MerchantName string                 `json:"merchant_name,omitempty"`
	Amount       money.Amount           `json:"amount,omitzero"`
	Capture      payment.CaptureMode    `json:"capture,omitempty"` // of an authorize
	Instrument   *instrument.Instrument `json:"instrument,omitempty"`
	Reverses     string                 `json:"reverses,omitempty"` // id of the request to undo
	// Authorization is the id of the authorize request that a later one follows.
	Authorization string     `json:"authorization,omitempty"`
	Final         bool       `json:"final,omitzero"`    // of a capture: release the rest
	Dispute       string     `json:"dispute,omitempty"` // of an evidence: the bank's id of the dispute
	Evidence      string     `json:"evidence,omitempty"`
	Controls      *Controls  `json:"control,omitempty"`
	ReturnURL     string     `json:"return_url,omitempty"` // where the bank's own page sends the customer back to
	CreatedAt     time.Time  `json:"created_at"`
	Deadline      *time.Time `json:"deadline,omitempty"` // an answer after it moves no money
	// Simulate is what is to be done on purpose; it goes before all that the bank
	// would do by itself.
	Simulate *sim.Order `json:"simulate,omitempty"`
}

// ResultType is the type of a [Result].
const ResultType = "result"

// Result is a bank's answer to a [Request].
type Result struct {
	Type              string          `json:"type"` // "result"
	ID                string          `json:"id"`   // also the AMQP message_id
	RequestID         string          `json:"request_id"`
	Payment           string          `json:"payment"`
	Attempt           int             `json:"attempt"`
	Bank              string          `json:"bank"`
	Outcome           payment.Outcome `json:"outcome"`
	Amount            money.Amount    `json:"amount"`
	Reason            *reason.Reason  `json:"reason,omitempty"`
	Rule              string          `json:"rule,omitempty"`   // the rule by which the bank decided
	Source            reason.Source   `json:"source,omitempty"` // where that rule came from
	ChallengeURL      string          `json:"challenge_url,omitempty"`
	AuthorizationCode string          `json:"authorization_code,omitempty"`
	BankReference     string          `json:"bank_reference,omitempty"`
	DecidedAt         time.Time       `json:"decided_at"`
}

// HealthType is the type of a [Health].
const HealthType = "health"

// Health is a bank's sign of life, sent every IntervalSeconds. A bank that
// misses three counts as offline; one that announces it, at once.
type Health struct {
	Type            string           `json:"type"` // "health"
	Bank            string           `json:"bank"` // BIC
	Name            string           `json:"name"`
	Behavior        string           `json:"behavior"` // its temperament, in words
	Online          bool             `json:"online"`
	Currencies      []money.Currency `json:"currencies"`
	Weight          int              `json:"weight"` // share of the payments that name no bank; 0 for none
	IntervalSeconds int              `json:"interval_seconds"`
	Temper          *Temper          `json:"temper,omitempty"` // its present temper; not every bank reports it
	// ClockVersion says by which version of simulated time the bank goes, 0 for the computer's. Nil is
	// for a bank that follows none.
	ClockVersion *int64 `json:"clock_version,omitempty"`
	// AsksTime is set by a bank that has just begun, and decides nothing until it is told what time it is.
	AsksTime bool      `json:"asks_time,omitempty"`
	SentAt   time.Time `json:"sent_at"`
}

// Encode writes a message. The types of this package cannot fail to encode.
func Encode(message any) []byte {
	b, err := json.Marshal(message)
	if err != nil {
		panic("wire: " + err.Error())
	}
	return b
}

// ReadRequest reads and checks a request.
func ReadRequest(body []byte) (Request, error) {
	var r Request
	if err := read(body, &r, MaxBody); err != nil {
		return r, err
	}
	return r, r.check()
}

// check holds a request to its form.
func (r Request) check() error {
	switch {
	case !r.Type.Valid():
		return fmt.Errorf("type: %q is not a request", r.Type)
	case r.Type == Control && plain(r.ID) && instrument.ValidBIC(r.Bank):
		return r.checkFollowUp()
	case !plain(r.ID) || !plain(r.Payment) || !instrument.ValidBIC(r.Bank):
		return fmt.Errorf("id, payment and bank (a BIC) are required")
	case r.Attempt < 1 || r.Attempt > maxAttempt:
		return fmt.Errorf("attempt: must be 1 to %d", maxAttempt)
	case r.Type == Authorize && (r.Instrument == nil || !r.Amount.IsPositive()):
		return fmt.Errorf("an authorize needs an instrument and an amount")
	}
	if err := r.Simulate.Check(); err != nil {
		return fmt.Errorf("simulate.%w", err)
	}
	return r.checkFollowUp()
}

// checkFollowUp returns an error unless a request that follows an approval is well
// formed.
func (r Request) checkFollowUp() error {
	switch r.Type {
	case Capture, Refund:
		if !plain(r.Authorization) || !r.Amount.IsPositive() {
			return fmt.Errorf("a %s needs authorization and an amount", r.Type)
		}
	case Void:
		if !plain(r.Authorization) {
			return fmt.Errorf("a void needs authorization")
		}
	case Evidence:
		if !plain(r.Dispute) {
			return fmt.Errorf("an evidence needs the dispute")
		}
	case Control:
		if r.Controls == nil {
			return fmt.Errorf("a control needs a command")
		}
		return r.Controls.Check()
	case Authorize, Reverse:
	}
	return nil
}

// Valid reports whether t is a kind of request.
func (t RequestType) Valid() bool {
	switch t {
	case Authorize, Reverse, Capture, Void, Refund, Evidence, Control:
		return true
	}
	return false
}

// TypeOf reads the type of a bank's message; it returns "" for a body that is no
// message.
func TypeOf(body []byte) string {
	var m struct {
		Type string `json:"type"`
	}
	if len(body) > MaxSettlement || json.Unmarshal(body, &m) != nil {
		return ""
	}
	return m.Type
}

// ReadResult reads and checks a bank's answer.
func ReadResult(body []byte) (Result, error) {
	var r Result
	if err := read(body, &r, MaxBody); err != nil {
		return r, err
	}
	switch {
	case r.Type != ResultType:
		return r, fmt.Errorf("type: %q is not %q", r.Type, ResultType)
	case !plain(r.ID):
		return r, fmt.Errorf("id: must have 1 to %d printable ASCII characters", maxID)
	case !plain(r.Payment) || !plain(r.RequestID) || !plain(r.Bank):
		return r, fmt.Errorf("payment, request_id and bank are required")
	case r.Attempt < 0 || r.Attempt > maxAttempt:
		return r, fmt.Errorf("attempt: must be 1 to %d", maxAttempt)
	case !r.Amount.Currency().Known():
		return r, fmt.Errorf("amount: is required")
	case r.Outcome == payment.OutcomeChallenge && !absolute(r.ChallengeURL):
		return r, fmt.Errorf("challenge_url: must be an absolute http or https URL")
	case (r.Outcome == payment.OutcomeDeclined || r.Outcome == payment.OutcomeError) && (r.Reason == nil || r.Reason.Code == ""):
		return r, fmt.Errorf("reason: is required with the outcome %s", r.Outcome)
	}
	return r, r.checkTexts()
}

// absolute reports whether s is an http address to which a customer's browser
// can be sent. It must not be a script.
func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// ReadHealth reads and checks a sign of life.
func ReadHealth(body []byte) (Health, error) {
	var h Health
	if err := read(body, &h, MaxBody); err != nil {
		return h, err
	}
	switch {
	case h.Type != HealthType:
		return h, fmt.Errorf("type: %q is not %q", h.Type, HealthType)
	case !instrument.ValidBIC(h.Bank):
		return h, fmt.Errorf("bank: %q is not a BIC", h.Bank)
	case h.IntervalSeconds < 1 || h.IntervalSeconds > 3600:
		return h, fmt.Errorf("interval_seconds: must be 1 to 3600")
	case h.Weight < 0 || h.Weight > maxWeight:
		return h, fmt.Errorf("weight: must be 0 to %d", maxWeight)
	}
	if err := checkTexts(said{"name", form.Name, h.Name}, said{"behavior", form.BankBehavior, h.Behavior}); err != nil {
		return h, err
	}
	if h.Temper != nil {
		return h, h.Temper.Check()
	}
	return h, nil
}

// These values are kept in databases. The bounds are checked here, because
// otherwise a database would find a violation long after the message was
// accepted.
const (
	maxID      = 200
	maxAttempt = 1000
	maxWeight  = 1_000_000
)

// plain reports whether s can be a name.
func plain(s string) bool {
	return s != "" && len(s) <= maxID && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

func read(body []byte, into any, most int) error {
	if len(body) > most {
		return fmt.Errorf("the body has %d bytes; %d are allowed", len(body), most)
	}
	if !utf8.Valid(body) {
		return fmt.Errorf("not a message: not UTF-8")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("not a message: %w", err)
	}
	return nil
}
