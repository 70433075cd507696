package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"strings"
	"sync"

	"sandbank/payment"
	"sandbank/reason"
	"sandbank/wire"
)

// Challenges is the part of a bank that its own page uses. Like the rest it
// keeps nothing: the whole question is in the page's address, sealed with the
// bank's seed, and the answer follows from what the customer chose.
type Challenges struct {
	base  string
	mu    sync.Mutex
	banks map[string]*Bank
}

// NewChallenges makes the challenges of the banks that share a page. Base is
// its absolute URL; the sealed question goes behind it.
func NewChallenges(base string) *Challenges {
	return &Challenges{base: base, banks: map[string]*Bank{}}
}

func (c *Challenges) join(b *Bank) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.banks[b.Identifier] = b
}

// URL is the page on which a customer confirms a request.
func (c *Challenges) URL(seed uint64, r wire.Request) string {
	body, _ := json.Marshal(r) // a request always encodes
	return c.base + "?q=" + url.QueryEscape(encode(append(mac(seed, body), body...)))
}

// Question is what the page asks.
type Question struct {
	Request wire.Request
	Bank    Temper
}

// Read opens a page's question; false where it was not sealed by one of these
// banks.
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
	return Question{r, b.Temper}, true
}

// Answer sends the bank's result: approved, or declined because the customer
// said so. Saying it twice sends the same message twice, which counts once.
func (c *Challenges) Answer(q Question, approve bool) {
	b := c.bank(q.Request.Bank)
	d := Decision{Outcome: payment.OutcomeApproved, Rule: "the customer confirmed on the bank's page"}
	if !approve {
		why := reason.Because(reason.ChallengeFailed, "the customer refused on the bank's page")
		d.Outcome, d.Reason, d.Rule = payment.OutcomeDeclined, &why, why.Rule
	}
	result := answer(b.Seed, q.Request, d, b.Clock.Now())
	result.ID += "-" + strings.ToLower(string(d.Outcome))
	b.answers <- outgoing{results: []wire.Result{result}}
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
