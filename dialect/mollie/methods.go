package mollie

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/dialect/mollie/object"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment/form"
	"sandbank/web/look"
)

// offered are the methods that Sandbank simulates.
var offered = []string{object.Card, object.Ideal, object.Bank}

var methodRoutes = []route{
	{
		method: http.MethodGet, path: "methods", needs: identity.ReadPayments, handle: listMethods, query: []string{"amount[currency]", "amount[value]", "include"},
		ignores: []string{"sequenceType", "resource", "locale", "billingCountry", "includeWallets", "orderLineCategories"},
	},
	{method: http.MethodGet, path: "methods/all", needs: identity.ReadPayments, handle: listMethods, query: []string{"amount[currency]", "amount[value]", "include"}, ignores: []string{"locale", "sequenceType"}},
	{method: http.MethodGet, path: "methods/{id}", needs: identity.ReadPayments, handle: getMethod, query: []string{"include", "currency"}, ignores: []string{"locale", "sequenceType"}},
}

// methodObject is a Method object.
type methodObject struct {
	Resource    string         `json:"resource"`
	ID          string         `json:"id"`
	Description string         `json:"description"`
	Minimum     money.Amount   `json:"minimumAmount"`
	Maximum     *money.Amount  `json:"maximumAmount"` // null for none
	Image       image          `json:"image"`
	Status      string         `json:"status"`
	Issuers     []issuerObject `json:"issuers,omitempty"`
	Links       object.Links   `json:"_links"`
}

type issuerObject struct {
	Resource string `json:"resource"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Image    image  `json:"image"`
}

// image has the same picture in every size: the house's mark.
type image struct {
	Size1x string `json:"size1x"`
	Size2x string `json:"size2x"`
	SVG    string `json:"svg"`
}

func (a *API) image() image {
	mark := a.View.Base + look.Path("favicon.svg")
	return image{mark, mark, mark}
}

var methodNames = map[string]string{object.Card: "Card", object.Ideal: "iDEAL", object.Bank: "Pay by Bank"}

// methodOf is a method for payments in a currency, with its issuers where they are asked for.
func (a *API) methodOf(id string, c money.Currency, issuers bool) methodObject {
	least, _ := money.Parse("0.01", c, "")
	if c.Decimals() == 0 {
		least, _ = money.Parse("1", c, "")
	}
	o := methodObject{
		Resource: "method", ID: id, Description: methodNames[id], Minimum: least, Image: a.image(), Status: "activated",
		Links: object.Links{"self": a.To("methods", id), "documentation": a.Documentation()},
	}
	if issuers && id != object.Card {
		for _, b := range a.Processor.Banks() {
			if b.Online && slices.Contains(b.Currencies, c) {
				o.Issuers = append(o.Issuers, issuerObject{"issuer", id + "_" + b.Identifier, b.Name, a.image()})
			}
		}
	}
	return o
}

// takes reports whether a method takes a currency.
func takes(id string, c money.Currency) bool { return id != object.Ideal || c == "EUR" }

func listMethods(a *API, c *call) (reply, error) {
	currency := money.Currency("EUR")
	if s := c.asked("amount[currency]"); s != "" {
		currency = money.Currency(s)
	}
	if !currency.Known() {
		return reply{}, wrong("amount.currency", "The currency %s is not one of ISO 4217.", form.Shown(string(currency)))
	}
	issuers, err := c.includesIssuers()
	if err != nil {
		return reply{}, err
	}
	list := []methodObject{}
	for _, id := range offered {
		if takes(id, currency) {
			list = append(list, a.methodOf(id, currency, issuers))
		}
	}
	return ok(struct {
		Count    int                       `json:"count"`
		Embedded map[string][]methodObject `json:"_embedded"`
		Links    object.Links              `json:"_links"`
	}{len(list), map[string][]methodObject{"methods": list}, object.Links{"self": a.To("methods"), "documentation": a.Documentation()}}), nil
}

func getMethod(a *API, c *call) (reply, error) {
	id, currency := c.in("id"), money.Currency("EUR")
	if s := c.asked("currency"); s != "" {
		currency = money.Currency(s)
	}
	issuers, err := c.includesIssuers()
	switch {
	case err != nil:
		return reply{}, err
	case !slices.Contains(offered, id):
		return reply{}, noSuch("method", id)
	case !currency.Known() || !takes(id, currency):
		return reply{}, wrong("currency", "The method %s does not take %s.", id, form.Shown(string(currency)))
	}
	return ok(a.methodOf(id, currency, issuers)), nil
}

func (c *call) includesIssuers() (yes bool, err error) {
	if s := c.asked("include"); s != "" {
		for part := range strings.SplitSeq(s, ",") {
			switch part {
			case "issuers":
				yes = true
			case "pricing":
			default:
				return false, wrong("include", "The include parameter takes issuers.")
			}
		}
	}
	return yes, nil
}

// issuer is the bank that an issuer names, by its BIC or as a method lists it; "" for none.
func (a *API) issuer(id string, c money.Currency) (string, error) {
	bic := id
	for _, m := range offered {
		bic = strings.TrimPrefix(bic, m+"_")
	}
	if bic == "" {
		return "", nil
	}
	if err := a.Processor.CheckBank(bic, c, "issuer"); err != nil {
		return "", wrong("issuer", "The issuer %s is invalid. GET methods/ideal?include=issuers lists them.", form.Shown(id))
	}
	return bic, nil
}
