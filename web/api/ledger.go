package api

import (
	"net/http"
	"time"

	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/web/gate"
)

// AccountBalance is what stands on one account in one currency.
type AccountBalance struct {
	Account ledger.Account `json:"account"`
	Debits  money.Amount   `json:"debits"`
	Credits money.Amount   `json:"credits"`
	Net     money.Net      `json:"net"` // debits less credits
}

// BalanceList is all accounts that were ever used.
type BalanceList struct {
	At   time.Time        `json:"at"`
	Data []AccountBalance `json:"data"`
}

// Trial is the sum of all debits and of all credits in one currency.
type Trial struct {
	Currency money.Currency `json:"currency"`
	Debits   money.Amount   `json:"debits"`
	Credits  money.Amount   `json:"credits"`
	Balanced bool           `json:"balanced"`
}

// TrialBalance is one for each currency.
type TrialBalance struct {
	At   time.Time `json:"at"`
	Data []Trial   `json:"data"`
}

// EntryResource is a booking with its place in the chain.
type EntryResource struct {
	ID          string           `json:"id"`
	Number      int64            `json:"number,omitempty"` // absent until it is sealed, which takes a moment
	Hash        string           `json:"hash,omitempty"`
	Kind        string           `json:"kind"`
	Payment     string           `json:"payment,omitempty"`
	Description string           `json:"description"`
	At          time.Time        `json:"at"`
	Postings    []ledger.Posting `json:"postings"`
}

// entryKinds are the kinds by which a statement can be filtered.
var entryKinds = []string{
	ledger.CaptureKind, ledger.RefundReservedKind, ledger.RefundKind, ledger.RefundReleasedKind, ledger.DisputeOpenedKind,
	ledger.DisputeWonKind, ledger.DisputeLostKind, ledger.SettlementKind, ledger.BreakWrittenOffKind, ledger.PayoutKind, ledger.PayoutPaidKind,
}

// balances are those at the instant that the query names, else of now.
func (a *API) balances(r *http.Request) (at time.Time, list []ledger.Balance, err error) {
	text := gate.Query(r).Get("at")
	if text == "" {
		list, err = a.Processor.Balances(r.Context(), time.Time{})
		return a.Clock.Now().UTC(), list, err
	}
	if at, err = time.Parse(time.RFC3339, text); err != nil || at.Year() < 2000 || at.Year() > 9999 {
		return at, nil, fault.New(fault.Invalid, "query_invalid", "The query is not right.").
			At("at", "must be an instant of RFC 3339, such as 2026-03-14T23:00:00Z")
	}
	list, err = a.Processor.Balances(r.Context(), at)
	return at.UTC(), list, err
}

func (a *API) listBalances(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	at, list, err := a.balances(r)
	if err != nil {
		return err
	}
	out := BalanceList{At: at, Data: make([]AccountBalance, 0, len(list))}
	for _, b := range list {
		out.Data = append(out.Data, AccountBalance{
			Account: b.Account, Debits: money.Of(b.Debits, b.Currency), Credits: money.Of(b.Credits, b.Currency), Net: money.Of(b.Net(), b.Currency).Net(),
		})
	}
	return gate.Reply(w, http.StatusOK, out)
}

func (a *API) trialBalance(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	at, list, err := a.balances(r)
	if err != nil {
		return err
	}
	out := TrialBalance{At: at, Data: []Trial{}}
	for _, b := range ledger.TrialBalance(list) {
		out.Data = append(out.Data, Trial{
			Currency: b.Currency, Debits: money.Of(b.Debits, b.Currency), Credits: money.Of(b.Credits, b.Currency), Balanced: b.Net().IsZero(),
		})
	}
	return gate.Reply(w, http.StatusOK, out)
}

// listEntries answers a page of the book, newest first; of one account it is a
// statement.
func (a *API) listEntries(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	q := gate.Query(r)
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	wanted := processor.EntryQuery{Account: ledger.Account(q.Get("account")), Kind: q.Get("kind")}
	at := windowOf(problem, q, "ent")
	form.Name.Check(problem, "account", string(wanted.Account))
	if wanted.Kind != "" {
		form.CheckChoice(problem, "kind", wanted.Kind, entryKinds)
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := a.Processor.Entries(r.Context(), wanted, at)
	return replyKept(w, found, err, entryShown)
}

func entryShown(e processor.SealedEntry) EntryResource {
	return EntryResource{
		ID: e.ID, Number: e.Seal.Number, Hash: e.Seal.Hash, Kind: e.Kind, Payment: e.Payment, Description: e.Description, At: e.At, Postings: e.Postings,
	}
}
