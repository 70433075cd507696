package api

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"sandbank/fault"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
	"sandbank/web/gate"
)

// PayoutList is what a call for payouts made.
type PayoutList struct {
	Data []settlement.PayoutResource `json:"data"`
}

var payoutStatuses = []settlement.PayoutStatus{settlement.InTransit, settlement.Paid}

func (a *API) payoutShown(r processor.Record) (settlement.PayoutResource, error) {
	p, err := processor.Decode[settlement.Payout](r)
	return p.Resource(a.payoutURL(p.ID)), err
}

func (a *API) payoutURL(id string) string { return a.Processor.Address.Payout(id) }

func (a *API) listPayouts(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	f := processor.RecordFilter{Kind: processor.PayoutRecord, Merchant: call.Merchant.ID}
	return listRecords(a, w, r, f, "po", payoutStatuses, a.payoutShown)
}

func (a *API) getPayout(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	found, err := a.record(r, processor.PayoutRecord, "po", call.Merchant.ID)
	if err != nil {
		return err
	}
	p, err := a.payoutShown(found)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, p)
}

// payOut pays now what was settled: to the merchant that the request names, else
// to all.
func (a *API) payOut(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	made, err := a.Processor.PayOut(r.Context(), call.Merchant.ID)
	if err != nil {
		return err
	}
	list := PayoutList{Data: make([]settlement.PayoutResource, 0, len(made))}
	for _, p := range made {
		list.Data = append(list.Data, p.Resource(a.payoutURL(p.ID)))
	}
	return gate.Reply(w, http.StatusAccepted, list)
}

func (a *API) payoutItems(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	found, err := a.record(r, processor.PayoutRecord, "po", call.Merchant.ID)
	if err != nil {
		return err
	}
	return a.items(w, r, processor.ItemFilter{Payout: found.ID}, found.ID)
}

// items answers what a payout or settlement is made of: a page as JSON, or all of
// it as a table for who accepts text/csv.
func (a *API) items(w http.ResponseWriter, r *http.Request, f processor.ItemFilter, name string) error {
	if strings.Contains(r.Header.Get("Accept"), "text/csv") {
		return a.itemTable(w, r, f, name)
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	f.After, f.Limit = r.URL.Query().Get("cursor"), limitOf(problem, r.URL.Query().Get("limit"))
	checkText(problem, "cursor", f.After, 0, maxReference)
	if len(problem.Fields) > 0 {
		return problem
	}
	f.Limit++ // one more tells whether there is a next page
	list, err := a.Processor.Store.Items(r.Context(), f)
	if err != nil {
		return err
	}
	page := Page[settlement.Item]{Data: append([]settlement.Item{}, list...)}
	if len(list) == f.Limit {
		page.Data = list[:f.Limit-1]
		page.NextCursor = page.Data[len(page.Data)-1].ID
	}
	return gate.Reply(w, http.StatusOK, page)
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

func (a *API) itemTable(w http.ResponseWriter, r *http.Request, f processor.ItemFilter, name string) error {
	f.Limit = tablePage
	list, err := a.Processor.Store.Items(r.Context(), f)
	if err != nil {
		return err // after this, nothing else can be answered
	}
	table := beginTable(w, name, itemColumns)
	for {
		for _, i := range list {
			_ = table.Write(itemRow(i))
		}
		if len(list) < f.Limit {
			break
		}
		f.After = list[len(list)-1].ID
		if list, err = a.Processor.Store.Items(r.Context(), f); err != nil {
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
