package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// Challenges connects banks with their page. The whole question is in the page's
// address, sealed with the bank's seed; the answer is in the bank's book.
type Challenges struct {
	base  string
	mu    sync.Mutex
	banks map[string]*Bank
}

// NewChallenges makes the challenges of the banks that share a page. Base is its
// absolute URL, to which the sealed question is appended.
func NewChallenges(base string) *Challenges {
	return &Challenges{base: base, banks: map[string]*Bank{}}
}

func (c *Challenges) join(b *Bank) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.banks[b.Identifier] = b
}

// URL returns the page on which a customer confirms a request.
func (c *Challenges) URL(seed uint64, r wire.Request) string {
	r.Simulate = nil           // the order is in the book, and must not be readable from the address
	body, _ := json.Marshal(r) // a request always encodes
	return c.base + "?q=" + url.QueryEscape(encode(append(mac(seed, body), body...)))
}

// Question is the content of the page.
type Question struct {
	Request wire.Request
	Bank    Temper
	seed    uint64
}

// Read opens the question in a page's address; false if none of these banks
// sealed it.
func (c *Challenges) Read(sealed string) (Question, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil || len(raw) < sha256.Size {
		return Question{}, false
	}
	r, err := wire.ReadRequest(raw[sha256.Size:])
	if err != nil {
		return Question{}, false
	}
	b := c.bank(r.Bank)
	if b == nil || !hmac.Equal(raw[:sha256.Size], mac(b.Seed, raw[sha256.Size:])) {
		return Question{}, false
	}
	return Question{r, b.Temper, b.Seed}, true
}

// Choice is the choice of a customer, or of a tester in a customer's place, on
// the page.
type Choice struct {
	Outcome payment.Outcome // approved, declined or error
	Reason  string          // code of a decline or error
	Rule    string
	Plan    book.Plan     // of an approval
	Delay   time.Duration // before the bank answers
}

// Approve is the choice to confirm.
var Approve = Choice{Outcome: payment.OutcomeApproved, Rule: "the customer confirmed on the bank's page"}

// Decline is the choice to refuse.
var Decline = Choice{Outcome: payment.OutcomeDeclined, Reason: reason.ChallengeFailed, Rule: "the customer refused on the bank's page"}

// MaxTries is how many wrong codes end a challenge.
const MaxTries = 3

// Code returns the code that the customer has to enter.
func (q Question) Code() string {
	return fmt.Sprintf("%06d", chance.For(q.seed, "code "+q.Request.ID).Uint64N(1e6))
}

// Answer makes the bank answer with the customer's choice. Only the first choice
// counts; Answer returns false after it, or if the challenge has ended.
func (c *Challenges) Answer(q Question, choice Choice) bool {
	b := c.bank(q.Request.Bank)
	if choice.Delay <= 0 {
		return b.choose(q.Request, choice)
	}
	b.mu.Lock()
	life := b.life
	b.mu.Unlock()
	b.at(life, b.Clock.Now().Add(choice.Delay), func() { b.choose(q.Request, choice) })
	return true
}

// Enter checks a code. If it is wrong, it returns the number of tries left; when
// none is left, the bank declines.
func (c *Challenges) Enter(q Question, code string) (right bool, left int) {
	if subtle.ConstantTimeCompare([]byte(code), []byte(q.Code())) == 1 {
		return c.Answer(q, Choice{Outcome: payment.OutcomeApproved, Rule: "the customer entered the code on the bank's page"}), 0
	}
	b := c.bank(q.Request.Bank)
	b.mu.Lock()
	r, tries := b.book.Try(b.Clock.Now(), q.Request)
	b.book.Apply(r)
	b.write([]book.Record{r})
	b.mu.Unlock()
	if tries < MaxTries {
		return false, MaxTries - tries
	}
	b.choose(q.Request, Choice{Outcome: payment.OutcomeDeclined, Reason: reason.ChallengeFailed, Rule: "the code was wrong three times"})
	return false, 0
}

func (b *Bank) choose(r wire.Request, c Choice) bool {
	w := book.Wish{Outcome: c.Outcome, Rule: c.Rule, Source: reason.ByCustomer, Plan: c.Plan}
	if c.Outcome != payment.OutcomeApproved {
		why := reason.Because(c.Reason, c.Rule)
		w.Reason = &why
	} else if w.Plan == book.PlanNoDispute && r.Instrument != nil {
		w.Plan = planOf(*r.Instrument, false)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	rec, ok := b.book.Challenged(b.Clock.Now(), r, w, b.chosen)
	if !ok {
		return false
	}
	b.book.Apply(rec)
	if !b.write([]book.Record{rec}) {
		return false
	}
	b.rouse()
	return true
}

func (c *Challenges) bank(bic string) *Bank {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.banks[bic]
}

func mac(seed uint64, body []byte) []byte {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], seed)
	m := hmac.New(sha256.New, key[:])
	m.Write(body)
	return m.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
