package object

import (
	"strings"

	"sandbank/dialect/alias"
	"sandbank/payment"
)

// The prefixes of identifiers.
const (
	PaymentPrefix    = "tr_"
	RefundPrefix     = "re_"
	CapturePrefix    = "cpt_"
	ChargebackPrefix = "chb_"
	SettlementPrefix = "stl_"
	BalancePrefix    = "bal_"

	TransactionPrefix = "baltr_"
	ProfilePrefix     = "pfl_"
	OrganizationTag   = "org_"
)

// The media types of what links lead to.
const (
	HAL  = "application/hal+json"
	HTML = "text/html"
)

// Root is the path under which the API is.
const Root = "/mollie/v2/"

// Link is where something else is.
type Link struct {
	Href string `json:"href"`
	Type string `json:"type"`
}

// Links are an object's, by their names.
type Links map[string]Link

// View shows payments. At makes the URLs of their pages.
type View struct {
	Base string // of the processor, without a slash at its end
	At   payment.Address
}

// To is a link to something of this API: To("payments", "tr_…").
func (v View) To(steps ...string) Link {
	return Link{v.Base + Root + strings.Join(steps, "/"), HAL}
}

// Documentation is the link that every answer has, to this house's page about the dialect.
func (v View) Documentation() Link { return Link{v.Base + "/docs/mollie", HTML} }

// ID is a payment's identifier.
func ID(p payment.Payment) string { return alias.ID(PaymentPrefix, p.ID) }

// StatePath is where the pages are on which a person chooses how a payment ends.
const StatePath = "/mollie/state/"

// StatePage is where a person chooses how a payment ends, as in Mollie's test mode. It has the secret of the checkout.
func (v View) StatePage(p payment.Payment) string {
	checkout := v.At.Checkout(p.ID)
	return v.Base + StatePath + checkout[strings.LastIndexByte(checkout, '/')+1:]
}
