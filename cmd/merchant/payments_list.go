package main

import (
	"context"
	"fmt"
	"time"

	"sandbank/cmd/internal/terminal"
	"sandbank/merchant/client"
)

type paymentsList struct {
	shopAccount
	formatFlag
	Status    string `help:"Only those in this status, such as captured."`
	Reference string `help:"Only those with this reference."`
	Bank      string `help:"Only those whose last try is at this bank, such as SANDNL2A." placeholder:"BIC"`
	Method    string `help:"Only those whose last try is with a card, or with an account." placeholder:"card|account"`

	From  time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Only those made from this simulated time on, such as 2027-01-01T00:00:00Z."`
	To    time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Only those made before this simulated time."`
	Limit int       `default:"20" help:"How many at most; 0 for all."`
}

// Validate refuses what makes no sense.
func (c *paymentsList) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit %d: must be 0 or more", c.Limit)
	}
	return nil
}

// maxPage is the API's largest page.
const maxPage = 100

// Run prints the payments, page by page.
func (c *paymentsList) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	rows := [][]string{{"CREATED", "STATUS", "PAYMENT", "AMOUNT", "REFERENCE", "WHY"}}
	left, filter := c.Limit, client.Filter{
		Status: client.Status(c.Status), Reference: c.Reference, Bank: c.Bank, Method: c.Method, From: c.From, To: c.To,
	}
	for {
		if filter.Limit = maxPage; c.Limit > 0 {
			filter.Limit = min(maxPage, left)
		}
		page, err := from.Payments(ctx, filter)
		if err != nil {
			return err
		}
		for _, p := range page.Data {
			if !c.json() {
				rows = append(rows, []string{p.CreatedAt.Format(time.DateTime), string(p.Status), p.ID, p.Amount.String(), p.Reference, whyOf(p)})
			} else if err := printRaw(to.out, p.Body); err != nil {
				return err
			}
		}
		left -= len(page.Data)
		if filter.Cursor = page.NextCursor; filter.Cursor == "" || c.Limit > 0 && left <= 0 {
			break
		}
	}
	switch {
	case c.json():
		return nil
	case len(rows) == 1:
		_, err = fmt.Fprintln(to.out, "There is no such payment.")
		return err
	}
	return printTable(to.out, rows, func(row, column int, padded string) string {
		if row == 0 || column != 1 {
			return padded
		}
		return terminal.For(to.out).Status(rows[row][column], padded)
	})
}
