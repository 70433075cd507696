package book

import (
	"time"

	"github.com/shopspring/decimal"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// Status tells whether an account can be used.
type Status string

// The statuses of an account.
const (
	Open    Status = "open"
	Blocked Status = "blocked"
	Shut    Status = "closed"
)

// Account is a customer's account at the start. It has the same balance in every
// currency of the bank; on every cut-off day it is filled up again.
type Account struct {
	ID      string // in the book: customer:<ID>
	Holder  string
	Brand   string // together with Last4: the card or IBAN that draws on the account
	Last4   string
	Status  Status
	Balance decimal.Decimal // 0 for an account that is never empty
	Most    decimal.Decimal // limit of one payment; 0 for none
	Daily   decimal.Decimal // limit of a day's payments together; 0 for none
}

// The bank's own accounts. The bank's debt to the processor is the balance that
// a settlement reports as owed.
const (
	processorAccount ledger.Account = "processor"
	feesAccount      ledger.Account = "fees"  // fees kept from captures
	cashAccount      ledger.Account = "cash"  // money paid to the processor, or by it
	vaultAccount     ledger.Account = "vault" // source of the money that fills up accounts
)

// walkIn is the account of every card or IBAN without an account of its own.
var walkIn = Account{ID: "walk-in", Holder: "Any other customer", Status: Open}

// Standard lists the accounts of a bank without configured ones. The numbers are
// the published ones. Limits are far above the price of a shop's basket, so that
// a number that is published as approved is approved.
func Standard() []Account {
	limit := func(text string) decimal.Decimal { return decimal.RequireFromString(text) }
	return []Account{
		{ID: "ada", Holder: "Ada Everyday", Brand: "visa", Last4: "4242", Status: Open},
		{ID: "bo", Holder: "Bo Careful", Brand: "mastercard", Last4: "4444", Status: Open, Most: limit("1000000")},
		{ID: "cleo", Holder: "Cleo Traveler", Brand: "amex", Last4: "0005", Status: Open, Daily: limit("10000000000")},
		{ID: "nils", Holder: "Nils Saver", Brand: "iban", Last4: "0001", Status: Open, Balance: limit("5000000000")},
		{ID: "clara", Holder: "Clara Gone", Brand: "iban", Last4: "0003", Status: Shut},
		{ID: "bert", Holder: "Bert Blocked", Brand: "iban", Last4: "0004", Status: Blocked},
	}
}

type pocket struct {
	day   string
	spent decimal.Decimal
}

// drawer is an account with the amounts spent today.
type drawer struct {
	Account
	name, held ledger.Account
	pockets    map[money.Currency]pocket
}

type accounts struct {
	list   []*drawer
	byCard map[[2]string]*drawer
	byID   map[string]*drawer
}

func newAccounts(list []Account) accounts {
	a := accounts{byCard: map[[2]string]*drawer{}, byID: map[string]*drawer{}}
	for _, one := range append([]Account{walkIn}, list...) {
		d := &drawer{
			Account: one, name: ledger.Account("customer:" + one.ID), held: ledger.Account("customer:" + one.ID + ":held"),
			pockets: map[money.Currency]pocket{},
		}
		a.list = append(a.list, d)
		a.byID[one.ID] = d
		if one.Last4 != "" {
			a.byCard[[2]string{one.Brand, one.Last4}] = d
		}
	}
	return a
}

func (a accounts) of(i *instrument.Instrument) *drawer {
	if i != nil {
		if d, ok := a.byCard[[2]string{i.Brand, i.Last4}]; ok {
			return d
		}
	}
	return a.byID[walkIn.ID]
}

// refuses returns the reason why an account does not pay an amount now, or "" if
// it pays.
func (b *Book) refuses(d *drawer, amount money.Amount, at time.Time) (code, rule string) {
	who := "the account of " + d.Holder
	switch {
	case d.Status == Shut:
		return reason.AccountClosed, who + " is closed"
	case d.Status == Blocked:
		return reason.AccountBlocked, who + " is blocked"
	case d.Most.IsPositive() && amount.Decimal().GreaterThan(d.Most):
		return reason.OverLimit, who + " pays " + d.Most.String() + " at a time at most"
	case d.Daily.IsPositive() && d.spent(amount.Currency(), at).Add(amount.Decimal()).GreaterThan(d.Daily):
		return reason.OverLimit, who + " pays " + d.Daily.String() + " a day at most"
	case d.Balance.IsPositive() && amount.Decimal().GreaterThan(b.credit(d.name, amount.Currency())):
		return reason.InsufficientFunds, who + " has " + b.credit(d.name, amount.Currency()).String() + " left"
	}
	return "", ""
}

func (d *drawer) spent(c money.Currency, at time.Time) decimal.Decimal {
	if p := d.pockets[c]; p.day == at.Format(time.DateOnly) {
		return p.spent
	}
	return decimal.Zero
}

func (d *drawer) spend(a money.Amount, at time.Time) {
	if d.Daily.IsPositive() {
		d.pockets[a.Currency()] = pocket{at.Format(time.DateOnly), d.spent(a.Currency(), at).Add(a.Decimal())}
	}
}

// fill restores the starting balance of every account that has one.
func (b *Book) fill(c money.Currency, at time.Time) {
	for _, d := range b.accounts.list {
		if missing := d.Balance.Sub(b.credit(d.name, c)); d.Balance.IsPositive() && missing.IsPositive() {
			b.post("fill", d.ID+":"+string(c)+":"+at.Format(time.RFC3339Nano), "", at, vaultAccount, d.name, money.Of(missing, c))
		}
	}
}

// credit returns an account's balance: credits less debits.
func (b *Book) credit(a ledger.Account, c money.Currency) decimal.Decimal {
	return b.fold.Of(a, c).Net().Neg()
}

// post books an amount from one account to another, unless it is zero.
func (b *Book) post(kind, key, payment string, at time.Time, debit, credit ledger.Account, amount money.Amount) {
	if !amount.IsPositive() {
		return
	}
	b.enter(kind, key, payment, at, []ledger.Posting{
		{Account: debit, Side: ledger.Debit, Amount: amount}, {Account: credit, Side: ledger.Credit, Amount: amount},
	})
}

func (b *Book) enter(kind, key, payment string, at time.Time, postings []ledger.Posting) {
	for _, p := range postings {
		b.fold.Posting(p)
	}
	if b.observe != nil {
		b.observe(ledger.Entry{ID: "ent_" + kind + "_" + key, Key: kind + ":" + key, Kind: kind, Payment: payment, At: at, Postings: postings})
	}
}
