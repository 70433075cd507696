package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sandbank/money"
)

// The methods below are for staff: the credentials have to be an operator's,
// or, to read alone, an auditor's.

// Settlement is a bank's batch and its result in the processor's book.
type Settlement struct {
	ID         string         `json:"id"`
	Batch      string         `json:"batch"` // as the bank calls it
	Bank       string         `json:"bank"`
	Currency   money.Currency `json:"currency"`
	Status     string         `json:"status"` // "received", "matched", "broken" or "resolved"
	Lines      int            `json:"lines"`
	Breaks     int            `json:"breaks"`
	OpenBreaks int            `json:"open_breaks"`
	Fees       money.Amount   `json:"fees"`
	Net        money.Net      `json:"net"` // the bank's payment
	ReceivedAt time.Time      `json:"received_at"`
}

// SettlementPage is a page of settlements, newest first.
type SettlementPage struct {
	Data       []Settlement `json:"data"`
	NextCursor string       `json:"next_cursor"` // "" on the last page
}

// Settlements lists settlements. Cursor is the NextCursor of the page before; limit
// is 1 to 100, and 0 the processor's default.
func (c *Client) Settlements(ctx context.Context, cursor string, limit int) (SettlementPage, error) {
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	var page SettlementPage
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/settlements?" + q.Encode(), repeatable: true}, &page)
	return page, err
}

// SettlementFile is the bank's batch as a file: format is "csv", "camt.053" or
// "camt.054".
func (c *Client) SettlementFile(ctx context.Context, settlement, format string) (file []byte, err error) {
	path := "/v1/settlements/" + url.PathEscape(settlement) + "/file?format=" + url.QueryEscape(format)
	_, err = c.call(ctx, request{method: http.MethodGet, path: path, repeatable: true}, &file)
	return file, err
}

// Break is a difference between a bank's batch and the book.
type Break struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Status    string    `json:"status"` // "open", "corrected" or "written_off"
	Reference string    `json:"reference"`
	Payment   string    `json:"payment"`
	Effect    money.Net `json:"effect"` // the bank's remaining debt because of it
}

// Breaks lists the breaks that a settlement left.
func (c *Client) Breaks(ctx context.Context, settlement string) ([]Break, error) {
	var list struct {
		Data []Break `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/settlements/" + url.PathEscape(settlement) + "/breaks", repeatable: true}, &list)
	return list.Data, err
}

// Settle tells a bank to cut off now and send its batches. It does so when it
// gets to it.
func (c *Client) Settle(ctx context.Context, bic string) error {
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/sim/banks/" + url.PathEscape(bic) + "/settle"}, nil)
	return err
}

// Payout is one sum that a merchant gets.
type Payout struct {
	ID        string       `json:"id"`
	Merchant  string       `json:"merchant"`
	Status    string       `json:"status"` // "in_transit" or "paid"
	Amount    money.Amount `json:"amount"`
	Items     int          `json:"items"`
	Fees      money.Amount `json:"fees"`
	ArrivesAt time.Time    `json:"arrives_at"`
}

// PayOut pays all merchants their settled money. Nothing is paid twice.
func (c *Client) PayOut(ctx context.Context) ([]Payout, error) {
	var list struct {
		Data []Payout `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/payouts"}, &list)
	return list.Data, err
}

// Position is what one bank owes in one currency, by the processor's book and by
// its own.
type Position struct {
	Bank        string         `json:"bank"`
	Currency    money.Currency `json:"currency"`
	Claim       money.Net      `json:"claim"`
	Later       money.Net      `json:"later"` // the part of the claim that was booked after the last cut-off
	Owed        *money.Net     `json:"owed"`  // as the bank has it; nil before its first batch
	WrittenOff  money.Net      `json:"written_off"`
	Unexplained money.Net      `json:"unexplained"`
	OpenBreaks  []BreakSum     `json:"open_breaks"`
}

// BreakSum is the open breaks of one kind.
type BreakSum struct {
	Kind   string    `json:"kind"`
	Count  int       `json:"count"`
	Effect money.Net `json:"effect"`
}

// Reconcile asks what banks owe, by bank and currency.
func (c *Client) Reconcile(ctx context.Context) ([]Position, error) {
	var list struct {
		Data []Position `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/reconciliation", repeatable: true}, &list)
	return list.Data, err
}
