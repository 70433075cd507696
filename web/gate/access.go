package gate

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/fault"
	"sandbank/identity"
)

// The values of Needs that are no permission.
const (
	// Open routes are for anyone: no token is looked at.
	Open identity.Permission = "open"
	// ByField routes are for anyone with a token: what is behind them asks for a
	// permission of its own for each thing that is asked for.
	ByField identity.Permission = "by field"
)

// MerchantHeader names the merchant that a role without one acts for.
const MerchantHeader = "Sandbank-Merchant"

func (r Route) known() bool {
	return r.Needs == Open || r.Needs == ByField || slices.Contains(identity.Permissions(), r.Needs)
}

// caller authenticates the request, checks the permission, and finds the
// merchant that the request is about.
func (g *Gate) caller(route Route, by Authenticator, w http.ResponseWriter, r *http.Request) (identity.Principal, error) {
	caller, err := by.Authenticate(r)
	if err != nil {
		return caller, g.Limits.wrong(w, r, err)
	}
	if err := g.Limits.admitClient(w, caller.Client); err != nil {
		return caller, err
	}
	if route.Needs != ByField {
		if err := Permit(caller, route.Needs); err != nil {
			return caller, err
		}
	}
	if caller, err = g.For(caller, by.Named(r)); err != nil || route.Shared {
		return caller, err
	}
	return caller, Scoped(caller)
}

// Permit refuses a caller whose role lacks a permission, or whose token is
// narrowed to others.
func Permit(caller identity.Principal, p identity.Permission) error {
	switch {
	case caller.May(p):
		return nil
	case caller.Role.May(p):
		return fault.New(fault.Forbidden, "scope_insufficient", "This needs the permission %s, which is not in the scope of the access token.", p).
			Hinting("Get a token whose scope has it, or one without a scope, for all that the role may do.")
	}
	var able []string
	for _, role := range identity.Roles() {
		if role.May(p) {
			able = append(able, string(role))
		}
	}
	return fault.New(fault.Forbidden, "role_forbidden", "This needs the permission %s, which the role %q does not have.", p, caller.Role).
		Hinting("Roles that have it: %s. /docs/roles is the whole table.", strings.Join(able, ", "))
}

// For is the caller on behalf of the merchant that it names. A role with a
// merchant of its own may name only that; one without need not name any here.
func (g *Gate) For(caller identity.Principal, named string) (identity.Principal, error) {
	if named == "" || named == caller.Merchant.ID {
		return caller, nil
	}
	// Whether there is a merchant of that name is nothing to other merchants.
	if caller.Role.OfMerchant() {
		return caller, fault.New(fault.Forbidden, "merchant_foreign", "The role %q acts for its own merchant only.", caller.Role).
			At(MerchantHeader, "must be %s, or be left out", caller.Merchant.ID)
	}
	if g.Merchant != nil {
		if m, ok := g.Merchant(named); ok {
			caller.Merchant = m
			return caller, nil
		}
	}
	return caller, fault.New(fault.Invalid, "merchant_unknown", "There is no merchant with this id.").
		At(MerchantHeader, "must be the id of a merchant")
}

// Scoped refuses a caller that names no merchant where one is required.
func Scoped(caller identity.Principal) error {
	if caller.Merchant.ID != "" {
		return nil
	}
	return fault.New(fault.Invalid, "merchant_required", "The role %q has no merchant of its own, and this is about one merchant.", caller.Role).
		Hinting("Send the header %s with the merchant's id.", MerchantHeader)
}
