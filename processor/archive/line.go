package archive

import (
	"encoding/json"
	"time"

	"sandbank/audit"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor"
)

// line is one payment in an archive. Entries and audit records have their numbers and hashes in their
// chains: what was let go fits the gaps that it left.
type line struct {
	Payment    payment.Payment `json:"payment"`
	Messages   []message       `json:"messages"`
	Entries    []entry         `json:"entries"`
	Events     []told          `json:"events"`
	Deliveries []delivery      `json:"deliveries"`
	Audits     []audit.Sealed  `json:"audits"`
}

type message struct {
	ID        string          `json:"id"`
	Direction string          `json:"direction"`
	Kind      string          `json:"kind"`
	Bank      string          `json:"bank"`
	Attempt   int             `json:"attempt"`
	At        time.Time       `json:"at"`
	Verdict   string          `json:"verdict,omitempty"`
	Note      string          `json:"note,omitempty"`
	Body      json.RawMessage `json:"body"`
}

type entry struct {
	ledger.Entry
	Number int64  `json:"number"`
	Hash   string `json:"hash"`
}

type told struct {
	Merchant string          `json:"merchant"`
	Body     json.RawMessage `json:"body"` // as on every channel
}

type delivery struct {
	ID       string `json:"id"`
	Endpoint string `json:"endpoint"`
	Event    string `json:"event"`
	Status   string `json:"status"`
	Tries    []try  `json:"tries"`
}

type try struct {
	Number    int       `json:"number"`
	At        time.Time `json:"at"`
	Took      string    `json:"took"`
	URL       string    `json:"url"`
	Signature string    `json:"signature"`
	Edited    string    `json:"edited,omitempty"`
	Code      int       `json:"code"`
	Error     string    `json:"error,omitempty"`
	Headers   string    `json:"headers,omitempty"`
	Response  string    `json:"response,omitempty"`
}

// raw is a body as JSON; what was none is a text.
func raw(body []byte) json.RawMessage {
	if json.Valid(body) {
		return body
	}
	text, _ := json.Marshal(string(body))
	return text
}

func lineOf(d processor.Departed) line {
	l := line{Payment: d.Payment, Messages: []message{}, Entries: []entry{}, Events: []told{}, Deliveries: []delivery{}, Audits: d.Audits}
	for _, m := range d.Messages {
		l.Messages = append(l.Messages, message{
			ID: m.ID, Direction: string(m.Direction), Kind: m.Kind, Bank: m.Bank, Attempt: m.Attempt, At: m.At,
			Verdict: string(m.Verdict), Note: m.Note, Body: raw(m.Body),
		})
	}
	for _, e := range d.Entries {
		l.Entries = append(l.Entries, entry{Entry: e.Entry, Number: e.Seal.Number, Hash: e.Seal.Hash})
	}
	for _, e := range d.Events {
		l.Events = append(l.Events, told{Merchant: e.Merchant, Body: e.Body()})
	}
	for _, one := range d.Deliveries {
		out := delivery{ID: one.ID, Endpoint: one.Endpoint.ID, Event: one.Event.ID, Status: string(one.Status), Tries: []try{}}
		for _, a := range one.Attempts {
			out.Tries = append(out.Tries, try{
				Number: a.Number, At: a.At, Took: a.Took.String(), URL: a.Request.URL, Signature: a.Request.Signature, Edited: a.Request.Edited,
				Code: a.Code, Error: a.Error, Headers: a.Headers, Response: a.Response,
			})
		}
		l.Deliveries = append(l.Deliveries, out)
	}
	return l
}
