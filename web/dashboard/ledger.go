package dashboard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/processor"
	"sandbank/web/look"
)

func (d *Dashboard) ledger(w http.ResponseWriter, r *http.Request) error {
	balances, err := d.Processor.Balances(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	latest, err := d.Processor.LatestEntries(r.Context(), perPage)
	if err != nil {
		return err
	}
	v := LedgerView{Frame: d.frame(r, "ledger"), ChainVerified: true}
	for _, b := range ledger.TrialBalance(balances) {
		c := string(b.Currency)
		v.Trials = append(v.Trials, Trial{
			Currency: c, Debit: look.Money(b.Debits.StringFixed(b.Currency.Decimals()), c),
			Credit: look.Money(b.Credits.StringFixed(b.Currency.Decimals()), c), Balanced: b.Net().IsZero(),
		})
	}
	for _, b := range balances {
		v.Accounts = append(v.Accounts, account(b))
	}
	for _, e := range latest {
		v.Entries = append(v.Entries, entryView(e))
	}
	v.ChainVerified, v.ChainNote = verifyLatest(latest)
	return RenderLedger(w, v)
}

func account(b ledger.Balance) Account {
	c, digits := string(b.Currency), b.Currency.Decimals()
	side := ""
	switch b.Net().Sign() {
	case 1:
		side = "debit"
	case -1:
		side = "credit"
	}
	return Account{
		Name: string(b.Account), Kind: kindOf(b.Account), Currency: c, Side: side,
		Debit: look.Money(b.Debits.StringFixed(digits), c), Credit: look.Money(b.Credits.StringFixed(digits), c),
		Balance: look.Money(b.Net().Abs().StringFixed(digits), c),
	}
}

func kindOf(a ledger.Account) string {
	switch {
	case strings.HasSuffix(string(a), ":receivable"), strings.HasSuffix(string(a), ":cash"), strings.HasSuffix(string(a), ":breaks"):
		return "asset"
	case strings.HasSuffix(string(a), ":payable"), a == ledger.RefundsInFlight, a == ledger.Disputes, a == ledger.PayoutsInFlight:
		return "liability"
	case strings.HasPrefix(string(a), "bank:"), a == ledger.WriteOffs:
		return "expense"
	}
	return "income"
}

// verifyLatest checks the part of the chain that the page shows, newest first;
// the whole chain is checked by the command for it.
func verifyLatest(newestFirst []processor.SealedEntry) (bool, string) {
	checked := 0
	for i := 0; i+1 < len(newestFirst); i++ {
		this, before := newestFirst[i], newestFirst[i+1]
		if this.Seal.Number == 0 || before.Seal.Number == 0 || this.Seal.Number > before.Seal.Number+1 { // what stood between was let go
			continue
		}
		if ledger.Next(before.Seal, []ledger.Entry{this.Entry})[0] != this.Seal {
			return false, "Entry " + strconv.FormatInt(this.Seal.Number, 10) + " does not follow from the one before."
		}
		checked++
	}
	if checked == 0 {
		return true, "There is nothing to compare yet."
	}
	return true, "The " + strconv.Itoa(checked+1) + " latest entries follow from one another. The command \"processor check\" reads all."
}

func entryView(e processor.SealedEntry) Entry {
	v := Entry{At: e.At, Title: e.Description, Number: "not sealed yet"}
	if e.Payment != "" {
		v.PaymentURL = "/payments/" + e.Payment
	}
	if e.Seal.Number > 0 {
		v.Number, v.Hash = strconv.FormatInt(e.Seal.Number, 10), e.Seal.Hash[:12]
	}
	for _, p := range e.Postings {
		line, amount := Posting{Account: string(p.Account)}, look.Money(p.Amount.Value(), string(p.Amount.Currency()))
		v.Currency = string(p.Amount.Currency())
		if p.Side == ledger.Debit {
			line.Debit = amount
		} else {
			line.Credit = amount
		}
		v.Postings = append(v.Postings, line)
	}
	return v
}

// statement is one account: its balances and its entries.
func (d *Dashboard) statement(w http.ResponseWriter, r *http.Request) error {
	name := ledger.Account(mux.Vars(r)["account"])
	balances, err := d.Processor.Balances(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	v := SheetView{Frame: d.frame(r, "ledger"), Title: string(name), UpURL: "/ledger", Up: "Ledger", Lead: "The entries on this account, newest first."}
	for _, b := range balances {
		if b.Account == name {
			a := account(b)
			v.Facts = append(v.Facts, Fact{Label: "Balance in " + a.Currency, Value: strings.TrimSpace(a.Balance + " " + a.Side)})
		}
	}
	if len(v.Facts) == 0 {
		return fault.New(fault.NotFound, "account_not_found", "Nothing was ever booked on an account %q.", name)
	}
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.Processor.Entries(r.Context(), processor.EntryQuery{Account: name}, at)
	if err != nil {
		return err
	}
	t := Table{Title: "Statement", Anchor: "statement", Columns: left("What", "Booked (UTC)", ">Debit", ">Credit"), Nothing: "Nothing yet."}
	here := "/ledger/accounts/" + url.PathEscape(string(name))
	t.Pager = pager(at, found, here)
	for _, e := range found.Items {
		t.Rows = append(t.Rows, statementRows(e, name)...)
	}
	v.Tables = []Table{t}
	return RenderSheet(w, v)
}

// statementRows are the postings of an entry on one account.
func statementRows(e processor.SealedEntry, name ledger.Account) (rows []TableRow) {
	for _, p := range e.Postings {
		if p.Account != name {
			continue
		}
		row := []Cell{text(e.Description), stamp(e.At), {Right: true}, cash(p.Amount)}
		if e.Payment != "" {
			row[0].URL = "/payments/" + e.Payment
		}
		if p.Side == ledger.Debit {
			row[2], row[3] = row[3], row[2]
		}
		rows = append(rows, TableRow{Cells: row})
	}
	return rows
}
