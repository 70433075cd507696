package api

import (
	"encoding/csv"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
	"sandbank/web/gate"
)

// PayoutList is the answer of POST /v1/payouts: the payouts that were made.
type PayoutList struct {
	Data []settlement.PayoutResource `json:"data"`
}

var payoutStatuses = []settlement.PayoutStatus{settlement.PayoutInTransit, settlement.PayoutPaid}

func (a *API) payoutShown(p settlement.Payout) settlement.PayoutResource {
	return p.Resource(a.Address.Payout(p.ID))
}

func (a *API) listPayouts(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	status, at, err := narrowed(r, "po", payoutStatuses)
	if err != nil {
		return err
	}
	found, err := a.Processor.Payouts(r.Context(), processor.Only(call.Merchant.ID), status, at)
	return replyPage(w, found, err, a.payoutShown)
}

// payoutOf is the caller's payout in the path.
func (a *API) payoutOf(r *http.Request, call gate.Call) (settlement.Payout, error) {
	return a.Processor.Payout(r.Context(), processor.Only(call.Merchant.ID), mux.Vars(r)["id"])
}

func (a *API) getPayout(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	p, err := a.payoutOf(r, call)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, a.payoutShown(p))
}

// payOut pays settled money now: to the merchant that the request names, else to
// all.
func (a *API) payOut(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	made, err := a.Processor.PayOut(r.Context(), reachOf(call))
	if err != nil {
		return err
	}
	list := PayoutList{Data: make([]settlement.PayoutResource, 0, len(made))}
	for _, p := range made {
		list.Data = append(list.Data, a.payoutShown(p))
	}
	return gate.Reply(w, http.StatusAccepted, list)
}

func (a *API) payoutItems(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	p, err := a.payoutOf(r, call)
	if err != nil {
		return err
	}
	return replyItems(w, r, p.ID, func(at processor.Window) (processor.Page[settlement.Item], error) {
		return a.Processor.PayoutItems(r.Context(), p, at)
	})
}

// items reads a page of the items of a payout or settlement.
type items func(processor.Window) (processor.Page[settlement.Item], error)

// replyItems answers with a page of items as JSON, or with all of them as a table
// where the caller accepts text/csv.
func replyItems(w http.ResponseWriter, r *http.Request, name string, read items) error {
	if gate.Prefers(r, "application/json", "text/csv") == "text/csv" {
		if r.URL.RawQuery != "" {
			return fault.New(fault.Invalid, "query_invalid", "The query is not right.").At("limit", "and cursor are for pages of JSON; a table is whole")
		}
		return itemTable(w, name, read)
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	q := gate.Query(r)
	at := processor.Window{Cursor: q.Get("cursor"), Limit: limitOf(problem, q.Get("limit"))}
	form.Search.Check(problem, "cursor", at.Cursor) // an item's id contains its request's id
	if len(problem.Fields) > 0 {
		return problem
	}
	found, err := read(at)
	return replyKept(w, found, err, asItIs)
}

var itemColumns = []string{
	"item", "kind", "of", "payment", "reference", "merchant", "bank", "booked_at", "currency", "amount", "merchant_fee", "net", "bank_fee", "settlement", "payout",
}

func itemRow(i settlement.Item) []string {
	return []string{
		i.ID, string(i.Kind), i.Of, i.Payment, statement.Cell(i.Reference), i.Merchant, i.Bank, i.BookedAt.Format(time.RFC3339Nano), string(i.Amount.Currency()),
		i.Amount.Value(), i.MerchantFee.Value(), i.Net().Value(), i.BankFee.Value(), i.Settlement, i.Payout,
	}
}

const tablePage = 500

func itemTable(w http.ResponseWriter, name string, read items) error {
	at := processor.Window{Limit: tablePage}
	found, err := read(at)
	if err != nil {
		return err // after this, nothing else can be answered
	}
	table := beginTable(w, name, itemColumns)
	for {
		for _, i := range found.Items {
			_ = table.Write(itemRow(i))
		}
		if found.Next == "" {
			break
		}
		at.Cursor = found.Next
		if found, err = read(at); err != nil {
			panic(http.ErrAbortHandler) // a table cut short must not look whole
		}
	}
	table.Flush()
	return nil
}

// beginTable begins a table of comma-separated values (RFC 4180).
func beginTable(w http.ResponseWriter, name string, columns []string) *csv.Writer {
	gate.Attach(w, statement.CSV.ContentType(), name+statement.CSV.Extension())
	table := csv.NewWriter(w)
	table.UseCRLF = true
	_ = table.Write(columns)
	return table
}
