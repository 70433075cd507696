// Package answer keeps what another API answered to a request with an idempotency key, so that the request may be repeated.
// It owns the lookup, the comparison with the first request and the refusal of a twin in flight; which requests have a key,
// for how long, and the words of a refusal are the API's.
package answer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"sync"

	"sandbank/fault"
	"sandbank/processor"
)

// Documents keep answers; see [processor.Processor].
type Documents interface {
	Document(ctx context.Context, merchant, kind, id string) (processor.Document, error)
	KeepDocument(ctx context.Context, d processor.Document) (processor.Document, error)
}

// Keeper keeps the answers of one API.
type Keeper struct {
	Documents Documents
	Kind      string // of the documents: "stripe.answer"
	// Twin is the error where a request with the key is being worked on, Other where the key came with another request.
	Twin, Other error

	inFlight sync.Map
}

// Asked is a request with a key.
type Asked struct {
	Merchant string
	Key      []string // what the answer is kept under: the key, and whatever else parts it from another
	Route    string
	Words    []string // what has to be the same in a repeated request
}

// Answer is what was answered.
type Answer struct {
	Status  int
	Body    json.RawMessage
	Payment string // that it is about; "" for none
}

// kept is an answer as a document has it.
type kept struct {
	Route  string          `json:"route"`
	Asked  string          `json:"asked"` // digest of the request
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// id is the name under which the answer is kept.
func (a Asked) id() string { return Digest("answer", append([]string{a.Merchant}, a.Key...)...) }

// asked stands for what has to be the same in a repeated request.
func (a Asked) asked() string { return Digest("asked", append([]string{a.Route}, a.Words...)...) }

// First is the answer that was given under a key, and whether it was given to the same request; false where there is none.
func (k *Keeper) First(ctx context.Context, a Asked) (first Answer, same, found bool, err error) {
	d, err := k.Documents.Document(ctx, a.Merchant, k.Kind, a.id())
	if fault.Is(err, fault.NotFound) {
		return first, false, false, nil
	}
	var was kept
	if err == nil {
		err = json.Unmarshal(d.Body, &was)
	}
	if err != nil {
		return first, false, false, err
	}
	return Answer{Status: was.Status, Body: was.Body, Payment: d.Payment}, was.Route == a.Route && was.Asked == a.asked(), true, nil
}

// Once gives the first answer again, and true, or has do make it. An answer is kept where do has no error: a request that
// was refused may be mended and sent again.
func (k *Keeper) Once(ctx context.Context, a Asked, do func() (Answer, error)) (Answer, bool, error) {
	id := a.id()
	if _, twice := k.inFlight.LoadOrStore(id, true); twice {
		return Answer{}, false, k.Twin
	}
	defer k.inFlight.Delete(id)
	switch first, same, found, err := k.First(ctx, a); {
	case err != nil:
		return Answer{}, false, err
	case found && !same:
		return Answer{}, false, k.Other
	case found:
		return first, true, nil
	}
	made, err := do()
	if err != nil {
		return made, false, err
	}
	body, err := json.Marshal(kept{a.Route, a.asked(), made.Status, made.Body})
	if err == nil {
		_, err = k.Documents.KeepDocument(ctx, processor.Document{Kind: k.Kind, ID: id, Merchant: a.Merchant, Payment: made.Payment, Body: body})
	}
	return made, false, err
}

// Digest is a short name for words that may be anything.
func Digest(prefix string, words ...string) string {
	h := sha256.New()
	for _, w := range words {
		_, _ = h.Write([]byte(w + "\n"))
	}
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}
