package object

import (
	"time"

	"sandbank/identity"
	"sandbank/money"
)

// Balance is a Balance object: what a merchant is owed in one currency and is not paid out yet.
type Balance struct {
	Resource    string       `json:"resource"`
	ID          string       `json:"id"`
	Mode        string       `json:"mode"`
	CreatedAt   string       `json:"createdAt"`
	Currency    string       `json:"currency"`
	Description string       `json:"description"`
	Status      string       `json:"status"`
	Available   money.Amount `json:"availableAmount"`
	Pending     money.Net    `json:"pendingAmount"`
	Frequency   string       `json:"transferFrequency"`
	Links       Links        `json:"_links"`
}

// Profile is a Profile object: a merchant.
type Profile struct {
	Resource  string   `json:"resource"`
	ID        string   `json:"id"`
	Mode      string   `json:"mode"`
	Name      string   `json:"name"`
	Website   string   `json:"website"`
	Email     string   `json:"email"`
	Phone     string   `json:"phone"`
	Countries []string `json:"countriesOfActivity"`
	Category  string   `json:"businessCategory"`
	Status    string   `json:"status"`
	CreatedAt string   `json:"createdAt"`
	Links     Links    `json:"_links"`
}

// Organization is an Organization object: a merchant once more.
type Organization struct {
	Resource string  `json:"resource"`
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Email    string  `json:"email"`
	Locale   *string `json:"locale"`
	Links    Links   `json:"_links"`
}

// The addresses of a merchant, who has none here.
const (
	anEmail = "merchant@example.org"
	aPhone  = "+31208202070"
)

// begun is when merchants began: they have no date.
var begun = time.Unix(0, 0)

// Balance is a merchant's debt in one currency as a Balance object. What is settled is paid out at once, so that nothing is
// available in between.
func (v View) Balance(merchant string, owed money.Amount) Balance {
	id := BalanceID(merchant, owed.Currency())
	return Balance{
		Resource: "balance", ID: id, Mode: testMode, CreatedAt: instant(begun), Currency: string(owed.Currency()), Description: "Not paid out yet", Status: "active",
		Available: money.Zero(owed.Currency()), Pending: owed.Net(), Frequency: "daily", Links: Links{"self": v.To("balances", id), "documentation": v.Documentation()},
	}
}

// Profile is a merchant as a Profile object.
func (v View) Profile(m identity.Merchant) Profile {
	id := ProfilePrefix + m.ID
	l := Links{"self": v.To("profiles", id), "dashboard": {v.Base + "/", HTML}, "checkoutPreviewUrl": {v.Base + "/", HTML}, "documentation": v.Documentation()}
	for _, list := range []string{"payments", "refunds", "chargebacks", "methods"} {
		l[list] = v.To(list)
	}
	return Profile{
		Resource: "profile", ID: id, Mode: testMode, Name: m.Name, Website: v.Base, Email: anEmail, Phone: aPhone, Countries: []string{"NL"}, Category: "OTHER_MERCHANDISE",
		Status: "verified", CreatedAt: instant(begun), Links: l,
	}
}

// Organization is a merchant as an Organization object.
func (v View) Organization(m identity.Merchant) Organization {
	return Organization{
		Resource: "organization", ID: OrganizationTag + m.ID, Name: m.Name, Email: anEmail,
		Links: Links{"self": v.To("organizations", "me"), "dashboard": {v.Base + "/", HTML}, "documentation": v.Documentation()},
	}
}

// Open is what a merchant is owed as the settlement that is still open.
func (v View) Open(merchant string, owed money.Amount, now time.Time) Settlement {
	return Settlement{
		Resource: "settlement", ID: "open", CreatedAt: instant(now), Status: "open", Amount: owed.Net(), BalanceID: BalanceID(merchant, owed.Currency()),
		Periods: map[string]map[string]Period{}, Links: Links{"self": v.To("settlements", "open"), "documentation": v.Documentation()},
	}
}
