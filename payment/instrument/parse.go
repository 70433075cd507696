package instrument

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sandbank/fault"
	"sandbank/payment/reason"
)

// CardForm is a card as the customer typed it.
type CardForm struct {
	Name, Number, Expiry, SecurityCode string
}

// FromCard checks a typed card and keeps the permitted part of it. All
// complaints come together, each under the form field's name.
func FromCard(f CardForm, now time.Time) (Instrument, error) {
	problem := fault.New(fault.Invalid, "card_invalid", "The card details are not right yet.")
	number, plain := numberOf(f.Number)
	known := find(cards, number)
	switch {
	case plain && number == "":
		problem.At("number", "Enter the card number.")
	case !plain || len(number) < NumberLength || len(number) > 19:
		problem.At("number", "A card number has 12 to 19 digits.")
	case !Luhn(number):
		problem.At("number", "This card number has a typing error: its check digit does not fit.")
	case known == nil:
		problem.At("number", "This is not one of the published test cards. Never type a real card here; use 4242 4242 4242 4242.")
	}
	checkName(problem, f.Name, "Enter the name on the card.")
	checkExpiry(problem, f.Expiry, now)
	checkSecurityCode(problem, compact(f.SecurityCode), known)
	if len(problem.Fields) > 0 {
		return Instrument{}, problem
	}
	return resolve(Card, *known, "card", f.Name), nil
}

// FromAccount checks a typed IBAN and keeps the permitted part of it.
func FromAccount(name, typed string) (Instrument, error) {
	problem := fault.New(fault.Invalid, "account_invalid", "The account details are not right yet.")
	number := ibanOf(typed)
	known := find(accounts, number)
	switch {
	case number == "":
		problem.At("iban", "Enter the IBAN.")
	case !ValidIBAN(number):
		problem.At("iban", "This IBAN has a typing error: its length or check digits do not fit.")
	case known == nil:
		problem.At("iban", "This is not one of the published test accounts. Never type a real account here; use %s.", accounts[0].Number)
	}
	checkName(problem, name, "Enter the account holder's name.")
	if len(problem.Fields) > 0 {
		return Instrument{}, problem
	}
	i := resolve(Account, *known, "account", name)
	i.Country = number[:2]
	return i, nil
}

// Known is the instrument of a published number given by name instead of in a
// form: a card, an account, or, where neither is given, the first published
// card. The holder may be left out. Complaints come under "card", "iban" and
// "holder", and repeat none of the input.
func Known(card, iban, holder string) (Instrument, error) {
	problem := fault.New(fault.Invalid, "card_invalid", "This is no published test card or account.")
	list, number, kind := cards, compact(card), Card
	if iban != "" {
		list, number, kind = accounts, strings.ToUpper(compact(iban)), Account
	} else if card == "" {
		number = cards[0].Number
	}
	known := find(list, number)
	switch {
	case known == nil && kind == Card:
		problem.At("card", "must be one of the published test cards, such as %s", cards[0].Number)
	case known == nil:
		problem.At("iban", "must be one of the published test accounts, such as %s", accounts[0].Number)
	}
	if holder != "" {
		at := len(problem.Fields)
		if checkName(problem, holder, ""); len(problem.Fields) > at {
			problem.Fields[at].Pointer = "holder"
		}
	}
	if len(problem.Fields) > 0 {
		return Instrument{}, problem
	}
	i := resolve(kind, *known, string(kind), holder)
	if kind == Account {
		i.Country = number[:2]
	}
	return i, nil
}

// resolve applies number before holder name, the published precedence.
func resolve(kind Kind, known TestNumber, word, holder string) Instrument {
	i := Instrument{
		Kind: kind, Brand: known.Brand, Last4: known.Number[len(known.Number)-4:],
		Behavior: known.Behavior, Reason: known.Reason, Source: reason.ByNumber,
	}
	i.Rule = word + " ending " + i.Last4 + ruling(known.Says)
	if h, ok := holders[strings.TrimSpace(holder)]; ok && known.Behavior == Neutral {
		i.Behavior, i.Reason, i.Source = h.Behavior, h.Reason, reason.ByHolder
		i.Rule = "holder name " + strings.TrimSpace(holder)
	}
	return i
}

// MaxName bounds a holder's name, in characters.
const MaxName = 100

func checkName(problem *fault.Error, name, missing string) {
	switch {
	case strings.TrimSpace(name) == "":
		problem.At("name", "%s", missing)
	case utf8.RuneCountInString(name) > MaxName:
		problem.At("name", "The name can have up to %d characters.", MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		problem.At("name", "This has characters in it that cannot be read; enter the name.")
	case Secretive(name):
		problem.At("name", "This is a number; enter the name.")
	}
}

func checkExpiry(problem *fault.Error, typed string, now time.Time) {
	month, year, ok := strings.Cut(strings.ReplaceAll(compact(typed), "-", "/"), "/")
	if !ok && len(month) == 4 {
		month, year = month[:2], month[2:]
	}
	m, errM := strconv.Atoi(month)
	y, errY := strconv.Atoi(year)
	if errM != nil || errY != nil || m < 1 || m > 12 || (len(year) != 2 && len(year) != 4) {
		problem.At("exp", "Enter the expiry date as month and year, such as 12/%s.", now.AddDate(2, 0, 0).Format("06"))
		return
	}
	if len(year) == 2 {
		y += 2000
	}
	// A card is good until the last day of its month.
	if !now.Before(time.Date(y, time.Month(m)+1, 1, 0, 0, 0, 0, time.UTC)) {
		problem.At("exp", "This card has expired; any future date will do.")
	}
}

func checkSecurityCode(problem *fault.Error, code string, card *TestNumber) {
	want := 3
	if card != nil && card.Brand == "amex" {
		want = 4
	}
	if len(code) != want || !digits(code) {
		problem.At("csc", "Enter the %d digits of the security code; any will do.", want)
	}
}

func find(list []TestNumber, number string) *TestNumber {
	for i := range list {
		if list[i].Number == number {
			return &list[i]
		}
	}
	return nil
}

func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\t' {
			return -1
		}
		return r
	}, s)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// ruling joins a number and its behavior: "is approved", ": processing error".
func ruling(says string) string {
	if strings.HasPrefix(says, "approved") || strings.HasPrefix(says, "declined") {
		return " is " + says
	}
	return ": " + says
}
