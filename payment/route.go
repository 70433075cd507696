package payment

// Route is the rule by which a payment, or one try, came to its bank.
type Route string

// The rules, the first that fits before the others.
const (
	RouteMerchant Route = "merchant" // the merchant named the bank
	RouteCustomer Route = "customer" // the customer picked it
	RouteCountry  Route = "country"  // it is of the country of the IBAN
	RouteHealth   Route = "health"   // the one before was offline: by currency, health and weight again
	RouteCurrency Route = "currency" // by currency, health and weight, when the payment was made
)

var routes = map[Route]string{
	RouteMerchant: "the merchant named it",
	RouteCustomer: "the customer picked it",
	RouteCountry:  "routed by the country of the IBAN",
	RouteHealth:   "routed again by currency, health and weight, as the bank before was offline",
	RouteCurrency: "routed by currency, health and weight",
}

// Says is the rule in words.
func (r Route) Says() string { return routes[r] }

// RoutedBy is the rule by which the payment is where it is.
func (p *Payment) RoutedBy() Route { return p.routed(p.Route, p.Bank) }

// RouteOf is the rule by which a try went to its bank.
func (p *Payment) RouteOf(a Attempt) Route { return p.routed(a.Route, a.Bank) }

// routed knows the rule also where none was kept: then only its customer could
// lead a payment elsewhere.
func (p *Payment) routed(kept Route, bank string) Route {
	switch {
	case p.BankFixed:
		return RouteMerchant
	case kept != "":
		return kept
	case bank != p.FirstBank:
		return RouteCustomer
	}
	return RouteCurrency
}
